"""From what a network says (a logit) to a probability that means what it says."""

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

NEAR_CERTAIN = 1e-6
CalibrationKind = Literal["platt", "temperature", "isotonic"]
Share = Annotated[float, Field(ge=0, le=1)]


class Platt(BaseModel):
    """Platt scaling: probability = sigmoid(slope * logit + intercept); temperature scaling where the intercept is 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0, allow_inf_nan=False)
    intercept: float = Field(allow_inf_nan=False)

    def probability(self, logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Probabilities of the positive class, in the shape of `logits`; the order of the logits is kept."""
        from scipy.special import expit  # here and below: slow to load, and most who read a manifest reckon nothing

        values = np.asarray(logits, dtype=np.float64)
        return np.asarray(expit(self.slope * values + self.intercept), dtype=np.float64)

    def corrected(self, line: "Platt") -> "Platt":
        """With its log-odds put through a line."""
        return Platt(slope=line.slope * self.slope, intercept=line.slope * self.intercept + line.intercept)

    def formula(self, logit_name: str = "logit") -> str:
        """How the probability comes about, for the card."""
        return f"sigmoid({self.slope:.4f} x {logit_name} {self.intercept:+.4f})"


class Isotonic(BaseModel):
    """Straight lines between knots that only rise. Logits between two equal knots get one probability: ties arise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    knots: tuple[tuple[Annotated[float, Field(allow_inf_nan=False)], Share], ...] = Field(min_length=1)
    """(logit, probability), by rising logit. Below the first and above the last the probability stays."""

    @model_validator(mode="after")
    def _only_rises(self) -> Self:
        table = np.array(self.knots)
        if np.any(np.diff(table[:, 0]) <= 0) or np.any(np.diff(table[:, 1]) < 0):
            raise ValueError("knots: logits must rise from knot to knot, and probabilities never fall")
        return self

    def probability(self, logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Probabilities of the positive class, in the shape of `logits`; never falling where the logits rise."""
        table = np.array(self.knots)
        return np.asarray(np.interp(np.asarray(logits, dtype=np.float64), table[:, 0], table[:, 1]), dtype=np.float64)

    def corrected(self, line: Platt) -> "Isotonic":
        """With the log-odds of each knot put through a line."""
        logits, probabilities = np.array(self.knots).T
        changed = line.probability(log_odds(probabilities))
        return Isotonic(knots=tuple(zip(logits.tolist(), changed.tolist(), strict=True)))

    def formula(self, logit_name: str = "logit") -> str:
        """How the probability comes about, for the card."""
        return f"straight lines through {len(self.knots)} knots (logit, probability) that only rise, of {logit_name}"


def _kind(value: object) -> str:
    knots = "knots" in value if isinstance(value, dict) else isinstance(value, Isotonic)
    return "isotonic" if knots else "platt"


Calibration = Annotated[
    Annotated[Platt, Tag("platt")] | Annotated[Isotonic, Tag("isotonic")],
    Discriminator(_kind),
]
"""Told apart by what they hold, so that a manifest from before there were two is read, and written, as it was."""


def log_odds(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The logit of probabilities; 0 and 1 are moved in by one in a million, so that the result is finite."""
    from scipy.special import logit

    values = np.clip(np.asarray(probabilities, dtype=np.float64), NEAR_CERTAIN, 1 - NEAR_CERTAIN)
    return np.asarray(logit(values), dtype=np.float64)


def fit_calibration(
    kind: CalibrationKind, logits: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> Platt | Isotonic:
    """The calibration of this kind that fits best; fit it on tiles that the network was not fitted on.

    Args:
        kind: "platt": a slope and an intercept. "temperature": a slope alone, for a network whose share of positives
            is right (Guo 2017). "isotonic": any rising line; wants some thousand labels, else it follows their noise.
        logits: (n,) of the positive class.
        labels: (n,) 1 or 0.
        weights: (n,) how much each one counts; all the same by default.

    Raises ValueError: the labels hold only one class, the lengths differ, or a logit is not finite.
    """
    if kind == "platt":
        return fit_platt(logits, labels, weights)
    x, y, w = _checked(logits, labels, weights)
    return _fit_temperature(x, y, w) if kind == "temperature" else _fit_isotonic(x, y, w)


def fit_platt(logits: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Platt:
    """The line with the greatest likelihood, with Platt's smoothed targets.

    Smoothing (Platt 1999) keeps the slope finite when the classes are perfectly separated. Arguments and errors as
    those of `fit_calibration`.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    x, y, w = _checked(logits, labels, weights)
    target = _smoothed(y)
    spread = float(np.std(x)) or 1.0

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        z = np.exp(parameters[0]) / spread * x + parameters[1]
        error = w * (expit(z) - target)
        value = float(np.sum(w * (np.logaddexp(0.0, z) - target * z)))
        return value, np.array([np.sum(error * (z - parameters[1])), np.sum(error)])

    found = minimize(loss, np.array([0.0, 0.0]), jac=True, method="BFGS")
    return Platt(slope=float(np.exp(found.x[0]) / spread), intercept=float(found.x[1]))


def _fit_temperature(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], w: npt.NDArray[np.float64]) -> Platt:
    from scipy.optimize import minimize_scalar

    target = _smoothed(y)
    spread = float(np.std(x)) or 1.0

    def loss(log_slope: float) -> float:
        z = np.exp(log_slope) / spread * x
        return float(np.sum(w * (np.logaddexp(0.0, z) - target * z)))

    found = minimize_scalar(loss, bounds=(-10.0, 10.0), method="bounded")
    return Platt(slope=float(np.exp(found.x) / spread), intercept=0.0)


def _fit_isotonic(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], w: npt.NDArray[np.float64]) -> Isotonic:
    """No end is certain: probabilities stay within Platt's targets for labels as many as these."""
    from sklearn.isotonic import IsotonicRegression  # slow to load

    target = _smoothed(y)
    found = IsotonicRegression(y_min=float(target.min()), y_max=float(target.max())).fit(x, y, sample_weight=w)
    return Isotonic(knots=tuple(zip(found.X_thresholds_.tolist(), found.y_thresholds_.tolist(), strict=True)))


def _checked(
    logits: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    x = np.asarray(logits, dtype=np.float64)
    y = np.asarray(labels, dtype=np.float64)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    if x.shape != y.shape or w.shape != y.shape or x.ndim != 1:
        raise ValueError(f"logits {x.shape}, labels {y.shape} and weights {w.shape} must be one-dimensional and alike")
    if not np.all(np.isfinite(x)):
        raise ValueError("a calibration needs logits that are finite: the network says NaN or infinity")
    if not (np.any(y == 1) and np.any(y == 0)):
        raise ValueError("a calibration needs labels of both classes")
    return x, y, w


def _smoothed(y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Platt's targets: with n labels of a class, one of them in n + 2 may be wrong."""
    positives, negatives = float(np.sum(y == 1)), float(np.sum(y == 0))
    return np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
