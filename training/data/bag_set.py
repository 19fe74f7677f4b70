"""Bags: what a slide head learns from. One bag is one slide (or what stands in for it): a row of numbers a tile."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.errors import BagSetError


@dataclass(frozen=True)
class BagSet:
    """Bags of one split, of any sizes. Raises BagSetError: the parts do not fit each other."""

    bags: tuple[npt.NDArray[np.float32], ...]
    """b bags, each (n_i, d): n_i tiles, at least one, and d numbers a tile, as many in every bag."""
    labels: npt.NDArray[np.int64]
    """(b,), 1 where the bag is of the positive class, else 0."""
    patients: npt.NDArray[np.str_]
    """(b,), the patient each bag is from."""
    names: npt.NDArray[np.str_]
    """(b,), what the bag is called: the slide's name or hash."""

    def __post_init__(self) -> None:
        counts = {len(self.bags), len(self.labels), len(self.patients), len(self.names)}
        if len(counts) > 1:
            raise BagSetError(
                f"{len(self.bags)} bags with {len(self.labels)} labels, {len(self.patients)} patients and "
                f"{len(self.names)} names: give each bag one of each."
            )
        width = next((bag.shape[-1] for bag in self.bags), 0)
        for name, bag in zip(self.names.tolist(), self.bags, strict=True):
            if bag.ndim != 2 or not bag.shape[0] or bag.shape[1] != width:
                raise BagSetError(
                    f"bag {name} is of shape {bag.shape}: it takes one row or more of {width} numbers each. "
                    "Leave out slides without tiles, and embed all slides with one model."
                )
            if not np.isfinite(bag).all():
                raise BagSetError(f"bag {name} holds a number that is none (NaN or infinite). Embed that slide again.")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        """d, numbers a tile; 0 where there is no bag."""
        return int(self.bags[0].shape[1]) if self.bags else 0

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "BagSet":
        """The bags of these rows, in this order. rows: numbers of bags, or (b,) of which to keep."""
        at = np.arange(len(self))[rows]
        return BagSet(tuple(self.bags[row] for row in at), self.labels[at], self.patients[at], self.names[at])
