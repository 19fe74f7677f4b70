"""Prices reckoned by hand, and what is kept by the hour seen by week and by day, clock changes included."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from planner.engine.tables import HOUR_MS
from planner.measures.cohort import window_of
from planner.measures.costs import weekly_costs
from planner.measures.weeks import by_day, by_week_hour
from planner.scenario.scenario import Scenario
from tests.support.planner_outcomes import hand_made
from tests.support.planner_scenarios import single_queue

ROSTERS = {
    "day": {"hours": {"mon-fri": "08:00-16:00"}, "breaks": {"mon-fri": "12:00-12:30"}},
    "night": {"hours": {"sun": "22:00-06:00"}},
}


def department(**changes: object) -> Scenario:
    fields = {
        "name": "priced",
        "country": None,
        "days": 14,
        "warm_up_days": 7,
        "follow_up_days": 7,
        "rosters": ROSTERS,
        "arrivals": [{"name": "cases", "per_week": {"value": 10}}],
        "resources": {
            "technician": {
                "units": [
                    {"count": 2, "roster": "day", "grade": "senior"},
                    {"count": 1, "roster": "day", "full_time": 0.5, "absence": 0.2, "grade": "junior"},
                    {"count": 3, "roster": "night"},
                ]
            },
            "scanner": {"kind": "machine", "units": [{"count": 4}]},
        },
        "steps": {"scan": {"needs": ["technician", "scanner"], "next": "end"}},
        "costs": {
            "grades": {"senior": {"per_hour": 400, "overtime_factor": 2}, "junior": {"per_hour": 200}},
            "machines_per_year": {"scanner": {"value": 365.25}},
            "per_trip": {"value": 50},
            "storage_per_gb_year": {"value": 2},
            "gb_per_slide": {"value": 1.5},
            "retention_years": {"value": 10},
        },
        **changes,
    }
    return Scenario.model_validate(fields)


def test_a_week_costs_what_it_costs_by_hand() -> None:
    scenario = department()
    compiled, _, outcome = hand_made(scenario, [])
    measured = slice(7 * 24, 21 * 24)
    for bins, hourly in ((outcome.slides_made, 3), (outcome.trips, 1)):
        bins[:] = 1000
        bins[measured] = hourly
    overtime = outcome.group_overtime.copy()
    overtime[0, 7 * 24 + 5] = 6 * HOUR_MS
    overtime[0, 3] = 100 * HOUR_MS
    costs = weekly_costs(compiled, dataclasses.replace(outcome, group_overtime=overtime), window_of(scenario))
    assert costs["people"] == pytest.approx(37.5 * (2 * 400 + 0.5 * 200))
    # Hours of the group: 75 senior at 800, 18.75 junior at 300, 3 x 8 that cost nothing.
    price = (75 * 800 + 18.75 * 300) / (75 + 18.75 + 24)
    assert costs["overtime"] == pytest.approx(3 * price)
    assert costs["machines"] == pytest.approx(4 * 7)
    assert costs["transport"] == pytest.approx(24 * 7 * 50)
    assert costs["storage"] == pytest.approx(3 * 24 * 7 * 1.5 * 2 * 10)


def test_nobody_is_paid_on_a_public_holiday_off() -> None:
    plain = department(start=date(2026, 12, 7))
    christmas = department(start=date(2026, 12, 7), country="DK")
    prices = [weekly_costs(*_of(scenario), window_of(scenario))["people"] for scenario in (plain, christmas)]
    # Measured is 14 to 27 December: ten working days, of which Friday the 25th is a holiday.
    assert prices[1] / prices[0] == pytest.approx(9 / 10)


def _of(scenario: Scenario) -> tuple:
    compiled, _, outcome = hand_made(scenario, [])
    return compiled, outcome


@pytest.mark.parametrize("start", [date(2026, 3, 23), date(2026, 10, 19)], ids=["spring", "autumn"])
def test_the_hour_of_the_week_follows_the_clock_on_the_wall(start: date) -> None:
    scenario = single_queue(days=14).model_copy(update={"start": start, "time_zone": "Europe/Copenhagen"})
    window = window_of(scenario)
    hours = window.last_bin
    assert hours == (14 * 24 - 1 if start.month == 3 else 14 * 24 + 1)
    instants = np.datetime64(start, "h") + np.arange(hours) - (1 if start.month == 3 else 2)  # UTC
    spring, autumn = np.datetime64("2026-03-29T01", "h"), np.datetime64("2026-10-25T01", "h")
    local = instants + np.where((instants >= spring) & (instants < autumn), 2, 1)
    at_nine = ((local - local.astype("datetime64[D]")).astype(int) == 9).astype(np.int64) * HOUR_MS
    profile = by_week_hour(scenario, window, np.stack([at_nine, np.full(hours, 2 * HOUR_MS)]))
    assert profile[0].tolist() == [float(hour % 24 == 9) for hour in range(168)]
    assert profile[1].tolist() == [2.0] * 168


def test_hours_that_are_not_measured_have_no_mean() -> None:
    scenario = single_queue(days=1, warm_up_days=2)  # a Wednesday
    profile = by_week_hour(scenario, window_of(scenario), np.full((1, 72), HOUR_MS))
    assert np.flatnonzero(~np.isnan(profile[0])).tolist() == list(range(48, 72))


def test_a_day_of_23_hours_is_a_whole_day() -> None:
    scenario = single_queue(days=3).model_copy(update={"start": date(2026, 3, 28), "time_zone": "Europe/Copenhagen"})
    open_cases = np.concatenate((np.full(24, 1), np.full(23, 2), np.full(24, 3))) * HOUR_MS
    assert by_day(scenario, open_cases).tolist() == [1.0, 2.0, 3.0]
