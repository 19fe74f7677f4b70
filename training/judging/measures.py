"""The figures a tile model is judged by, and their uncertainty from drawing other patients. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import average_precision_score, roc_auc_score

from training.errors import TrainingError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ECE_BINS = 15
RESAMPLES = 2000
COVERAGE = 0.95


class Evaluation(BaseModel):
    """What `forrang evaluate --json` says. Probabilities are calibrated ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    patients: int
    auc: float
    auc_ci: tuple[float, float]
    """95% interval, by resampling patients."""
    average_precision: float
    balanced_accuracy: float
    f1: float
    ece: float
    """Expected calibration error, 15 bins of equal width."""
    threshold: float
    sensitivity: float
    specificity: float


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
    which = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    predicted = np.bincount(which, weights=probabilities, minlength=bins)
    observed = np.bincount(which, weights=(labels == 1).astype(np.float64), minlength=bins)
    return float(np.sum(np.abs(observed - predicted)) / len(labels))


def threshold_for_sensitivity(probabilities: Floats, labels: Ints, sensitivity: float) -> float:
    """The highest threshold that still calls at least this share of the positives positive."""
    positives = np.sort(probabilities[labels == 1])[::-1]
    if len(positives) == 0:
        raise TrainingError("There is no positive tile to choose a threshold on.")
    needed = max(1, int(np.ceil(sensitivity * len(positives) - 1e-9)))
    return float(positives[needed - 1])


def patient_weights(patients: npt.NDArray[np.str_], resamples: int, seed: int) -> Floats:
    """(resamples, n) how often each tile's patient was drawn, where as many patients are drawn as there are."""
    names, which = np.unique(patients, return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return draws[:, which].astype(np.float64)


def weighted_auc(scores: Floats, labels: Ints, weights: Floats) -> Floats:
    """AUC of each row of weights (rows, n); ties count half; NaN where a row has only one class."""
    values, which = np.unique(scores, return_inverse=True)
    order = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[order], np.arange(len(values)))
    positive = (labels == 1).astype(np.float64)
    p = np.add.reduceat((weights * positive)[:, order], starts, axis=1)
    n = np.add.reduceat((weights * (1 - positive))[:, order], starts, axis=1)
    below = np.cumsum(n, axis=1) - n
    pairs = p.sum(axis=1) * n.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sum(p * (below + 0.5 * n), axis=1) / pairs, dtype=np.float64)


def auc_interval(
    scores: Floats, labels: Ints, patients: npt.NDArray[np.str_], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """95% interval of the AUC: patients are drawn with replacement, each with all its tiles."""
    aucs: list[Floats] = []
    weights = patient_weights(patients, resamples, seed)
    for start in range(0, resamples, 250):
        aucs.append(weighted_auc(scores, labels, weights[start : start + 250]))
    return interval(np.concatenate(aucs))


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95% of resampled figures; those that could not be computed (NaN) are left out."""
    if np.isnan(values).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(values, [50 * (1 - COVERAGE), 50 * (1 + COVERAGE)])
    return float(low), float(high)


def measure(
    probabilities: Floats, labels: Ints, patients: npt.NDArray[np.str_], threshold: float, seed: int = 0
) -> Evaluation:
    """All figures of calibrated probabilities (n,) against labels (n,). Raises TrainingError: one class only."""
    if len(np.unique(labels)) < 2:
        raise TrainingError("These tiles are all of one class: there is nothing to tell apart. Choose another split.")
    point = at_threshold(probabilities, labels, threshold)
    return Evaluation(
        n=len(labels),
        patients=len(np.unique(patients)),
        auc=float(roc_auc_score(labels, probabilities)),
        auc_ci=auc_interval(probabilities, labels, patients, seed=seed),
        average_precision=float(average_precision_score(labels, probabilities)),
        balanced_accuracy=point.balanced_accuracy,
        f1=point.f1,
        ece=calibration_error(probabilities, labels),
        threshold=threshold,
        sensitivity=point.sensitivity,
        specificity=point.specificity,
    )
