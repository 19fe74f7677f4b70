"""Where a model cannot tell: between two probabilities, fitted so that a stated share of each class is not misjudged.

Split conformal prediction, class by class (Vovk 2005), with whole patients as what is drawn (hierarchical conformal
prediction, Lee, Barber and Willett 2023), since tiles of one patient are alike. What it promises: draw a patient like
those it was fitted on, then one of the patient's tiles of a class; with probability `coverage` or more it is not
called surely of the other class. It promises nothing for patients of another kind: another scanner, stain or disease.
"""

from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.calibration import Share

Reading = Literal["flagged", "unsure", "not flagged"]
ROUNDING = 1e-12


class Unsure(BaseModel):
    """Probabilities from `low` to `high` are unsure: below is surely negative, above surely positive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: Share
    high: Share
    coverage: float = Field(gt=0, lt=1)
    """Share of each class, at least, that is not called surely of the other."""
    n: int = Field(ge=1)
    """Patients of the rarer class that it was fitted on: all that the coverage rests on."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low: {self.low} is above high, {self.high}")
        return self

    def holds(self, probabilities: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Which of the probabilities are unsure, in their shape; the ends count."""
        values = np.asarray(probabilities, dtype=np.float64)
        return np.asarray((values >= self.low) & (values <= self.high))


def reading(score: float, threshold: float, unsure: Unsure | None) -> Reading:
    """A score in words. What reaches the threshold is flagged, unsure or not: being unsure only ever raises."""
    if score >= threshold:
        return "flagged"
    return "unsure" if unsure is not None and bool(unsure.holds(score)) else "not flagged"


def fit_unsure(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, coverage: float, patients: npt.ArrayLike | None = None
) -> Unsure:
    """The narrowest range with this coverage. With few patients it is wide: below 1 / (1 - coverage) - 1 of them it
    reaches to the end, and all is unsure on that side.

    Fit it on patients that neither the network nor its calibration was fitted on; where the calibration was, the
    coverage is a little lower than promised.

    Args:
        probabilities: (n,) of the positive class.
        labels: (n,) 1 or 0.
        coverage: share of each class that must not be called surely of the other, between 0 and 1.
        patients: (n,) whose each one is; every row a patient of its own if left out (slides, one a patient).

    Raises ValueError: the labels hold only one class, or the lengths differ.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    y = np.asarray(labels)
    who = np.arange(len(y)).astype(str) if patients is None else np.asarray(patients).astype(str)
    if p.shape != y.shape or who.shape != y.shape or p.ndim != 1:
        raise ValueError(f"probabilities {p.shape}, labels {y.shape} and patients {who.shape} must be alike")
    if not (np.any(y == 1) and np.any(y == 0)):
        raise ValueError("an unsure range needs labels of both classes")
    positive, negative = y == 1, y == 0
    lowest = _lowest(p[positive], who[positive], 1 - coverage, if_none=0.0)
    highest = -_lowest(-p[negative], who[negative], 1 - coverage, if_none=-1.0)
    # Where the classes lie apart, what lies between them is like neither: unsure too.
    return Unsure(
        low=min(lowest, highest),
        high=max(lowest, highest),
        coverage=coverage,
        n=min(len(np.unique(who[positive])), len(np.unique(who[negative]))),
    )


def _lowest(values: npt.NDArray[np.float64], patients: npt.NDArray[np.str_], miss: float, *, if_none: float) -> float:
    """The greatest value below which a new patient's value falls with probability `miss` at most.

    Each of k patients has the share 1 / (k + 1), split evenly among his values; the last share is the new patient's.
    """
    names, which = np.unique(patients, return_inverse=True)
    share = 1 / ((len(names) + 1) * np.bincount(which)[which])
    order = np.argsort(values, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(share[order])[:-1]])
    allowed = np.flatnonzero(below + 1 / (len(names) + 1) <= miss + ROUNDING)
    return float(values[order[allowed[-1]]]) if len(allowed) else if_none
