"""Single figures of a tile model, each in a few lines, and the interval that resampled ones give. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ECE_BINS = 15
COVERAGE = 0.95


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold does: positive is at or above it."""

    sensitivity: float
    specificity: float
    f1: float

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity."""
        return (self.sensitivity + self.specificity) / 2


def at_threshold(probabilities: Floats, labels: Ints, threshold: float) -> AtThreshold:
    """Sensitivity, specificity and F1 where a probability at or above the threshold is called positive."""
    called = probabilities >= threshold
    true = labels == 1
    hits, misses = int(np.sum(called & true)), int(np.sum(~called & true))
    false_alarms, passed = int(np.sum(called & ~true)), int(np.sum(~called & ~true))
    return AtThreshold(
        sensitivity=hits / max(1, hits + misses),
        specificity=passed / max(1, passed + false_alarms),
        f1=2 * hits / max(1, 2 * hits + misses + false_alarms),
    )


def calibration_error(probabilities: Floats, labels: Ints, bins: int = ECE_BINS) -> float:
    """Expected calibration error over bins of equal width: mean |observed - predicted|, weighted by tiles."""
    which = bin_of(probabilities, bins)
    predicted = np.bincount(which, weights=probabilities, minlength=bins)
    observed = np.bincount(which, weights=(labels == 1).astype(np.float64), minlength=bins)
    return float(np.sum(np.abs(observed - predicted)) / len(labels))


def bin_of(probabilities: Floats, bins: int = ECE_BINS) -> Ints:
    """(n,) which of the bins of equal width each probability is in; 1 is in the last."""
    return np.minimum((probabilities * bins).astype(np.int64), bins - 1)


def threshold_for_sensitivity(probabilities: Floats, labels: Ints, sensitivity: float) -> float:
    """The highest threshold that still calls at least this share of the positives positive."""
    positives = np.sort(probabilities[labels == 1])[::-1]
    if len(positives) == 0:
        raise TrainingError("There is no positive tile to choose a threshold on.")
    needed = max(1, int(np.ceil(sensitivity * len(positives) - 1e-9)))
    return float(positives[needed - 1])


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95% of resampled figures; those that could not be computed (NaN) are left out."""
    if np.isnan(values).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(values, [50 * (1 - COVERAGE), 50 * (1 + COVERAGE)])
    return float(low), float(high)
