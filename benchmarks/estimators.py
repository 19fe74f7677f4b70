"""Means over replications, sharpened by what is known exactly of the same cases: control variates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
SAME = 1e-8
"""Controls that differ by less, of their size, say the same and count once."""


@dataclass(frozen=True)
class Simulated:
    """A mean with its t interval, mean ± half_width."""

    mean: float
    half_width: float

    def holds(self, exact: float) -> bool:
        """Whether the interval contains it."""
        return abs(self.mean - exact) <= self.half_width


def controlled(values: Sequence[float], controls: Floats, confidence: float) -> Simulated:
    """Mean of `values` (n), less what `controls` (n, k) explain by linear regression.

    A control is a figure of the same replication less its exactly known mean. By chance a replication has longer
    service times, or more cases, than theory's mean; the regression takes that luck out, and leaves any error in. The
    interval is Student's with n - k - 1 degrees of freedom (Lavenberg and Welch, Management Science 27(3), 1981).
    """
    told = controls[:, controls.std(axis=0) > 0]
    design = np.column_stack((np.ones(len(values)), told))
    size = np.linalg.norm(design, axis=0)
    answer = np.asarray(values, np.float64)
    coefficients, _, rank, _ = np.linalg.lstsq(design / size, answer, rcond=SAME)
    residuals = answer - design / size @ coefficients
    degrees = len(answer) - rank
    weights = np.linalg.pinv(design / size, rcond=SAME)[0] / size[0]
    error = float(np.sqrt(residuals @ residuals / degrees * (weights @ weights)))
    return Simulated(float(coefficients[0] / size[0]), float(stats.t.ppf((1 + confidence) / 2, degrees)) * error)


def lindley(came: Floats, service: Floats) -> Floats:
    """Waits at one server, first come, first served, by Lindley's recursion (1952); `came` rising, any one unit."""
    walk = np.concatenate(([0.0], np.cumsum(service[:-1] - np.diff(came))))
    waits: Floats = walk - np.minimum.accumulate(walk)
    return waits
