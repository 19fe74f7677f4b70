"""A slide as square tiles at powers of two, as deep-zoom viewers ask for it. Geometry alone, no px."""

from dataclasses import dataclass
from math import ceil
from typing import Final

TILE_PX: Final = 512
"""Side of a tile: a first view of 1280 x 800 px asks for about nine. A."""


@dataclass(frozen=True)
class Cut:
    """A tile's place on the slide, and how large it is drawn."""

    x: int
    y: int
    """Top left, level-0 px."""
    width: int
    height: int
    """Px of the tile itself; less than a whole tile at the slide's right and lower edge."""
    downsample: int
    """Level-0 px that one of its px spans."""


@dataclass(frozen=True)
class Pyramid:
    """Level 0 is the whole slide in one px, `last` the slide itself."""

    width: int
    height: int
    """Level-0 px of the slide."""

    @property
    def last(self) -> int:
        """The finest level."""
        return max(0, max(self.width, self.height) - 1).bit_length()

    def cut(self, level: int, column: int, row: int) -> Cut | None:
        """Where a tile lies; None where there is no such tile."""
        if not 0 <= level <= self.last:
            return None
        downsample = 1 << (self.last - level)
        width, height = ceil(self.width / downsample), ceil(self.height / downsample)
        left, top = column * TILE_PX, row * TILE_PX
        if not (0 <= left < width and 0 <= top < height):
            return None
        size = min(TILE_PX, width - left), min(TILE_PX, height - top)
        return Cut(left * downsample, top * downsample, *size, downsample)
