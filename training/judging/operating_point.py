"""The threshold for a stated sensitivity, chosen on validation, with how low that sensitivity may really be. Pure."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.judging.draws import RESAMPLES, Draws, draw_patients
from training.judging.measures import Floats, Ints, threshold_for_sensitivity

ONE_SIDED = 5.0
"""Percentile of the draws that is the lower bound: in 95 of 100 sets of patients it is higher."""
HoldTo = Literal["estimate", "bound"]


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold and what it did on the split that it was chosen on."""

    threshold: float
    wanted: float | None
    """The sensitivity that was asked for; None where the threshold was given."""
    hold_to: HoldTo
    """Whether the sensitivity found, or its lower bound, is to reach it."""
    sensitivity: float
    sensitivity_low: float
    """Lower bound, one-sided 95%, by drawing patients."""
    specificity: float
    patients: int


def choose_operating_point(
    probabilities: Floats,
    labels: Ints,
    patients: npt.NDArray[np.str_],
    sensitivity: float,
    hold_to: HoldTo = "estimate",
    seed: int = 0,
) -> OperatingPoint:
    """The highest threshold with at least this sensitivity on these tiles (n,), or with a lower bound of at least it.

    Raises TrainingError: the sensitivity is not between 0 and 1, there is no positive or no other tile, or, for the
    bound, no threshold reaches it with so few patients.
    """
    if not 0 < sensitivity <= 1:
        raise TrainingError(f"A sensitivity of {sensitivity:g} cannot be had. Ask for one above 0 and up to 1: 0.9.")
    if len(np.unique(labels)) < 2:
        raise TrainingError("A threshold is chosen on tiles of both classes; these have one. Choose another split.")
    draws = draw_patients(patients, RESAMPLES, seed)
    true = labels == 1
    if hold_to == "estimate":
        threshold = threshold_for_sensitivity(probabilities, labels, sensitivity)
    else:
        threshold = _held_by_bound(probabilities, true, draws, sensitivity)
    return _point(probabilities, true, draws, threshold, sensitivity, hold_to)


def operating_point_at(
    probabilities: Floats, labels: Ints, patients: npt.NDArray[np.str_], threshold: float, seed: int = 0
) -> OperatingPoint:
    """What a threshold that was chosen before does on these tiles (n,)."""
    return _point(probabilities, labels == 1, draw_patients(patients, RESAMPLES, seed), threshold, None, "estimate")


def _point(
    probabilities: Floats,
    true: npt.NDArray[np.bool_],
    draws: Draws,
    threshold: float,
    wanted: float | None,
    hold_to: HoldTo,
) -> OperatingPoint:
    called = probabilities >= threshold
    found = draws.share(called, true)
    return OperatingPoint(
        threshold=threshold,
        wanted=wanted,
        hold_to=hold_to,
        sensitivity=float(found[0]),
        sensitivity_low=lower_bound(found),
        specificity=float(draws.share(~called, ~true)[0]),
        patients=draws.counts.shape[1],
    )


def lower_bound(drawn: Floats) -> float:
    """One-sided 95% lower bound of a figure from its draws, the first of which is the figure itself."""
    return float(np.nanpercentile(drawn[1:], ONE_SIDED))


def _held_by_bound(probabilities: Floats, true: npt.NDArray[np.bool_], draws: Draws, wanted: float) -> float:
    """Lower thresholds call more, so the bound never falls as they do: the place is found by halving."""
    candidates = np.unique(probabilities[true])
    low, high = 0, len(candidates)
    while high - low > 1:
        middle = (low + high) // 2
        enough = lower_bound(draws.share(probabilities >= candidates[middle], true)) >= wanted
        low, high = (middle, high) if enough else (low, middle)
    return float(candidates[low])
