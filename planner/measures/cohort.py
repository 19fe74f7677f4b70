"""Which cases are measured, whether each kept its promise, and quantiles of times that are not over for all of them.

Measured are the cases received within the measured days, whenever they end. A case still open at the end of the
simulation has a time of at least so far (right-censored); leaving it out would count only the lucky ones.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.calendar import calendar_of
from planner.engine.compiled import Compiled
from planner.engine.tables import DELAY, HOUR_MS, NO_DEADLINE, WORK, Futures, Ints, Outcome
from planner.measures.figures import OVER
from planner.scenario.scenario import Scenario

SMALL_SHARE = 0.01
"""Up to this share of unfinished cases a mean is given, with their time so far; above it there is none (assumed)."""
CLOSE = 1.01
"""A quantile is known where its lower and upper bound lie no further apart than this factor (assumed)."""
MET, MISSED, UNDECIDED, NO_PROMISE = range(4)
"""What became of a case's deadline."""

AI_ANSWERS = ("unscored", "flagged", "unflagged", "failed")
"""By AI_UNKNOWN, AI_FLAGGED, AI_UNFLAGGED, AI_FAILED."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """The measured days: elapsed ms and bins of an hour, `end` and `last_bin` excluded."""

    start: int
    end: int
    first_bin: int
    last_bin: int
    weeks: float


def window_of(scenario: Scenario) -> Window:
    """From local midnight after the warm-up to local midnight after the measured days."""
    midnight = calendar_of(scenario).midnights
    start = int(midnight[scenario.warm_up_days])
    end = int(midnight[scenario.warm_up_days + scenario.days])
    return Window(start, end, round(start / HOUR_MS), round(end / HOUR_MS), scenario.days / 7)


def verdicts(futures: Futures, outcome: Outcome) -> Ints:
    """(C): what became of each case's deadline.

    MET: signed out by then. MISSED: signed out later, or open at the end and due by then. UNDECIDED: open and not yet
    due at the end. NO_PROMISE: it has none.
    """
    is_open = outcome.case_done < 0
    late = np.where(is_open, futures.case_deadline <= futures.horizon, outcome.case_done > futures.case_deadline)
    found = np.where(late, MISSED, np.where(is_open, UNDECIDED, MET))
    return np.where(futures.case_deadline >= NO_DEADLINE, NO_PROMISE, found)


def timed_stages(compiled: Compiled) -> tuple[tuple[int, str], ...]:
    """Place and name of the stages that take time: those with work or a delay in them."""
    tables = compiled.tables
    timed = set(tables.step_stage[np.isin(tables.step_kind, (WORK, DELAY))].tolist())
    return tuple((place, name) for place, name in enumerate(compiled.stages) if place in timed)


@dataclass(frozen=True)
class Grouping:
    """A way to tell cases apart: `code` (n) is the place of a case's group in `names`, or -1 for none of them."""

    by: str
    names: tuple[str, ...]
    code: npt.NDArray[np.int16]

    def counts(self, those: Bools) -> Ints:
        """(names): how many of those cases are in each group."""
        return np.bincount(self.code[those & (self.code >= 0)], minlength=len(self.names))


class Times:
    """Times of cases (n, ms), some only known to be at least so long; sorted once, then asked for any group."""

    def __init__(self, at_least: Ints, is_open: Bools) -> None:
        self._order = np.argsort(at_least, kind="stable")
        self._at_least = at_least[self._order]
        self._open = is_open[self._order]

    def figures(self, grouping: Grouping, wanted: tuple[str, ...]) -> Iterator[tuple[str, str, float]]:
        """Group, detail and hours; details are `mean`, `max` or percentiles such as `p90`, with `_over` where hidden.

        A percentile is the least time within which so many percent of the cases are through.
        """
        code = grouping.code[self._order]
        order = np.argsort(code, kind="stable")
        edges = np.searchsorted(code[order], np.arange(len(grouping.names) + 1))
        at_least, is_open = self._at_least[order], self._open[order]
        for name, first, last in zip(grouping.names, edges, edges[1:], strict=False):
            for detail in wanted:
                value, over = _figure(at_least[first:last], is_open[first:last], detail)
                yield name, detail, value / HOUR_MS
                if not math.isnan(over):
                    yield name, detail + OVER, over / HOUR_MS


def _figure(at_least: Ints, is_open: Bools, detail: str) -> tuple[float, float]:
    """The value, or nan and what it is over, of sorted times; nan and nan where there are none."""
    n = len(at_least)
    if not n:
        return math.nan, math.nan
    still_open = int(is_open.sum())
    if detail == "mean":
        mean = float(at_least.mean())
        return (mean, math.nan) if still_open <= SMALL_SHARE * n else (math.nan, mean)
    place = n - 1 if detail == "max" else math.ceil(n * int(detail[1:]) / 100) - 1
    low = float(at_least[place])
    if not still_open:
        return low, math.nan
    ended = at_least[~is_open]
    high = float(ended[place]) if place < len(ended) else math.inf
    return (high, math.nan) if high <= low * CLOSE else (math.nan, low)
