"""A function of many things, on one core or all: for experiments that need more of a replication than its summary."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import joblib

from planner.replications.places import SMALL_EVENTS

Item = TypeVar("Item")


class Counted(NamedTuple):
    """An answer, and the simulated events that it took."""

    events: int
    answer: object


def spread(function: Callable[[Item], Counted], items: Sequence[Item], jobs: int | None) -> list[object]:
    """The answers, in the order of the items; `jobs` None: all cores, or this process alone where that is sooner done.

    The first is done in this process, so that the kernel is compiled once and the others find it in the cache.
    """
    first = function(items[0])
    rest = items[1:]
    small = jobs is None and len(rest) * first.events < SMALL_EVENTS
    if small or jobs == 1 or not rest:
        return [first.answer, *(function(item).answer for item in rest)]
    others = joblib.Parallel(jobs or joblib.cpu_count())(joblib.delayed(function)(item) for item in rest)
    return [first.answer, *(one.answer for one in others)]
