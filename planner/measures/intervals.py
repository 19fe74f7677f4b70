"""What replications say together: means with t intervals, paired differences, and how many replications it takes.

The interval is Student's: mean ± t(n - 1) s / sqrt(n) (Law, Simulation Modeling and Analysis, 5th ed., 9.4). It holds
for means over independent replications; for a single one there is none, and low and high are nan.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from planner.errors import PlannerError
from planner.measures.figures import OVER, FigureKey, Summary

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its interval, in the figure's own unit."""

    mean: float
    """nan where no replication has a value, or where censoring hides the value in any of them."""
    low: float
    high: float
    """Ends of the t interval; nan where there are fewer than two values."""
    n: int
    """Replications that gave a value."""

    @property
    def half_width(self) -> float:
        """Half of the interval; nan where there is none."""
        return (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero: for a difference, that it is more than chance."""
        return self.low > 0 or self.high < 0


def estimate(values: Sequence[float] | npt.NDArray[np.float64], confidence: float = CONFIDENCE) -> Estimate:
    """Mean and t interval of the values that are numbers. Raises PlannerError for a confidence outside 0 to 1."""
    return _estimates(np.asarray([values], np.float64), confidence)[0]


def pool(summaries: Sequence[Summary], confidence: float = CONFIDENCE) -> dict[FigureKey, Estimate]:
    """Every figure with its interval over replications.

    A figure that open cases hide in one replication (`p90` is nan and `p90_over` given) is not averaged over the
    others, which are the lucky ones: its estimate is nan, and that of `p90_over` takes the value where it is known.
    """
    keys, values, hidden = _table(summaries)
    found = dict(zip(keys, _estimates(values, confidence), strict=True))
    for row in np.flatnonzero(hidden.any(axis=1)):
        found[keys[row]] = Estimate(math.nan, math.nan, math.nan, found[keys[row]].n)
    return found


def paired(a: Sequence[Summary], b: Sequence[Summary], confidence: float = CONFIDENCE) -> dict[FigureKey, Estimate]:
    """Differences b - a of every figure that both have, matched by replication number.

    Replications of one only are left out. What open cases hide in either, in any replication, has no difference: nan.
    Lower bounds are not compared.
    Raises PlannerError where no replication is in both.
    """
    numbers = sorted({summary.replication for summary in a} & {summary.replication for summary in b})
    if not numbers:
        raise PlannerError("nothing to compare: no replication number is in both runs; run both with the same seed")
    sides = [_table([by_number[number] for number in numbers]) for by_number in map(_by_replication, (a, b))]
    (keys, before, hidden_before), (others, after, hidden_after) = sides
    place = {key: row for row, key in enumerate(others)}
    shared = [(row, place[key]) for row, key in enumerate(keys) if key in place and not key.detail.endswith(OVER)]
    rows, columns = np.array(shared, np.int64).reshape(-1, 2).T
    differences = after[columns] - before[rows]
    hidden: npt.NDArray[np.bool_] = np.any(hidden_before[rows] | hidden_after[columns], axis=1)
    found = _estimates(differences, confidence)
    return {
        keys[row]: Estimate(math.nan, math.nan, math.nan, one.n) if is_hidden else one
        for row, one, is_hidden in zip(rows.tolist(), found, hidden.tolist(), strict=True)
    }


def replications_needed(
    values: Sequence[float] | npt.NDArray[np.float64], half_width: float, confidence: float = CONFIDENCE
) -> int:
    """Replications in all that make the interval no wider than ± half_width, by the spread of these values; at least 2.

    The spread is itself an estimate, so after running as many, look again (Law, 9.4.1). Raises PlannerError for fewer
    than two values, or a half width that is not above 0.
    """
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    if known.size < 2:
        raise PlannerError("to tell how many replications are needed, run at least 2 that have a value")
    if not half_width > 0:
        raise PlannerError(f"half width {half_width} must be above 0")
    _checked(confidence)
    spread = float(known.std(ddof=1))

    def reaches(n: int) -> bool:
        return float(stats.t.ppf((1 + confidence) / 2, n - 1)) * spread / math.sqrt(n) <= half_width

    low, high = 1, 2
    while not reaches(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _by_replication(summaries: Sequence[Summary]) -> Mapping[int, Summary]:
    return {summary.replication: summary for summary in summaries}


def _table(
    summaries: Sequence[Summary],
) -> tuple[list[FigureKey], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Keys, values (keys, replications), and where a value is hidden by open cases."""
    keys = list(dict.fromkeys(key for summary in summaries for key in summary.figures))
    values = np.array([[one.figures.get(key, math.nan) for one in summaries] for key in keys], np.float64)
    values = values.reshape(len(keys), len(summaries))
    hidden = np.zeros(values.shape, np.bool_)
    place = {key: row for row, key in enumerate(keys)}
    for row, key in enumerate(keys):
        if key.detail.endswith(OVER):
            exact = place[key._replace(detail=key.detail.removesuffix(OVER))]
            hidden[exact] = ~np.isnan(values[row])
            values[row] = np.where(hidden[exact], values[row], values[exact])
    return keys, values, hidden


def _estimates(values: npt.NDArray[np.float64], confidence: float) -> list[Estimate]:
    """Estimates of the rows of (figures, replications), nan left out."""
    _checked(confidence)
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=1) / np.where(n > 0, n, np.nan)
        squares = (np.where(known, values - mean[:, None], 0.0) ** 2).sum(axis=1)
        degrees = np.where(n > 1, n - 1, np.nan)
        half = stats.t.ppf((1 + confidence) / 2, degrees) * np.sqrt(squares / degrees / np.maximum(n, 1))
    return [
        Estimate(float(at), float(at - by), float(at + by), int(count))
        for at, by, count in zip(mean, half, n, strict=True)
    ]


def _checked(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise PlannerError(f"confidence {confidence} must lie between 0 and 1, such as 0.95")
