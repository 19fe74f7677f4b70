"""Spans of time, many at once and in lanes that do not touch: joined where they meet, and with holes cut out."""

from typing import NamedTuple

import numpy as np

from planner.engine.tables import Ints


class Spans(NamedTuple):
    """n spans, from `start` to before `end`, each in its lane: a person, a machine, a row of a roster."""

    lane: Ints
    start: Ints
    end: Ints


def cut(spans: Spans, holes: Spans | None = None) -> Spans:
    """The time that lies in a span and in no hole of its lane, as spans apart, by lane and start.

    Spans and holes may overlap and be empty; no end may be before its start.
    """
    holes = holes or Spans(*(np.empty(0, np.int64),) * 3)
    n, m = len(spans.lane), len(holes.lane)
    lane = np.concatenate((spans.lane, spans.lane, holes.lane, holes.lane))
    at = np.concatenate((spans.start, spans.end, holes.start, holes.end))
    step = np.repeat((1, -1, -n - 1, n + 1), (n, n, m, m))
    order = np.lexsort((at, lane))
    lane, at, level = lane[order], at[order], np.cumsum(step[order])
    settled = np.ones(len(at), bool)
    settled[:-1] = (at[1:] != at[:-1]) | (lane[1:] != lane[:-1])
    lane, at, inside = lane[settled], at[settled], level[settled] > 0
    turns = np.flatnonzero(np.diff(inside, prepend=False))
    return Spans(lane[turns[::2]], at[turns[::2]], at[turns[1::2]])
