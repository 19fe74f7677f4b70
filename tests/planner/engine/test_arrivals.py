"""Arrivals have the rates, the profile and the randomness that the scenario asks for, and keep to themselves."""

import numpy as np
import pytest
from scipy import stats

from planner.calendar import DAY_MS, calendar_of
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.tables import AI_FAILED, AI_FLAGGED, AI_UNFLAGGED, AI_UNKNOWN, HOUR_MS, NO_DEADLINE
from planner.errors import RunError
from tests.support.planner_futures import (
    CLOCK_BACK,
    CLOCK_FORWARD,
    EASTER_WEEK,
    cases_of,
    department,
    drawn,
    local_hours,
    stream,
)

OFFICE = {"office": {"rates": {"mon-fri": {"08:00-15:00": 1, "15:00-18:00": 0.4}}}}
SIGMAS = 4.0
"""How far a count may be from its mean; the seeds are fixed."""
AI = {"sensitivity": 0.9, "false_positive_fraction": 0.2, "unscored": 0.05, "failed": 0.02}


def near(count: float, mean: float) -> bool:
    """Whether a Poisson count may well have this mean."""
    return abs(count - mean) < SIGMAS * np.sqrt(mean)


def test_as_many_come_as_the_rate_says() -> None:
    assert near(len(cases_of(department(arrivals=[stream(per_week=50_000)]))["received"]), 200_000)


def test_gaps_are_exponential() -> None:
    scenario = department(arrivals=[stream(per_week=5_000)], time_zone="UTC")
    gaps = np.diff(cases_of(scenario)["received"])
    assert stats.kstest(gaps, "expon", args=(0, 7 * DAY_MS / 5_000)).pvalue > 0.01


def test_counts_over_replications_spread_as_poisson_does() -> None:
    compiled = compile_scenario(department(arrivals=[stream(per_week=50)]))
    counts = [len(draw_futures(compiled, 3, replication).case_key) for replication in range(400)]
    assert near(sum(counts), 400 * 200)
    dispersion = np.sum((np.array(counts) - 200.0) ** 2) / 200
    assert 0.005 < stats.chi2.cdf(dispersion, 400) < 0.995


def test_the_profile_comes_back_by_hour_of_the_week() -> None:
    scenario = department(arrivals=[stream(per_week=41_000, profile="office")], profiles=OFFICE, country=None)
    hours = (local_hours(scenario, cases_of(scenario)["received"]) + calendar_of(scenario).weekday * 24) % 168
    counts = np.bincount(hours, minlength=168)
    for hour in range(168):
        in_week, of_day = hour < 120, hour % 24
        rate = in_week * (1.0 * (8 <= of_day < 15) + 0.4 * (15 <= of_day < 18))
        if rate:
            assert near(counts[hour], 4 * 1_000 * rate)
        else:
            assert counts[hour] == 0


