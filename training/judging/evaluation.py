"""How good a model is on labelled tiles, every figure with an interval over patients; and two models compared. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from training.errors import TrainingError
from training.judging.draws import Draws, draw_patients, drawn_auc, drawn_average_precision, ratio
from training.judging.measures import ECE_BINS, Floats, Ints, bin_of, interval

Interval = tuple[float, float]
FIGURES = ("auc", "average_precision", "balanced_accuracy", "f1", "sensitivity", "specificity", "ece", "brier")
NAMES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "calibration error",
    "brier": "Brier score",
}
"""The figures in words."""


class Evaluation(BaseModel):
    """What `forrang evaluate --json` says. Probabilities are calibrated ones; `_ci` is a 95% interval over patients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    patients: int
    positives: int
    """Tiles of the positive class."""
    auc: float
    auc_ci: Interval
    average_precision: float
    average_precision_ci: Interval
    balanced_accuracy: float
    balanced_accuracy_ci: Interval
    f1: float
    f1_ci: Interval
    ece: float
    """Expected calibration error, 15 bins of equal width."""
    ece_ci: Interval
    brier: float
    """Mean squared difference between probability and label; smaller is better."""
    brier_ci: Interval
    threshold: float
    sensitivity: float
    sensitivity_ci: Interval
    specificity: float
    specificity_ci: Interval

    def figure(self, name: str) -> tuple[float, float, float]:
        """A figure of `FIGURES`, and the ends of its interval."""
        low, high = getattr(self, f"{name}_ci")
        return getattr(self, name), low, high


@dataclass(frozen=True)
class Difference:
    """One model's figure less the other's, on the same patients, with its 95% interval."""

    name: str
    value: float
    low: float
    high: float

    @property
    def more_than_chance(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def drawn_figures(probabilities: Floats, labels: Ints, draws: Draws, threshold: float) -> dict[str, Floats]:
    """Each of `FIGURES` for each draw (draws,); the first is of the tiles as they are."""
    true, called = labels == 1, probabilities >= threshold
    hits, positives, alarms, everything = draws.sums(
        np.column_stack([true & called, true, ~true & called, np.ones_like(true)]).astype(np.float64)
    ).T
    sensitivity, specificity = ratio(hits, positives), 1 - ratio(alarms, everything - positives)
    bins = np.zeros((len(labels), ECE_BINS))
    bins[np.arange(len(labels)), bin_of(probabilities)] = true - probabilities
    return {
        "auc": drawn_auc(probabilities, labels, draws),
        "average_precision": drawn_average_precision(probabilities, labels, draws),
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "f1": ratio(2 * hits, hits + alarms + positives),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ece": ratio(np.abs(draws.sums(bins)).sum(axis=1), everything),
        "brier": ratio(draws.sums((probabilities - true) ** 2), everything),
    }


def measure(
    probabilities: Floats, labels: Ints, patients: npt.NDArray[np.str_], threshold: float, seed: int = 0
) -> Evaluation:
    """All figures of calibrated probabilities (n,) against labels (n,).

    Raises TrainingError: one class or one patient only, or a probability that is no number.
    """
    check_judgeable(probabilities, labels, patients)
    found = drawn_figures(probabilities, labels, draw_patients(patients, seed=seed), threshold)
    return evaluation_of(found, labels, patients, threshold)


def evaluation_of(
    found: dict[str, Floats], labels: Ints, patients: npt.NDArray[np.str_], threshold: float
) -> Evaluation:
    """The record of what `drawn_figures` found."""
    figures = {name: float(values[0]) for name, values in found.items()}
    intervals = {f"{name}_ci": interval_of(name, values) for name, values in found.items()}
    counts = {"n": len(labels), "patients": len(np.unique(patients)), "positives": int(np.sum(labels == 1))}
    return Evaluation.model_validate({**counts, **figures, **intervals, "threshold": threshold})


def interval_of(name: str, values: Floats) -> Interval:
    """A figure's interval from its draws.

    A calibration error only ever grows by chance, so that its draws lie too high by as much as the figure does; its
    interval is turned round the figure (the basic bootstrap; Davison and Hinkley 1997, 5.2) and ends at zero.
    """
    low, high = interval(values[1:])
    return (
        (max(0.0, 2 * float(values[0]) - high), max(0.0, 2 * float(values[0]) - low)) if name == "ece" else (low, high)
    )


def paired_differences(
    ours: dict[str, Floats], theirs: dict[str, Floats], names: tuple[str, ...] = FIGURES
) -> tuple[Difference, ...]:
    """Ours less theirs, from `drawn_figures` of both on the same draws, so that patients are paired."""
    return tuple(
        Difference(name, float(ours[name][0] - theirs[name][0]), *interval(ours[name][1:] - theirs[name][1:]))
        for name in names
    )


def check_judgeable(probabilities: Floats, labels: Ints, patients: npt.NDArray[np.str_]) -> None:
    """Raises TrainingError where no honest figure can be had of these."""
    if not np.isfinite(probabilities).all():
        raise TrainingError(
            f"{int(np.sum(~np.isfinite(probabilities)))} of the model's answers are no numbers (NaN): its weights are "
            "broken. Train or import it again."
        )
    if len(np.unique(labels)) < 2:
        raise TrainingError("These tiles are all of one class: there is nothing to tell apart. Choose another split.")
    if len(np.unique(patients)) < 2:
        raise TrainingError(
            f"All tiles are of one patient ({patients[0]}): how it does on others cannot be said. "
            "Judge it on a split with several patients."
        )
