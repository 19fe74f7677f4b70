"""A function of many things, on one core or all: for experiments that need more of a replication than its summary."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

import joblib

from planner.replications.places import COMPILING, SMALL_EVENTS, must_compile

Item = TypeVar("Item")


class Counted(NamedTuple):
    """An answer, and the simulated events that it took."""

    events: int
    answer: object


def spread(
    function: Callable[[Item], Counted],
    items: Sequence[Item],
    jobs: int | None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> list[object]:
    """The answers, in the order of the items; `jobs` None: all cores, or this process alone where that is sooner done.

    The first is done in this process, so that the kernel is compiled once and the others find it in the cache.
    on_progress: is told how many are done, of how many, after each; first, that the kernel is compiled, if it must be.
    """
    if on_progress is not None and must_compile():
        on_progress(0, len(items), COMPILING)
    first = function(items[0])
    answers = []
    for done, one in enumerate(chain([first], _others(function, items[1:], jobs, first.events)), 1):
        answers.append(one.answer)
        if on_progress is not None:
            on_progress(done, len(items), "")
    return answers


def _others(
    function: Callable[[Item], Counted], items: Sequence[Item], jobs: int | None, events: int
) -> Iterator[Counted]:
    small = jobs is None and len(items) * events < SMALL_EVENTS
    if small or jobs == 1 or not items:
        yield from map(function, items)
        return
    parallel = joblib.Parallel(jobs or joblib.cpu_count(), return_as="generator")
    yield from parallel(joblib.delayed(function)(item) for item in items)
