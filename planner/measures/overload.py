"""Whether the backlog grows: then there is no steady state, and a mean would only tell how long was simulated."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.measures.figures import OVER, FigureKey, Summary
from planner.measures.intervals import CONFIDENCE, Estimate, estimate

LONE_SHARE = 0.05
"""One run alone has no interval: its backlog must grow by this share of what is received (assumed)."""
GROWING_SHARE = 0.01
"""The backlog grows where it takes up at least this share of the cases received (assumed): capacity is short by 1%."""
SURELY_SHARE = 0.03
"""The same where the offered load is within everybody's capacity: less may be a department that still fills up after
its empty start, or catches up after holidays (assumed)."""
NEARLY_FULL = 0.97
"""Offered load of the busiest from which a small growth is believed; holidays take some of the hours (assumed)."""
GROWTH = FigureKey("backlog", "all", "", "growth_per_day")
GROWTH_SHARE = GROWTH._replace(detail="growth_share")
STEADY = {"turnaround", "wait", "stage_wait", "stage_work", "queue", "backlog"}
"""Measures whose mean exists only in a steady state."""


@dataclass(frozen=True)
class Growth:
    """How fast the backlog grows."""

    per_day: Estimate
    """Open cases more a day."""
    share: Estimate
    """Of the cases received a day."""
    growing: bool
    """The growth is more than chance (its interval lies above zero) and large enough to matter.

    A single replication has no interval; there only the size counts.
    """


def slope_per_day(by_day: npt.NDArray[np.float64]) -> float:
    """Least-squares slope of a daily series; nan for a single day.

    From two weeks on it is reckoned among like weekdays, so that the week's own ups and downs are no trend.
    """
    days = np.arange(len(by_day), dtype=np.float64)
    weekday = np.arange(len(by_day)) % 7 if len(by_day) >= 14 else np.zeros(len(by_day), np.int64)
    counts = np.bincount(weekday)
    days -= (np.bincount(weekday, days) / counts)[weekday]
    open_cases = by_day - (np.bincount(weekday, by_day) / counts)[weekday]
    spread = float(days @ days)
    return float(days @ open_cases) / spread if spread else math.nan


def growth(summaries: Sequence[Summary], confidence: float = CONFIDENCE, *, offered: float = math.inf) -> Growth:
    """Growth of the backlog over the measured days.

    offered: load of the busiest over its capacity (`planner.scenario.load_balance.busiest`), where it is known.
    """
    per_day, share = (
        estimate([summary.figures[key] for summary in summaries if key in summary.figures], confidence)
        for key in (GROWTH, GROWTH_SHARE)
    )
    surely = share.low > 0 if share.n > 1 else share.mean >= LONE_SHARE
    least = GROWING_SHARE if offered >= NEARLY_FULL else SURELY_SHARE
    return Growth(per_day, share, share.mean >= least and surely)


def without_means(pooled: Mapping[FigureKey, Estimate]) -> dict[FigureKey, Estimate]:
    """The figures for a department whose backlog grows: its means of times and queues are taken out, growth stays."""
    return {
        key: estimate
        for key, estimate in pooled.items()
        if not (key.measure in STEADY and key.detail.removesuffix(OVER) == "mean")
    }
