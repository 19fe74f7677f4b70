"""Replications: the same numbers anywhere, as many as a precision takes, and none lost to Ctrl-C."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from planner.engine.tables import TOO_MANY_EVENTS
from planner.errors import PlannerError, RunError
from planner.measures.figures import FigureKey, Figures
from planner.replications import places
from planner.replications.replicate import Experiment, Precision, replicate, replicate_all
from planner.scenario.load import change, scenario_hash
from tests.support.planner_scenarios import single_queue, small_lab

PROJECT = Path(__file__).resolve().parents[3]
QUEUE = single_queue(days=3)
OPEN = FigureKey("backlog", "all", "", "mean")


def figures(experiment: Experiment) -> list[tuple[int, str]]:
    """Everything that an experiment found, in a form in which nan equals nan."""
    return [(one.replication, repr(sorted(one.figures.items()))) for one in experiment.summaries]


def stop_after(finished: int) -> object:
    """What a person does who presses Ctrl-C when so many are finished."""

    def on_progress(done: int, wanted: int, note: str) -> None:
        if done == finished:
            raise KeyboardInterrupt

    return on_progress


def test_any_number_of_processes_gives_the_same_numbers() -> None:
    lab = small_lab(days=2, warm_up_days=0, follow_up_days=3)
    alone, several = replicate(lab, 4, jobs=1), replicate(lab, 4, jobs=2)
    assert figures(alone) == figures(several)
    assert [one.replication for one in several.summaries] == [0, 1, 2, 3]
    assert len({text for _, text in figures(alone)}) == 4
    assert alone.scenario_hash == scenario_hash(lab)
    assert not alone.interrupted
    assert alone.notes == ()


def test_a_replication_does_not_depend_on_how_many_there_are() -> None:
    assert figures(replicate(QUEUE, 2, jobs=1)) == figures(replicate(QUEUE, 5, jobs=1))[:2]


def test_several_scenarios_at_once_give_what_each_gives_alone() -> None:
    other = change(QUEUE, {"resources.reader.units.0.count": 2, "seed": 9})
    together = replicate_all([QUEUE, other], 3, jobs=1)
    assert [figures(one) for one in together] == [
        figures(replicate(scenario, 3, seed=QUEUE.seed, jobs=1)) for scenario in (QUEUE, other)
    ]


def test_the_seed_is_the_scenarios_unless_another_is_given() -> None:
    assert replicate(QUEUE, 1, jobs=1).seed == QUEUE.seed
    assert figures(replicate(QUEUE, 2, seed=5, jobs=1)) != figures(replicate(QUEUE, 2, jobs=1))


def test_progress_is_told_from_none_to_all() -> None:
    told: list[tuple[int, int, str]] = []
    replicate(QUEUE, 3, jobs=1, on_progress=lambda *news: told.append(news))
    assert [(done, wanted) for done, wanted, note in told if not note] == [(0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.skipif(not places.HAS_NUMBA, reason="skipped: nothing is compiled without numba")
def test_a_cold_start_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_compiled", lambda function: False)
    told: list[str] = []
    replicate(QUEUE, 1, jobs=1, on_progress=lambda done, wanted, note: told.append(note))
    assert places.COMPILING in told


def test_ctrl_c_keeps_what_is_finished() -> None:
    stopped = replicate(QUEUE, 6, jobs=1, on_progress=stop_after(2))
    assert stopped.interrupted
    assert figures(stopped) == figures(replicate(QUEUE, 2, jobs=1))
    assert "2 of 6 replications were finished" in stopped.notes[0]


def test_ctrl_c_before_anything_is_finished_ends_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        replicate(QUEUE, 6, jobs=1, on_progress=stop_after(0))


def test_ctrl_c_at_the_terminal_stops_all_processes_and_keeps_what_is_finished() -> None:
    """The signal goes to the whole group of processes, as a terminal sends it."""
    script = """
from planner.replications.replicate import replicate
from tests.support.planner_scenarios import single_queue
if __name__ == "__main__":
    queue = single_queue(days=1000, utilisation=0.5)
    kept = replicate(queue, 1_000, jobs=2, on_progress=lambda *news: print(news[0], flush=True))
    print("kept", len(kept.summaries), kept.interrupted, flush=True)
