"""Whether the warm-up is long enough: from which day on the open cases are level, judged from all simulated days.

The rule is MSER-m (White, Simulation 69(6), 1997; White, Cobb and Spratt, Winter Simulation Conference 2000): means of
m observations, and the truncation that makes the standard error of the rest smallest. Theirs is m = 5; here it is a
week, so that the week's own rhythm is no transient. By chance MSER often cuts off more than it must; so what is
suggested is the shortest warm-up whose mean does not differ from that of MSER's, surely and by enough to matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.measures.figures import Summary
from planner.measures.intervals import estimate

BATCH_DAYS = 7
FEWEST_BATCHES = 4
"""With fewer weeks nothing can be said (assumed)."""
MATTERS = 0.02
"""A mean that is wrong by less is good enough (assumed)."""


@dataclass(frozen=True)
class WarmUp:
    """What the open cases say of the warm-up."""

    given_days: int
    suggested_days: int | None
    """Days to leave out, in whole weeks; None where there are too few weeks to tell."""
    long_enough: bool | None
    """Whether the open cases are level once the warm-up is over; None where there are too few weeks to tell."""
    level: bool
    """Whether they come to a level within the first half of all days."""
    by_day: npt.NDArray[np.float64]
    """(total days): mean open cases of each simulated day over all replications."""

    @property
    def sentence(self) -> str:
        """For people."""
        given = f"The warm-up of {self.given_days} days"
        if self.long_enough is None:
            return f"{given} cannot be judged: fewer than {FEWEST_BATCHES} weeks are simulated."
        if self.long_enough:
            return f"{given} is long enough: open cases are level once it is over."
        if not self.level:
            return f"{given} is too short, or none would do: open cases have come to no level by half-time."
        return f"{given} is too short: open cases are level from day {self.suggested_days} on only."


def check_warm_up(summaries: Sequence[Summary], given_days: int) -> WarmUp:
    """Judges the warm-up by the daily open cases of the replications that ended."""
    series = [summary.open_by_day for summary in summaries if len(summary.open_by_day)]
    by_day: npt.NDArray[np.float64] = np.mean(series, axis=0) if series else np.empty(0)
    weeks = len(by_day) // BATCH_DAYS
    if weeks < FEWEST_BATCHES or len(by_day) - given_days < BATCH_DAYS:
        return WarmUp(given_days, None, long_enough=None, level=False, by_day=by_day)
    longest = truncation(by_day)
    suggested = next(first for first in range(0, longest + 1, BATCH_DAYS) if not _differs(series, first, longest))
    level = suggested < weeks // 2 * BATCH_DAYS
    return WarmUp(given_days, suggested, long_enough=given_days >= suggested, level=level, by_day=by_day)


def truncation(series: npt.NDArray[np.float64], batch: int = BATCH_DAYS) -> int:
    """Observations to leave out at the start, by MSER: whole batches, half of them at most.

    What is left over after whole batches, at the end, is not used.
    """
    batches = series[: len(series) // batch * batch].reshape(-1, batch).mean(axis=1)
    errors = [float(batches[first:].var()) / (len(batches) - first) for first in range(len(batches) // 2 + 1)]
    return int(np.argmin(errors)) * batch


def _differs(series: Sequence[npt.NDArray[np.float64]], first: int, other: int) -> bool:
    """Whether the means from two days on differ, by more than chance and by enough to matter."""
    off = estimate([_level(days, first) - _level(days, other) for days in series])
    matters = abs(off.mean) > MATTERS * float(np.mean([_level(days, other) for days in series]))
    return matters and (off.n < 2 or off.excludes_zero)


def _level(by_day: npt.NDArray[np.float64], first: int) -> float:
    """Mean from this day on, over whole weeks that end with the last day."""
    days = (len(by_day) - first) // BATCH_DAYS * BATCH_DAYS
    return float(by_day[len(by_day) - days :].mean())
