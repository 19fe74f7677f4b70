"""A number that was counted or measured, with the interval that its amount of data allows."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

LEVEL = 0.95
"""Confidence of every interval here, unless one says otherwise."""


class Bounded(NamedTuple):
    """An estimate and its interval."""

    value: float
    low: float
    high: float

    def holds(self, truth: float) -> bool:
        """Whether the interval holds this value."""
        return self.low <= truth <= self.high

    def times(self, factor: float) -> "Bounded":
        """The same in another unit."""
        return Bounded(self.value * factor, self.low * factor, self.high * factor)


def poisson_rate(count: int, exposure: float, level: float = LEVEL) -> Bounded:
    """Events per unit of exposure with the exact interval (Garwood 1936); an exposure of 0 tells nothing."""
    if exposure <= 0:
        return Bounded(math.nan, 0.0, math.inf)
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return Bounded(count / exposure, float(low) / exposure, float(stats.chi2.isf(tail, 2 * count + 2)) / 2 / exposure)


def share(count: int, n: int, level: float = LEVEL) -> Bounded:
    """A probability from `count` of `n` with Wilson's interval (1927), which never leaves 0 to 1."""
    if n == 0:
        return Bounded(math.nan, 0.0, 1.0)
    z2 = float(stats.norm.isf((1 - level) / 2)) ** 2
    p = count / n
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Bounded(p, 0.0 if count == 0 else middle - half, 1.0 if count == n else middle + half)


def mean_of(values: npt.NDArray[np.float64], level: float = LEVEL) -> Bounded:
    """Mean with Student's t interval; one value alone has none."""
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Bounded(mean, -math.inf, math.inf)
    half = float(stats.t.isf((1 - level) / 2, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Bounded(mean, mean - half, mean + half)


def prediction(values: npt.NDArray[np.float64], level: float = LEVEL) -> Bounded:
    """Where one further draw is to be expected, from draws alike (t prediction interval)."""
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Bounded(mean, -math.inf, math.inf)
    half = float(stats.t.isf((1 - level) / 2, n - 1)) * float(values.std(ddof=1)) * math.sqrt(1 + 1 / n)
    return Bounded(mean, mean - half, mean + half)
