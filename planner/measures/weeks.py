"""What is kept by the hour, seen by the hour of the local week and by the local day."""

import numpy as np
import numpy.typing as npt

from planner.calendar import calendar_of
from planner.engine.tables import HOUR_MS, Ints
from planner.measures.cohort import Window
from planner.scenario.scenario import Scenario

WEEK_HOURS = 168


def by_week_hour(scenario: Scenario, window: Window, per_bin: Ints) -> npt.NDArray[np.float64]:
    """(N, 168): mean things by hour of the local week, Monday 00 first, of `per_bin` (N, B) in ms times things.

    Only the measured hours count; nan for an hour of the week that is not among them.
    """
    bins = np.arange(window.first_bin, min(window.last_bin, per_bin.shape[1]))
    hour = calendar_of(scenario).week_hour(bins)
    times = np.bincount(hour, minlength=WEEK_HOURS)
    sums = np.array([np.bincount(hour, row, WEEK_HOURS) for row in per_bin[:, bins]]).reshape(-1, WEEK_HOURS)
    means: npt.NDArray[np.float64] = sums / HOUR_MS / np.where(times > 0, times, np.nan)
    return means


def by_day(scenario: Scenario, per_bin: Ints) -> npt.NDArray[np.float64]:
    """(total_days): mean over each simulated local day of `per_bin` (B) in ms times things."""
    edges = np.rint(calendar_of(scenario).midnights / HOUR_MS).astype(np.int64)
    total = np.concatenate(([0], np.cumsum(per_bin)))
    sums = np.diff(total[np.minimum(edges, len(per_bin))])
    means: npt.NDArray[np.float64] = sums / HOUR_MS / np.diff(edges)
    return means
