"""A tile judged with the tissue round it: carcinoma lies in areas, so a tile's neighbours are evidence too. Pure.

Each tile's logit is joined by what its neighbours say, the nearer the louder (a Gaussian of the distance), and a
calibration of its own makes a probability of the two. The network sees no more than before.
"""

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from models.calibration import Calibration

Floats = npt.NDArray[np.float64]
Finite = Annotated[float, Field(allow_inf_nan=False)]
REACH = 4.0
"""Standard deviations beyond which nothing is a neighbour."""


@dataclass(frozen=True)
class Layout:
    """Where tiles lie."""

    corners: Floats
    """(n, 2) upper left corners x, y, in sides of a tile; rounded to whole ones."""
    slides: npt.NDArray[np.str_]
    """(n,) which slide each is of."""

    @classmethod
    def of_one_slide(cls, corners: Floats) -> Self:
        """Of tiles that are all of one slide."""
        return cls(corners, np.full(len(corners), ""))

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Layout":
        """Of these tiles alone, in this order."""
        return Layout(self.corners[rows], self.slides[rows])

    def and_then(self, other: "Layout") -> "Layout":
        """These tiles and then the others."""
        return Layout(np.concatenate([self.corners, other.corners]), np.concatenate([self.slides, other.slides]))


class Surroundings(BaseModel):
    """How neighbours weigh, and what the two together mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sigma_um: Annotated[float, Field(gt=0, le=10_000)]
    """Standard deviation of the Gaussian by which a neighbour weighs less the further it is, um."""
    weight: Annotated[float, Field(ge=0, le=100)]
    """Of what all neighbours say, against the tile's own logit."""
    centre: Finite
    """The logit that says nothing; a tile without neighbours is joined by nothing."""
    calibration: Calibration
    """The joint logit to a probability."""

    def probability(self, logits: Floats, layout: Layout, tile_um: float) -> Floats:
        """Probabilities (n,) of tiles with these logits (n,), each of side `tile_um`, um."""
        return self.calibration.probability(
            join(logits, neighbours(logits - self.centre, layout, self.sigma_um / tile_um), self.weight)
        )


def join(logits: Floats, said: Floats, weight: float) -> Floats:
    """The joint logits (n,) of tiles and of what their neighbours said (n,)."""
    return logits + weight * said


def neighbours(values: Floats, layout: Layout, sigma: float) -> Floats:
    """What the neighbours of each tile say of it, (n,): their weighted mean, drawn towards 0 where there are few.

    The tile itself is not among them, and one neighbour's worth of 0 always is.

    Args:
        values: (n,) of the tiles.
        layout: where they lie.
        sigma: of the Gaussian, in sides of a tile.
    """
    said = np.zeros(len(values))
    for slide in np.unique(layout.slides):
        here = np.flatnonzero(layout.slides == slide)
        said[here] = _on_one_slide(values[here], layout.corners[here], sigma)
    return said


def _on_one_slide(values: Floats, corners: Floats, sigma: float) -> Floats:
    from scipy.ndimage import gaussian_filter  # here and below: slow to load, and few models look around

    cells = np.rint(corners - corners.min(axis=0)).astype(np.int64)
    shape = tuple(cells.max(axis=0) + 1)
    total, count = np.zeros(shape), np.zeros(shape)
    at = (cells[:, 0], cells[:, 1])
    np.add.at(total, at, values)
    np.add.at(count, at, 1.0)
    own = _weight_of_oneself(sigma)
    sums, weights = (gaussian_filter(grid, sigma, mode="constant", truncate=REACH)[at] / own for grid in (total, count))
    others = weights - 1
    return np.asarray((sums - values) / (1 + others), dtype=np.float64)


def _weight_of_oneself(sigma: float) -> float:
    """The filter's own weight at its middle, by which all are divided, so that a tile weighs 1 on itself."""
    from scipy.ndimage import gaussian_filter

    reach = int(REACH * sigma + 0.5)
    impulse = np.zeros((2 * reach + 1, 2 * reach + 1))
    impulse[reach, reach] = 1
    return float(gaussian_filter(impulse, sigma, mode="constant", truncate=REACH)[reach, reach])
