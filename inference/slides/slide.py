"""The small face that every slide shows, whatever scanner wrote it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from inference.errors import RegionError

Pixels = npt.NDArray[np.uint8]
"""RGB pixels, shape (height, width, 3)."""


@dataclass(frozen=True)
class Level:
    """One stored resolution of a slide: its size in px and how many level-0 px one of its px spans."""

    width: int
    height: int
    downsample: float


class Slide(Protocol):
    """A whole-slide image, read in physical units. Safe to read from several threads at once.

    Positions are level-0 px from the slide's top left and may be fractional; outside the slide is white.
    """

    path: Path
    vendor: str
    width: int
    height: int
    mpp: float | None
    """um per level-0 px; None where nobody has said it."""
    mpp_source: str
    levels: tuple[Level, ...]
    stored_tile: tuple[int, int] | None
    """Width and height of level 0's stored tiles in px, where the file is stored in tiles."""
    assumptions: tuple[str, ...]
    """What the reader had to assume about the file, a sentence each."""

    def identity(self) -> str:
        """SHA-256 of the file's bytes, in hex."""
        ...

    def read_region(self, x: float, y: float, width: int, height: int, mpp: float) -> Pixels:
        """Reads width x height px at `mpp` um per px, from (x, y) level-0 px on: uint8 (height, width, 3).

        Raises ResolutionError where the slide's own mpp is unknown, RegionError where it cannot be decoded.
        """
        ...

    def read_scaled(self, x: float, y: float, width: int, height: int, downsample: float) -> Pixels:
        """Reads width x height px of `downsample` level-0 px each, from (x, y) level-0 px on; needs no resolution.

        uint8 (height, width, 3). For pictures alone: what is measured is read by um. Raises RegionError.
        """
        ...

    def read_row(
        self, y: float, xs: Sequence[float], tile_px: int, mpp: float
    ) -> Iterator[tuple[int, Pixels | RegionError]]:
        """Reads a row of tiles with one decoding of each stored tile under it.

        Yields one item per position of `xs`, in any order: its index, and the tile's pixels
        (uint8 (tile_px, tile_px, 3)) or the error that spoilt it. A yielded array may be a view.
        Raises ResolutionError where the slide's own mpp is unknown.
        """
        ...

    def thumbnail(self, max_px: int) -> Pixels:
        """The whole slide in at most max_px a side; needs no resolution. Raises RegionError."""
        ...

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
