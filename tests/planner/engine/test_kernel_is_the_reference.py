"""The compiled engine does what the reference does, event for event and in every figure, ties and all."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.jit import HAS_NUMBA
from planner.engine.run import simulate
from planner.engine.tables import Outcome
from planner.errors import RunError
from planner.scenario.scenario import Scenario
from tests.support.planner_days import a_day, minutes, people
from tests.support.planner_scenarios import single_queue, small_lab
from tests.support.random_departments import departments

pytestmark = pytest.mark.skipif(not HAS_NUMBA, reason="without numba there is only the reference")


def both_agree(scenario: Scenario) -> Outcome:
    """Both engines on one replication; every array of the outcome is the same."""
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, seed=3, replication=0)
    reference = simulate(compiled, futures, "reference", trace=True)
    kernel = simulate(compiled, futures, "kernel", trace=True)
    rows = min(len(reference.trace), len(kernel.trace))
    differs = np.flatnonzero((reference.trace[:rows] != kernel.trace[:rows]).any(axis=1))
    first = int(differs[0]) if len(differs) else rows
    expected, found = reference.trace[first : first + 3].tolist(), kernel.trace[first : first + 3].tolist()
    assert expected == found, f"row {first}: reference {expected}, kernel {found}"
    for field in fields(Outcome):
        name = field.name
        assert np.array_equal(getattr(reference, name), getattr(kernel, name)), name
    return reference


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(departments())
def test_both_engines_do_the_same_in_any_small_department(scenario: Scenario) -> None:
    both_agree(scenario)


def test_both_engines_do_the_same_in_a_laboratory_with_everything() -> None:
    assert both_agree(small_lab(days=7)).case_done.max() > 0


def test_both_engines_do_the_same_in_a_queue_with_priorities_and_interruption() -> None:
    order = {"rule": "clinical", "preempt": True}
    assert both_agree(single_queue(servers=3, urgent_share=0.3, order=order, days=10)).events > 1_000


def test_the_kernel_asks_for_no_row_that_is_not_there(tmp_path: Path) -> None:
    """Compiled with a look at every index, it runs a laboratory with everything as it does without."""
    events = (
        "from planner.engine.compile import compile_scenario\n"
        "from planner.engine.futures import draw_futures\n"
        "from planner.engine.run import simulate\n"
        "from tests.support.planner_scenarios import small_lab\n"
        "compiled = compile_scenario(small_lab())\n"
        "print(simulate(compiled, draw_futures(compiled, 3, 0), 'kernel').events)\n"
    )
    looking = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "XDG_CACHE_HOME": str(tmp_path)}
    child = subprocess.run([sys.executable, "-c", events], env=looking, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    compiled = compile_scenario(small_lab())
    assert int(child.stdout) == simulate(compiled, draw_futures(compiled, 3, 0), "reference").events


def test_more_sites_than_the_kernel_can_tell_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compile_scenario(single_queue(days=1))
    monkeypatch.setattr("planner.engine.run.MOST_SITES", 0)
    with pytest.raises(RunError, match="at most 0 sites"):
        simulate(compiled, draw_futures(compiled, 1, 0), "kernel")


MORNING = {"morning": {"hours": {"daily": "08:00-12:00"}, "holidays": "open"}}


@pytest.mark.parametrize(
    ("step", "resource", "came"),
    [
        pytest.param({}, {"at_shift_end": "pause"}, [710], id="work that ends with the shift is finished"),
        pytest.param(
            {"batch": {"size": 1, "out": "one-by-one"}, "time": minutes(30)},
            {"at_shift_end": "pause"},
            [700],
            id="what was left of an interrupted thing is forgotten when it is done, one by one too",
        ),
        pytest.param(
            {"order": {"rule": "clinical", "preempt": True}, "time": minutes(30)},
            {},
            {"routine": [710], "urgent": [725]},
            id="who is about to go home is not interrupted",
        ),
    ],
)
def test_both_engines_do_the_same_where_a_shift_ends(
    step: dict[str, object], resource: dict[str, object], came: list[float] | dict[str, list[float]]
) -> None:
    first = {"needs": "reader", "time": minutes(10), "next": "after", **step}
    after = {"needs": "clerk", "time": minutes(3), "next": "end"}
    resources = {"reader": people(roster="morning", **resource), "clerk": people()}
    day = a_day({"first": first, "after": after}, came, resources, rosters=MORNING, follow_up_days=1)
    outcome = both_agree(day.compiled.scenario)
    assert outcome.station_done.tolist()[1] >= 1