"""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            assert run.stdout is not None
            for line in run.stdout:
                if line.strip() == "4":
                    break
            os.killpg(run.pid, signal.SIGINT)
            rest, errors = run.communicate(timeout=300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
    last = rest.splitlines()[-1].split()
    assert last[0] == "kept", errors
    assert 4 <= int(last[1]) < 1_000
    assert last[2] == "True"
    assert run.returncode == 0


def test_replications_are_added_until_the_interval_is_narrow_enough() -> None:
    wide = replicate(QUEUE, 5, jobs=1).estimates[OPEN].half_width
    found = replicate(QUEUE, 5, jobs=1, precision=Precision(OPEN, wide / 2, at_most=400))
    assert found.estimates[OPEN].half_width <= wide / 2
    assert len(found.summaries) == found.wanted > 5
    assert figures(found) == figures(replicate(QUEUE, found.wanted, jobs=1))
    assert f"after {found.wanted} replications" in found.notes[0]
    assert found.notes[0].startswith("Precision reached")


def test_a_precision_that_takes_too_many_ends_at_the_bound_and_says_so() -> None:
    found = replicate(QUEUE, 5, jobs=1, precision=Precision(OPEN, 1e-9, at_most=8))
    assert len(found.summaries) == 8
    assert found.notes[0].startswith("Precision not reached")


def test_a_precision_that_is_reached_at_once_adds_nothing() -> None:
    assert len(replicate(QUEUE, 6, jobs=1, precision=Precision(OPEN, 1e9)).summaries) == 6


def test_a_figure_that_open_cases_hide_is_not_chased() -> None:
    longest = FigureKey("turnaround", "all", "", "max")
    found = replicate(QUEUE, 5, jobs=1, precision=Precision(longest, 0.1))
    assert len(found.summaries) == 5
    assert "turnaround all max has no value" in found.notes[0]


@pytest.mark.parametrize(
    ("precision", "says"),
    [
        (Precision(OPEN, 0.0), "half width"),
        (Precision(OPEN, 1.0, at_most=2), "say too little"),
        (Precision(FigureKey("happiness", "all"), 1.0), "happiness"),
    ],
)
def test_a_precision_that_makes_no_sense_is_a_named_error(precision: Precision, says: str) -> None:
    with pytest.raises(PlannerError, match=says):
        replicate(QUEUE, 5, jobs=1, precision=precision)


def test_no_replications_and_no_processes_are_named_errors() -> None:
    with pytest.raises(PlannerError, match="replications: 0"):
        replicate(QUEUE, 0, jobs=1)
    with pytest.raises(PlannerError, match="jobs: 0"):
        replicate(QUEUE, 1, jobs=0)


def test_a_run_that_would_not_end_is_stopped_kept_and_said() -> None:
    endless = change(QUEUE, {"max_events": 1000, "days": 30})
    found = replicate(endless, 2, jobs=1)
    assert [one.status for one in found.summaries] == [TOO_MANY_EVENTS] * 2
    assert "Replication 1 was stopped" in found.notes[1]
    assert "no figures" in found.notes[1]
    assert len(replicate(endless, 5, jobs=1, precision=Precision(OPEN, 1.0)).summaries) == 5


def test_a_run_that_fails_on_the_way_keeps_what_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    run_task = places.run_task

    def fails_at_two(task: places.Task) -> places.Done:
        if task.replication == 2:
            raise RunError("no memory is left")
        return run_task(task)

    monkeypatch.setattr(places, "run_task", fails_at_two)
    found = replicate(QUEUE, 5, jobs=1)
    assert len(found.summaries) == 2
    assert found.interruption == "no memory is left"


def test_one_replication_says_that_it_has_no_interval() -> None:
    found: Figures = replicate(QUEUE, 1, jobs=1).summaries[0].figures
    assert found[OPEN] > 0
    assert "no interval" in replicate(QUEUE, 1, jobs=1).notes[0]
