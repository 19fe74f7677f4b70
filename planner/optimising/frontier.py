"""Cost against the share on time: points with intervals, and those that no other beats in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.measures.intervals import Estimate

State = Literal["today", "confirmed", "not confirmed"]


@dataclass(frozen=True)
class Point:
    """A plan with what it costs and what it keeps, over runs of full length."""

    words: tuple[str, ...]
    """What it changes; nothing: today's."""
    changes: Mapping[str, object]
    cost: Estimate
    """Currency a week."""
    on_time: Estimate
    state: State
    """Confirmed: on seeds that no choice was made by. The intervals of others are too hopeful, since the luckiest of
    many were kept."""


def front(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points that no other beats: none is as cheap and keeps as much and is better in one; the cheapest first."""
    found: list[Point] = []
    for point in sorted(points, key=lambda it: (it.cost.mean, -it.on_time.mean, len(it.words))):
        if not found or point.on_time.mean > found[-1].on_time.mean:
            found.append(point)
    return tuple(found)
