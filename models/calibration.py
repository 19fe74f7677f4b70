"""From what a network says (a logit) to a probability that means what it says."""

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit, logit

NEAR_CERTAIN = 1e-6


class Calibration(BaseModel):
    """Platt scaling: probability = sigmoid(slope * logit + intercept)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0, allow_inf_nan=False)
    intercept: float = Field(allow_inf_nan=False)

    def probability(self, logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Probabilities of the positive class, in the shape of `logits`; the order of the logits is kept."""
        values = np.asarray(logits, dtype=np.float64)
        return np.asarray(expit(self.slope * values + self.intercept), dtype=np.float64)


def log_odds(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The logit of probabilities; 0 and 1 are moved in by one in a million, so that the result is finite."""
    values = np.clip(np.asarray(probabilities, dtype=np.float64), NEAR_CERTAIN, 1 - NEAR_CERTAIN)
    return np.asarray(logit(values), dtype=np.float64)


def fit_platt(logits: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Calibration:
    """The calibration with the greatest likelihood, with Platt's smoothed targets.

    Smoothing (Platt 1999) keeps the slope finite when the classes are perfectly separated.

    Args:
        logits: (n,) of the positive class.
        labels: (n,) 1 or 0.
        weights: (n,) how much each one counts; all the same by default.

    Raises ValueError: the labels hold only one class, or the lengths differ.
    """
    from scipy.optimize import minimize  # slow to load, and only fitting needs it

    x = np.asarray(logits, dtype=np.float64)
    y = np.asarray(labels, dtype=np.float64)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    if x.shape != y.shape or w.shape != y.shape or x.ndim != 1:
        raise ValueError(f"logits {x.shape}, labels {y.shape} and weights {w.shape} must be one-dimensional and alike")
    positives, negatives = float(np.sum(y == 1)), float(np.sum(y == 0))
    if positives == 0 or negatives == 0:
        raise ValueError("a calibration needs labels of both classes")
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    spread = float(np.std(x)) or 1.0

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        z = np.exp(parameters[0]) / spread * x + parameters[1]
        error = w * (expit(z) - target)
        value = float(np.sum(w * (np.logaddexp(0.0, z) - target * z)))
        return value, np.array([np.sum(error * (z - parameters[1])), np.sum(error)])

    found = minimize(loss, np.array([0.0, 0.0]), jac=True, method="BFGS")
    return Calibration(slope=float(np.exp(found.x[0]) / spread), intercept=float(found.x[1]))
