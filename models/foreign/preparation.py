"""What stands between a tile and somebody else's network: resize as Pillow does it, scale, normalise.

Two forms of the same: `prepare` in Pillow and numpy, as the network's maker runs it, and operators for the ONNX graph.
A resize by Pillow is a product with one matrix a side, each rounded to whole grey levels; so the graph says the same
to the grey level, which no resize operator does.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.errors import ModelError

GREY_LEVELS = 255.0
PILLOW_UNITS = 2**22


class ForeignModelError(ModelError):
    """A model from elsewhere cannot be made into one of ours."""


@dataclass(frozen=True)
class Preparation:
    """How a network wants its tiles."""

    tile_px: int
    """Side of the tile that is read from the slide, px."""
    input_px: int
    """Side of the picture that the network takes, px."""
    layout: str = "nchw"
    """nchw or nhwc."""
    scale: float = 1 / GREY_LEVELS
    """Grey levels are multiplied by this, before the mean is taken off."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    integers: bool = False
    """Whether the network takes uint8; nothing is scaled or normalised then."""

    def __post_init__(self) -> None:
        plain = (self.mean, self.std) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        if self.integers and not plain:
            raise ForeignModelError("the network takes uint8, so it normalises by itself: give no mean and no std")
        if min(self.std) <= 0 or self.scale <= 0:
            raise ForeignModelError(f"std {self.std} and scale {self.scale} must be above zero")

    @property
    def levels(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Mean and standard deviation in grey levels (0-255), as a manifest has them."""
        mean, std = (tuple(value / self.scale for value in values) for values in (self.mean, self.std))
        return (mean[0], mean[1], mean[2]), (std[0], std[1], std[2])


def prepare(tiles: npt.NDArray[np.uint8], how: Preparation) -> npt.NDArray[np.generic]:
    """Tiles uint8 (n, tile_px, tile_px, 3), RGB, as the network takes them."""
    resized = tiles if how.input_px == how.tile_px else np.stack([_resized(tile, how.input_px) for tile in tiles])
    ordered = resized.transpose(0, 3, 1, 2) if how.layout == "nchw" else resized
    if how.integers:
        return np.ascontiguousarray(ordered)
    shape = (1, 3, 1, 1) if how.layout == "nchw" else (1, 1, 1, 3)
    mean, std = (np.array(values, np.float32).reshape(shape) for values in (how.mean, how.std))
    return np.ascontiguousarray((ordered.astype(np.float32) * np.float32(how.scale) - mean) / std)


def _resized(tile: npt.NDArray[np.uint8], input_px: int) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.fromarray(tile).resize((input_px, input_px), Image.Resampling.BILINEAR))


def resize_matrix(tile_px: int, input_px: int) -> npt.NDArray[np.float64]:
    """(input_px, tile_px): what Pillow's bilinear resize multiplies a column of pixels with.

    It is what Pillow makes of the unit matrix, since the resize is linear: in whole numbers of 2^-22, since that is how
    finely Pillow resizes grey levels, and it decides which way a half is rounded.
    """
    unit = Image.fromarray(np.eye(tile_px, dtype=np.int32) * PILLOW_UNITS)
    shares = np.asarray(unit.resize((tile_px, input_px), Image.Resampling.BILINEAR), dtype=np.float64)
    return np.asarray(shares / PILLOW_UNITS, dtype=np.float64)


def probe_tiles(tile_px: int, count: int = 12) -> npt.NDArray[np.uint8]:
    """Tiles (count, tile_px, tile_px, 3) to hold two forms of a network against each other.

    Soft fields of the colours of H&E with fine grain, one white and one black tile: smooth and sharp, light and dark.
    """
    rng = np.random.default_rng(0)
    colours = np.array([[226, 168, 200], [110, 60, 140], [245, 240, 244], [180, 60, 110]], np.float64)
    coarse = colours[rng.integers(0, len(colours), (count, 6, 6))].astype(np.uint8)
    smooth = np.stack(
        [np.asarray(Image.fromarray(one).resize((tile_px, tile_px), Image.Resampling.BICUBIC)) for one in coarse]
    )
    tiles = np.clip(smooth + rng.normal(0, 14, smooth.shape), 0, GREY_LEVELS).astype(np.uint8)
    tiles[0], tiles[1] = 255, 0
    return tiles