def test_overlapping_rates_add_up() -> None:
    rates = {"mon": {"00:00-02:00": 1.0, "01:00-02:00": 2.0}, "mon-sun": {"05:00-05:30": 2.0}}
    scenario = department(arrivals=[stream(per_week=8_000, profile="p")], profiles={"p": {"rates": rates}}, days=7)
    received = cases_of(scenario)["received"]
    of_monday = np.bincount(received[received < 3 * HOUR_MS] // HOUR_MS, minlength=3)
    assert near(of_monday[0], 8_000 / 11)
    assert near(of_monday[1], 8_000 * 3 / 11)
    assert of_monday[2] == 0


def test_nothing_comes_on_a_holiday_unless_the_profile_is_open() -> None:
    many = [stream(per_week=10_000, profile="office")]
    closed = department(arrivals=many, profiles=OFFICE, **EASTER_WEEK)
    opened = department(arrivals=many, profiles={"office": {**OFFICE["office"], "holidays": "open"}}, **EASTER_WEEK)
    by_day = np.bincount(cases_of(closed)["received"] // DAY_MS, minlength=14)
    assert by_day[[3, 4, 7]].tolist() == [0, 0, 0]
    assert all(near(by_day[day], 2_000) for day in (0, 1, 2, 8, 9, 10, 11))
    assert near(len(cases_of(opened)["received"]), 20_000)


@pytest.mark.parametrize(("when", "hours"), [(CLOCK_FORWARD, 23), (CLOCK_BACK, 25)])
def test_a_day_with_a_clock_change_brings_as_much_as_it_has_hours(when: dict[str, object], hours: int) -> None:
    scenario = department(arrivals=[stream(per_week=7 * 240_000)], **when)
    days = np.searchsorted(calendar_of(scenario).midnights, cases_of(scenario)["received"], "right") - 1
    assert near(np.bincount(days)[1], 10_000 * hours)


@pytest.mark.parametrize("when", [CLOCK_FORWARD, CLOCK_BACK])
def test_office_hours_stay_office_hours_over_a_clock_change(when: dict[str, object]) -> None:
    profiles = {"p": {"rates": {"daily": {"08:00-09:00": 1}}}}
    scenario = department(arrivals=[stream(per_week=7_000, profile="p")], profiles=profiles, **when)
    hours = local_hours(scenario, cases_of(scenario)["received"])
    assert set((hours % 24).tolist()) == {8}
    assert all(near(count, 1_000) for count in np.bincount(hours // 24))


def test_arrivals_up_to_midnight_belong_to_their_day() -> None:
    profiles = {"p": {"rates": {"tue": {"23:00-24:00": 1}, "wed": {"00:00-01:00": 1}}}}
    scenario = department(arrivals=[stream(per_week=2_000, profile="p")], profiles=profiles, days=7)
    hours = local_hours(scenario, cases_of(scenario)["received"])
    assert set(hours.tolist()) == {47, 48}


def test_demand_grows_by_the_year_and_follows_the_season() -> None:
    months = [1.5, *[0.5] * 5, 0.0, *[1.0] * 5]
    scenario = department(
        start="2026-01-01",
        days=365,
        country=None,
        arrivals=[stream(per_week=7_000, growth_per_year=0.5, months=months)],
    )
    day = calendar_of(scenario).local(cases_of(scenario)["received"]) // DAY_MS
    month = np.array([(np.datetime64("2026-01-01") + d).astype(object).month for d in range(365)])
    daily = 1_000 * np.array(months)[month - 1] * 1.5 ** ((np.arange(365) + 0.5) / 365.25)
    for number in range(1, 13):
        mean = daily[month == number].sum()
        found = np.isin(day, np.flatnonzero(month == number)).sum()
        assert near(found, mean) if mean else found == 0


def test_another_streams_change_leaves_a_stream_as_it_was() -> None:
    ours = stream(per_week=300, prevalence={"value": 0.2})
    alone = cases_of(department(arrivals=[ours], ai=AI))
    crowded = cases_of(department(arrivals=[stream("others", 900), ours], ai=AI))
    for name in ("received", "key", "ai", "diseased", "deadline"):
        assert alone[name].tolist() == crowded[name].tolist()


def test_a_higher_rate_brings_the_same_cases_earlier_and_more_after_them() -> None:
    few = cases_of(department(arrivals=[stream(per_week=300)]))
    more = cases_of(department(arrivals=[stream(per_week=330)]))
    many = len(few["key"])
    assert len(more["key"]) > many
    assert more["key"][:many].tolist() == few["key"].tolist()
    assert (more["received"][:many] <= few["received"]).all()


def test_streams_seeds_and_replications_have_keys_of_their_own() -> None:
    scenario = department(arrivals=[stream("one", 500), stream("two", 500)])
    keys = [cases_of(scenario, name, seed, n)["key"] for name in ("one", "two") for seed in (1, 2) for n in (0, 1)]
    assert len(np.unique(np.concatenate(keys))) == sum(map(len, keys))
    times = [cases_of(scenario, name)["received"] for name in ("one", "two")]
    assert len(np.intersect1d(*times)) < 10


def test_a_log_is_replayed_to_the_millisecond_and_cut_at_the_end() -> None:
    scenario = department(days=1, arrivals=[stream(replay_hours=[0, 1.5, 1.5, 24, 24.1])])
    assert cases_of(scenario)["received"].tolist() == [0, 5_400_000, 5_400_000, 86_400_000]


def test_a_stream_of_nothing_and_a_time_of_holidays_only_are_empty_not_errors() -> None:
    assert len(cases_of(department(arrivals=[stream(per_week=0)]))["key"]) == 0
    easter = department(arrivals=[stream(profile="office")], profiles=OFFICE, start="2026-04-02", days=2)
    assert len(cases_of(easter)["key"]) == 0


def test_more_cases_than_can_be_held_are_a_named_error() -> None:
    with pytest.raises(RunError, match="per_week"):
        drawn(department(arrivals=[stream(per_week=1e12)]))


def test_disease_and_flags_have_their_shares() -> None:
    found = cases_of(department(arrivals=[stream(per_week=25_000, prevalence={"value": 0.1})], ai=AI))
    many, ill, says = len(found["key"]), found["diseased"] == 1, found["ai"]
    scored = (says == AI_FLAGGED) | (says == AI_UNFLAGGED)
    assert near(ill.sum(), 0.1 * many)
    assert near((says == AI_FAILED).sum(), 0.02 * many)
    assert near((says == AI_UNKNOWN).sum(), 0.05 * many)
    assert near((ill & scored & (says == AI_UNFLAGGED)).sum(), 0.1 * (ill & scored).sum())
    assert near((~ill & (says == AI_FLAGGED)).sum(), 0.2 * (~ill & scored).sum())
    assert (found["ai_now"] == AI_UNKNOWN).all()


def test_the_truth_does_not_hang_on_the_ai_and_a_better_one_flags_the_same_and_more() -> None:
    arrivals = [stream(per_week=5_000, prevalence={"value": 0.3})]
    without = cases_of(department(arrivals=arrivals))
    worse = cases_of(department(arrivals=arrivals, ai=AI))
    better = cases_of(department(arrivals=arrivals, ai={**AI, "sensitivity": 0.97}))
    assert (without["ai"] == AI_UNKNOWN).all()
    assert without["diseased"].tolist() == worse["diseased"].tolist() == better["diseased"].tolist()
    now, then = better["ai"] == AI_FLAGGED, worse["ai"] == AI_FLAGGED
    assert now[then].all()
    assert now.sum() > then.sum()
    assert better["diseased"][now & ~then].all()


def test_deadlines_are_those_of_the_streams_pathway() -> None:
    pathways = {
        "quick": {"deadline": {"hours": 24}, "deadlines": [{"when": {"stream": "b"}, "deadline": {"working_days": 1}}]},
        "none": {},
    }
    arrivals = [stream(name, 50, pathway="none" if name == "c" else "quick") for name in "abc"]
    scenario = department(arrivals=arrivals, pathways=pathways, start="2026-02-02", country=None)
    a, b, c = (cases_of(scenario, name) for name in "abc")
    assert (a["deadline"] == a["received"] + DAY_MS).all()
    assert (b["deadline"] % DAY_MS == 16 * HOUR_MS).all()
    assert (b["deadline"] // DAY_MS > b["received"] // DAY_MS).all()
    assert (c["deadline"] == NO_DEADLINE).all()


def test_the_backlog_is_there_from_the_start_with_its_past() -> None:
    scenario = department(
        start="2026-04-07",
        sites={"main": {}, "other": {}},
        pathways={"routine": {"deadline": {"working_days": 2}}},
        arrivals=[stream(per_week=50, prevalence={"value": 0.5})],
        ai=AI,
        backlog=[
            {"stream": "cases", "step": "work", "count": 3, "received_hours_ago": [30.0], "flagged": True},
            {"stream": "cases", "step": "work", "received_hours_ago": [6 * 24 - 10], "site": "other", "case": "B-1"},
            {"stream": "cases", "step": "work", "count": 2, "received_hours_ago": [1, 2], "flagged": False},
        ],
    )
    found = cases_of(scenario)
    assert found["release"][:6].tolist() == [0] * 6
    assert (found["received"][:6] / HOUR_MS).tolist() == [-30, -30, -30, -134, -1, -2]
    assert found["ai_now"][:6].tolist() == [AI_FLAGGED] * 3 + [AI_UNKNOWN] + [AI_UNFLAGGED] * 2
    assert found["ai"][[0, 1, 2, 4, 5]].tolist() == found["ai_now"][[0, 1, 2, 4, 5]].tolist()
    assert found["site"][:6].tolist() == [0, 0, 0, 1, 0, 0]
    due = (found["deadline"][:6] - 16 * HOUR_MS) / DAY_MS
    assert due.tolist() == [1, 1, 1, 1, 1, 1], (
        "received on 1 April or over Easter: due on the second working day, the 8th"
    )
    assert (found["release"][6:] == found["received"][6:]).all()


def test_a_known_open_case_keeps_its_key_wherever_it_stands_in_the_backlog() -> None:
    known = {"stream": "cases", "step": "work", "received_hours_ago": [5.0], "case": "B-1"}
    other = {"stream": "cases", "step": "work", "received_hours_ago": [7.0]}
    first = cases_of(department(backlog=[known, other]))
    second = cases_of(department(backlog=[other, known]))
    assert first["key"][0] == second["key"][1]
    assert first["key"][1] != second["key"][0]
    assert first["key"][2:].tolist() == second["key"][2:].tolist()
