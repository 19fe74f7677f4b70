"""Whether the warm-up is long enough: from which day on the open cases are level, judged from all simulated days.

The rule is MSER-m (White, Simulation 69(6), 1997; White, Cobb and Spratt, Winter Simulation Conference 2000): means of
m observations, and the truncation that makes the standard error of the rest smallest. Theirs is m = 5; here it is a
week, so that the week's own rhythm is no transient.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.measures.figures import Summary

BATCH_DAYS = 7
FEWEST_BATCHES = 4
"""With fewer weeks nothing can be said (assumed)."""


@dataclass(frozen=True)
class WarmUp:
    """What the open cases say of the warm-up."""

    given_days: int
    suggested_days: int | None
    """Days to leave out, in whole weeks; None where there are too few weeks to tell, or no level is reached."""
    judged: bool
    """False where there are too few weeks to tell."""
    by_day: npt.NDArray[np.float64]
    """(total days): mean open cases of each simulated day over all replications."""

    @property
    def long_enough(self) -> bool:
        """Whether the open cases are level once the warm-up is over."""
        return self.suggested_days is not None and self.suggested_days <= self.given_days

    @property
    def sentence(self) -> str:
        """For people."""
        given = f"The warm-up of {self.given_days} days"
        if not self.judged:
            return f"{given} cannot be judged: fewer than {FEWEST_BATCHES} weeks are simulated."
        if self.suggested_days is None:
            return f"{given} is too short, or none would do: open cases have come to no level by half-time."
        if self.long_enough:
            return f"{given} is long enough: open cases are level from day {self.suggested_days} on."
        return f"{given} is too short: open cases are level from day {self.suggested_days} on only."


def check_warm_up(summaries: Sequence[Summary], given_days: int) -> WarmUp:
    """Judges the warm-up by the daily open cases, averaged over the replications that ended."""
    series = [summary.open_by_day for summary in summaries if len(summary.open_by_day)]
    by_day: npt.NDArray[np.float64] = np.mean(series, axis=0) if series else np.empty(0)
    judged = len(by_day) // BATCH_DAYS >= FEWEST_BATCHES
    return WarmUp(given_days, truncation(by_day) if judged else None, judged, by_day)


def truncation(series: npt.NDArray[np.float64], batch: int = BATCH_DAYS) -> int | None:
    """Observations to leave out at the start, by MSER; None where the best place is half-way, the last looked at.

    What is left over after whole batches, at the end, is not used.
    """
    batches = series[: len(series) // batch * batch].reshape(-1, batch).mean(axis=1)
    last = len(batches) // 2
    errors = [float(batches[first:].var()) / (len(batches) - first) for first in range(last + 1)]
    best = int(np.argmin(errors))
    return None if best == last else best * batch
