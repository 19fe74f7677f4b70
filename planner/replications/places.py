"""Tasks on this machine: in this process, or on its cores. Answers come as they are ready, in any order."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures.process import BrokenProcessPool

import joblib

from planner.engine import kernel
from planner.engine.jit import HAS_NUMBA, is_compiled
from planner.errors import RunError
from planner.replications.task import Done, Task, run_task

SMALL_EVENTS = 5_000_000 if HAS_NUMBA else 50_000
"""Fewer events than these are done before other processes would have started."""
COMPILING = "compiling the simulation"


def must_compile() -> bool:
    """Whether the first simulation has to wait for that: half a minute, once on a machine."""
    return HAS_NUMBA and not is_compiled(kernel.run)


def run_here(tasks: Sequence[Task], jobs: int | None, say: Callable[[str], None]) -> Generator[Done]:
    """Runs tasks on `jobs` processes; None: on all cores, or in this process alone where that is sooner done.

    The first task is done in this process, so that the kernel is compiled once and the others find it in the cache.
    Raises RunError where a process is killed.
    """
    if must_compile():
        say(COMPILING)
    first = run_task(tasks[0])
    yield first
    rest = tasks[1:]
    small = jobs is None and len(rest) * first.summary.events < SMALL_EVENTS
    processes = min(len(rest), jobs or joblib.cpu_count())
    if small or processes < 2:
        yield from map(run_task, rest)
        return
    pool = joblib.Parallel(processes, return_as="generator_unordered", batch_size=1)
    try:
        yield from pool(joblib.delayed(run_task)(task) for task in rest)
    except BrokenProcessPool as error:
        raise RunError("a process was killed from outside, most often for want of memory: use fewer jobs") from error
