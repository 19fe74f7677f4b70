"""What another stain, another focus, harder compression or another resolution does to a tile, in given strengths. Pure.

Each takes uint8 tiles (n, px, px, 3), RGB, and gives the like. Stain is drawn once a patient: a slide is stained once.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage
from skimage.color import hed_from_rgb, rgb_from_hed

from training.data.tile_set import TileSet

Tiles = npt.NDArray[np.uint8]
STAIN_OFFSET = 0.2
"""Shift of a stain's amount for each unit of strength, in optical density to base 10. A: of the IDC tiles' pixels the
middle 90% have 0.0 to 0.3 of haematoxylin and of eosin (M)."""


@dataclass(frozen=True)
class Disturbance:
    """One kind of change, with its strengths; the first changes nothing."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    change: Callable[[TileSet, float, float], Tiles]
    """Tiles, strength and um per pixel, to tiles."""
    reverse: bool = False
    """Whether smaller is stronger."""


def stain_shift(tiles: TileSet, strength: float, _mpp: float) -> Tiles:
    """Scale and shift the amounts of haematoxylin, eosin and residual at random, for each patient (Tellez 2018).

    strength: 0.2 scales by 0.8 to 1.2.
    """
    _, which = np.unique(tiles.patients, return_inverse=True)
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-1, 1, (int(which.max()) + 1, 2, 3)) * strength
    changed = np.empty_like(tiles.tiles)
    for row, (tile, (scale, shift)) in enumerate(zip(tiles.tiles, drawn[which], strict=True)):
        # Unlike skimage's own way there, amounts below zero are kept, so that none is the tile itself.
        amounts = -np.log10(np.maximum(tile, 1) / 255) @ hed_from_rgb * (1 + scale) + shift * STAIN_OFFSET
        changed[row] = np.rint(np.clip(10 ** (-amounts @ rgb_from_hed), 0, 1) * 255).astype(np.uint8)
    return changed


def out_of_focus(tiles: TileSet, sigma_um: float, mpp: float) -> Tiles:
    """A Gaussian blur of this sigma, um of tissue."""
    sigma = sigma_um / mpp
    return np.asarray(ndimage.gaussian_filter(tiles.tiles, (0, sigma, sigma, 0)), dtype=np.uint8)


def compressed(tiles: TileSet, quality: float, _mpp: float) -> Tiles:
    """Through JPEG of this quality (1-95), with the usual halved colour; 100 leaves the tiles as they are."""
    if quality >= 100:
        return tiles.tiles
    return np.stack([_jpeg(tile, round(quality)) for tile in tiles.tiles])


def wrong_resolution(tiles: TileSet, factor: float, _mpp: float) -> Tiles:
    """As if the slide's um per pixel were this many times what it says: above 1 the tissue looks smaller.

    Beyond the tile's edge the tissue is mirrored, since the tile is all there is.
    """
    px = tiles.tiles.shape[1]
    if factor == 1:
        return tiles.tiles
    shown = px * factor
    border = max(0, int(np.ceil((shown - px) / 2)))
    padded = np.pad(tiles.tiles, ((0, 0), (border, border), (border, border), (0, 0)), mode="symmetric")
    start = border + (px - shown) / 2
    box = (start, start, start + shown, start + shown)
    return np.stack(
        [np.asarray(Image.fromarray(tile).resize((px, px), Image.Resampling.BICUBIC, box)) for tile in padded]
    )


DISTURBANCES = (
    Disturbance("stain", "largest change of a stain's amount", (0.0, 0.1, 0.2, 0.3, 0.5, 0.8), stain_shift),
    Disturbance("blur", "sigma, um", (0.0, 1.0, 2.0, 4.0, 6.0, 8.0), out_of_focus),
    Disturbance("JPEG", "quality", (100.0, 90.0, 70.0, 50.0, 30.0, 10.0), compressed, reverse=True),
    Disturbance("resolution", "true um per px over the stated", (1.0, 0.7, 0.85, 1.15, 1.3), wrong_resolution),
)


def _jpeg(tile: Tiles, quality: int) -> Tiles:
    buffer = io.BytesIO()
    Image.fromarray(tile).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return np.asarray(image)
