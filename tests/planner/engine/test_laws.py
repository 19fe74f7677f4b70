"""What holds in every department, whatever happens: nothing is lost, and Little's law to the millisecond."""

import numpy as np
from hypothesis import HealthCheck, given, settings

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures, rostered_ms
from planner.engine.reference import simulate_reference
from planner.engine.tables import DONE, END, INTERRUPTED, LEAVE, START, STAY, WORK
from planner.scenario.scenario import Scenario
from tests.support.planner_days import WORDS
from tests.support.planner_scenarios import small_lab
from tests.support.random_departments import departments


def keeps_the_laws(scenario: Scenario) -> None:
    """Conservation, Little's law per station and for the department, and times that sum, in whole milliseconds."""
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, seed=5, replication=1)
    outcome = simulate_reference(compiled.tables, futures, scenario.max_events, trace=True)
    if outcome.status != DONE:
        return
    done = outcome.case_done >= 0
    turnaround = (outcome.case_done - futures.case_release)[done]
    assert np.array_equal((outcome.case_wait.sum(axis=1) + outcome.case_work.sum(axis=1))[done], turnaround)
    still_open = (futures.horizon - futures.case_release)[~done]
    assert outcome.open_cases.sum() == turnaround.sum() + still_open.sum()

    inside = outcome.station_waiting + outcome.station_in_work
    assert np.array_equal(outcome.station_joined, outcome.station_done + inside)
    assert (outcome.station_in_work >= 0).all()
    # Little: the queue's area is the sum of all waits, of those taken up and of those who still wait
    work_steps = set(np.flatnonzero(compiled.tables.step_kind == WORK).tolist())
    since: dict[tuple[int, int], int] = {}
    waited = 0
    counted = dict.fromkeys(range(len(WORDS)), 0)
    for at, what, step, _, key in outcome.trace.tolist():
        counted[what] += 1
        if step in work_steps and what in (STAY, INTERRUPTED):
            since[step, key] = at
        elif what == START:
            waited += at - since.pop((step, key))
    assert waited == outcome.station_wait.sum()
    waits_still = sum(futures.horizon - at for at in since.values())
    assert outcome.station_queue.sum() == waited + waits_still
    assert np.array_equal(outcome.station_queue.sum(axis=1) >= outcome.station_wait, np.ones(len(inside), bool))

    assert counted[LEAVE] == done.sum()
    assert counted[START] == outcome.station_done.sum() + outcome.station_in_work.sum() + counted[INTERRUPTED]
    assert counted[END] <= counted[STAY]
    in_hours = outcome.group_busy.sum() - outcome.group_overtime.sum()
    assert 0 <= in_hours <= rostered_ms(compiled, futures).sum()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(departments())
def test_nothing_is_lost_and_littles_law_holds_in_any_department(scenario: Scenario) -> None:
    keeps_the_laws(scenario)


def test_nothing_is_lost_and_littles_law_holds_in_a_laboratory_with_everything() -> None:
    keeps_the_laws(small_lab(days=5))
