"""Effects that others have published, in direction and size, on small departments.

Staggered processing: Addenbrooke's histopathology simulation. AI triage in and out of work hours: Thompson and others
2025, "Impact of AI-triage on radiologist report turnaround time" (22 minutes saved in work hours, nothing off hours).
Second opinion by post or on the screen: Haghighi and others 2021 (86 hours, 35 minutes).
"""

from typing import Any

import numpy as np
import pytest

from benchmarks import theory
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import DONE, HOUR_MS, Futures, Outcome
from planner.measures.ai_effect import without_ai
from planner.measures.intervals import Estimate, estimate
from planner.scenario.load import change, load_scenario
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

MINUTE_MS = HOUR_MS / 60
DAY_HOURS = 24
AI = {"sensitivity": 0.95, "false_positive_fraction": 0.05}


def run(scenario: Scenario, replication: int = 0) -> tuple[Futures, Outcome]:
    """One replication."""
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, 5, replication)
    outcome = simulate(compiled, futures)
    assert outcome.status == DONE
    return futures, outcome


def gains(
    base: Scenario, other: Scenario, first_hour: int, last_hour: int, replications: int, *, diseased: bool
) -> Estimate:
    """Minutes less waited by cases that come from `first_hour` to `last_hour`, on the same cases."""
    found = []
    for replication in range(replications):
        futures, before = run(base, replication)
        _, after = run(other, replication)
        hour = futures.case_received // HOUR_MS % DAY_HOURS
        those = (hour >= first_hour) & (hour < last_hour) & (before.case_done >= 0) & (after.case_done >= 0)
        those &= futures.case_diseased == diseased
        found.append(float((before.case_wait - after.case_wait).sum(axis=1)[those].mean()) / MINUTE_MS)
    return estimate(found)


@pytest.fixture(scope="module")
def triage() -> Scenario:
    """One reader, always there; nine tenths busy from 8 to 16, a tenth at night."""
    scenario = single_queue(order={"rule": "ai"}, ai=AI, prevalence=0.1, days=365)
    profile = {"rates": {"daily": {"08:00-16:00": 5.4, "00:00-08:00": 0.6, "16:00-24:00": 0.6}}, "holidays": "open"}
    per_week = 7 * (8 * 5.4 + 16 * 0.6)
    return change(
        scenario,
        {
            "profiles": {"work-hours": profile},
            "arrivals.routine.profile": "work-hours",
            "arrivals.routine.per_week.value": per_week,
        },
    )


def test_triage_gains_in_work_hours_and_nothing_at_night(triage: Scenario) -> None:
    base = without_ai(triage)
    by_day = gains(base, triage, 10, 16, 12, diseased=True)
    by_night = gains(base, triage, 0, 8, 12, diseased=True)
    assert 15 < by_day.low < by_day.high < 60
    assert abs(by_night.mean) < 0.5
    others = gains(base, triage, 10, 16, 12, diseased=False)
    assert -by_day.high / 5 < others.mean < 0, "the others pay for it, each a little"


def test_triage_gains_the_more_the_busier_the_reader_and_nothing_at_an_empty_queue() -> None:
    found = {}
    for utilisation in (0.05, 0.3, 0.6, 0.8):
        scenario = single_queue(utilisation=utilisation, order={"rule": "ai"}, ai=AI, prevalence=0.1, days=730)
        found[utilisation] = gains(without_ai(scenario), scenario, 0, DAY_HOURS, 8, diseased=True)
        exact = -theory.triage(
            utilisation, 10.0, 0.1, AI["sensitivity"], AI["false_positive_fraction"], preempt=False
        ).diseased_change
        assert found[utilisation].mean == pytest.approx(exact, rel=0.1, abs=0.05)
    assert abs(found[0.05].mean) < 0.1
    assert found[0.05].high < found[0.3].low < found[0.3].high < found[0.6].low < found[0.6].high < found[0.8].low


def mean_turnaround_hours(scenario: Scenario, replication: int) -> float:
    """Of the cases of the measured days."""
    futures, outcome = run(scenario, replication)
    last = (scenario.warm_up_days + scenario.days) * DAY_HOURS * HOUR_MS
    measured = (futures.case_received >= scenario.warm_up_days * DAY_HOURS * HOUR_MS) & (futures.case_received < last)
    assert (outcome.case_done[measured] >= 0).all()
    return float((outcome.case_done - futures.case_received)[measured].mean()) / HOUR_MS


def test_staggered_processing_starts_shorten_turnaround() -> None:
    short: dict[str, Any] = {
        "days": 56,
        "resources.processor.units.0.count": 3,
        "steps.processing.setup": {"kind": "constant", "value": 2.3, "unit": "hours"},
    }
    once = change(load_scenario("small-lab"), short)
    staggered = change(once, {"steps.processing.starts": {"at": {"mon-fri": ["10:00", "13:00", "16:30"]}}})
    saved = estimate(
        [mean_turnaround_hours(once, number) - mean_turnaround_hours(staggered, number) for number in range(4)]
    )
    # A run that ends in the afternoon is cut the same day: up to a day for some, nothing for those cut up last.
    assert 4 < saved.low < saved.high < 24


def test_a_second_opinion_on_the_screen_saves_the_days_that_the_post_takes() -> None:
    post = {
        "does": "delay",
        "departures": {"at": {"mon-fri": "16:00"}},
        "time": {"kind": "lognormal", "mean": 86, "sd": 30, "unit": "hours"},
        "next": "sign-out",
    }
    screen = {"does": "delay", "time": {"kind": "lognormal", "mean": 35, "sd": 12}, "next": "sign-out"}
    lab = load_scenario("small-lab")
    ways = [
        {"to": "immunostains", "share": 0.15},
        {"to": "second-opinion", "share": 0.1},
        {"to": "sign-out"},
    ]
    by_post, on_screen = (
        change(lab, {"days": 180, "follow_up_days": 28, "steps.reading.next": ways, "steps.second-opinion": step})
        for step in (post, screen)
    )
    _, before = run(by_post)
    _, after = run(on_screen)
    stage = compile_scenario(by_post).stages.index("second-opinion")
    both = (before.case_done >= 0) & (after.case_done >= 0)
    travelled = both & (before.case_work[:, stage] > 0)
    assert 0.05 < travelled.sum() / both.sum() < 0.15
    saved = (before.case_done - after.case_done) / HOUR_MS
    assert 86 < saved[travelled].mean() < 86 + 48, "the time in the post, its closed evenings and weekends"
    assert np.median(after.case_work[travelled, stage]) / MINUTE_MS < 60
    assert abs(saved[both & ~travelled].mean()) < 1
