"""The face of whatever runs a model over batches of tiles."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]
"""The model's raw score for its positive class, one a tile, before calibration."""


class TileBatch(Protocol):
    """A buffer of tiles, of which the first `count` are real."""

    pixels: npt.NDArray[np.uint8]

    @property
    def count(self) -> int:
        """How many tiles, from the front, wait to be scored."""
        ...


B = TypeVar("B", bound=TileBatch)


class Engine(Protocol):
    """Scores batches of tiles with one model.

    A batch's pixels are uint8 (batch_size, tile_px, tile_px, 3) from `allocate`; only its first `count` tiles
    are real. Resizing and normalisation are the model's own affair.
    """

    batch_size: int
    streams: int
    """How many threads may iterate over `score` at the same time."""
    weights_sha256: str
    description: str
    """What runs where, for people: "onnxruntime 1.22, cpu, 2 threads"."""

    def allocate(self) -> npt.NDArray[np.uint8]:
        """A batch's pixels, in the memory that this engine reads fastest."""
        ...

    def score(self, batches: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        """Yields each batch with its logits, float32 (count,), in order.

        A None among the batches says that none waits: what is under way is handed back before going on.
        """
        ...
