"""The simulator against queueing theory: the rows of docs/validation.md, and laws that hold for every single case."""

import numpy as np
import pytest

from benchmarks.estimators import controlled, lindley
from benchmarks.known_queues import NO_CONTROL, SMALL_CHANGE, systems
from benchmarks.queues import PRECISION, System, check
from benchmarks.validate_planner import DOCUMENT, exact_columns
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import AI_FLAGGED
from planner.measures.ai_effect import without_ai
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

SHARP = PRECISION / 2
"""Rows as precise as this tell an error of 1% from none."""


@pytest.mark.parametrize("system", systems(), ids=lambda system: system.name)
def test_a_department_that_theory_knows_comes_to_what_theory_says(system: System) -> None:
    for checked in check(system):
        assert checked.precision < checked.row.precision, f"{checked.row.figure}: too few events to tell"
        assert checked.simulated.holds(checked.row.exact), (
            f"{checked.row.figure}: {checked.simulated} against {checked.row.exact}"
        )


def test_only_waits_that_are_checked_case_by_case_and_small_changes_may_be_less_precise() -> None:
    rows = {(system.name, row.figure, row.precision) for system in systems() for row in system.rows}
    assert {row for row in rows if row[2] > PRECISION and row[1:] != ("change, others, min", SMALL_CHANGE)} == {
        ("M/M/1, 0.8 busy", "wait, min", NO_CONTROL),
        ("M/M/1, 0.9 busy", "wait, min", NO_CONTROL),
        ("AI triage, M/M/1, 0.8 busy, preemptive-resume", "wait, flagged, min", NO_CONTROL),
        ("AI triage, M/M/1, 0.9 busy, preemptive-resume", "wait, flagged, min", NO_CONTROL),
    }


def test_an_exact_value_that_is_one_percent_off_would_be_found_out() -> None:
    sharp = [checked for system in systems() for checked in check(system) if checked.precision < SHARP]
    for checked in sharp:
        for wrong in (-0.01, 0.01):
            assert not checked.simulated.holds(checked.row.exact + wrong * checked.row.scale), checked
    named = {(checked.system.split(",")[0], checked.row.figure) for checked in sharp}
    assert named >= {
        ("M/M/2", "wait, min"),
        ("M/M/3", "wait, min"),
        ("M/M/3", "share that waits"),
        ("M/M/10", "share that waits"),
        ("M/M/10", "wait, routine, min"),
        ("M/M/1", "wait, routine, min"),
        ("AI triage", "wait, unflagged, min"),
        ("AI triage", "change, diseased, min"),
        ("AI triage", "change, all, min"),
    }


def test_the_document_shows_these_rows_and_these_exact_values() -> None:
    shown = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("|")][2:]
    expected = exact_columns()
    assert len(shown) == len(expected)
    for line, columns in zip(shown, expected, strict=True):
        assert line.startswith(columns)


def waits_ms(scenario: Scenario) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """When each case came, its wait and work in ms (0 of work while it is open), and whether it is flagged and done."""
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, scenario.seed, 0)
    outcome = simulate(compiled, futures)
    return (
        futures.case_release.astype(float),
        outcome.case_wait.sum(axis=1),
        outcome.case_work.sum(axis=1).astype(float),
        (futures.case_ai == AI_FLAGGED) & (outcome.case_done >= 0),
    )


@pytest.mark.parametrize(
    "time",
    [
        {"kind": "exponential", "mean": 10},
        {"kind": "lognormal", "mean": 10, "sd": 15},
        {"kind": "constant", "value": 10},
        {"kind": "erlang", "mean": 10, "stages": 4},
    ],
    ids=lambda time: time["kind"],
)
@pytest.mark.parametrize("utilisation", [0.8, 0.9])
def test_every_wait_at_one_reader_is_lindleys(time: dict[str, object], utilisation: float) -> None:
    came, wait, work, _ = waits_ms(single_queue(utilisation=utilisation, service={**time, "unit": "minutes"}, days=90))
    through = int(np.flatnonzero(work == 0)[0]) if (work == 0).any() else len(work)
    assert through > 0.98 * len(work)
    assert np.array_equal(lindley(came[:through], work[:through]), wait[:through])


@pytest.mark.parametrize("utilisation", [0.8, 0.9])
def test_a_flagged_case_that_interrupts_others_waits_for_flagged_cases_only(utilisation: float) -> None:
    scenario = single_queue(
        utilisation=utilisation,
        order={"rule": "ai", "preempt": True},
        ai={"sensitivity": 0.95, "false_positive_fraction": 0.05},
        prevalence=0.1,
        days=365,
    )
    came, wait, work, flagged = waits_ms(scenario)
    assert flagged.sum() > 5_000
    assert np.array_equal(lindley(came[flagged], work[flagged]), wait[flagged])


def test_triage_moves_waiting_and_removes_none_where_all_reads_take_the_same_time() -> None:
    scenario = single_queue(
        utilisation=0.9,
        service={"kind": "constant", "value": 10, "unit": "minutes"},
        order={"rule": "ai"},
        ai={"sensitivity": 0.9, "false_positive_fraction": 0.1},
        prevalence=0.2,
        days=365,
    )
    lines, waits = [], []
    for one in (scenario, without_ai(scenario)):
        compiled = compile_scenario(one)
        futures = draw_futures(compiled, 3, 0)
        outcome = simulate(compiled, futures)
        lines.append(outcome.station_queue)
        waits.append(outcome.case_wait.sum(axis=1))
    assert np.array_equal(lines[0], lines[1])
    assert (waits[0] != waits[1]).mean() > 0.3


def test_control_variates_take_out_luck_and_leave_an_error_in() -> None:
    rng = np.random.default_rng(1)
    luck = rng.normal(size=(30, 2))
    values = 5 + luck @ [2.0, -1.0] + rng.normal(scale=0.01, size=30)
    found = controlled(values.tolist(), luck, 0.999)
    assert found.holds(5.0)
    assert not found.holds(5.05)
    assert controlled(values.tolist(), np.zeros((30, 1)), 0.999).half_width > 50 * found.half_width


def test_the_interval_of_a_controlled_mean_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(2000):
        luck = rng.normal(size=(12, 2))
        held += controlled((luck @ [1.0, 1.0] + rng.normal(size=12)).tolist(), luck, 0.9).holds(0.0)
    assert 0.88 < held / 2000 < 0.92
