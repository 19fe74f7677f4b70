"""One replication as a task that any process can do, here or elsewhere: the same task gives the same numbers."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import NamedTuple

from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.jit import HAS_NUMBA
from planner.engine.run import simulate
from planner.errors import ClusterError
from planner.measures.figures import Summary
from planner.measures.summary import summarise
from planner.scenario.scenario import Scenario


class Task(NamedTuple):
    """What a process is told."""

    place: int
    """Which of the scenarios that were asked for."""
    scenario: str
    """As JSON, which survives any way of transport and is the key of the worker's own cache."""
    seed: int
    replication: int
    software: str
    """Version that gave the task; another one would give other numbers."""


@dataclass(frozen=True)
class Done:
    """What it answers."""

    place: int
    summary: Summary
    engine: str
    """kernel or reference."""


@cache
def software() -> str:
    """Forrang's version."""
    return version("forrang")


def run_task(task: Task) -> Done:
    """Simulates one replication.

    Raises ScenarioError, RunError, and ClusterError where the worker has another version of Forrang.
    """
    if task.software != software():
        raise ClusterError(
            f"a worker has Forrang {software()}, and {task.software} asks: install the same version on all machines"
        )
    compiled = _compiled(task.scenario)
    futures = draw_futures(compiled, task.seed, task.replication)
    outcome = simulate(compiled, futures)
    summary = summarise(compiled, futures, outcome, task.replication)
    return Done(task.place, summary, "kernel" if HAS_NUMBA else "reference")


@lru_cache(maxsize=4)
def _compiled(scenario: str) -> Compiled:
    return compile_scenario(Scenario.model_validate_json(scenario))
