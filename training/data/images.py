"""Images as tiles: read as 8-bit RGB or refused in a sentence, brought to a resolution, cut or fitted. Pure."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from inference.slides.flat_reader import EIGHT_BIT, rgb_of
from training.errors import TileSetError

Pixels = npt.NDArray[np.uint8]
Fit = Literal["keep", "cut", "whole"]

SAME_MPP = 0.01
"""Resolutions that differ by a smaller part are one: resampling for less would only blur (A)."""


@dataclass(frozen=True)
class Size:
    """What size tiles are to have.

    keep: images stay as they are; cut: as many whole tiles as lie side by side in the image's middle; whole: the image
    is made to fit into one tile.
    """

    tile_px: int | None = None
    """Side, px; needed where an image is cut or fitted."""
    mpp: float | None = None
    """um per px that images are brought to first; None leaves their own."""
    source_mpp: float | None = None
    """um per px of images that do not say it."""
    fit: Fit = "keep"

    def __post_init__(self) -> None:
        if self.fit != "keep" and self.tile_px is None:
            raise TileSetError(f"--fit {self.fit} needs the side of a tile: give --tile-px.")
        if self.fit == "whole" and self.mpp is not None:
            raise TileSetError("--fit whole sets the resolution by the image's size: leave out --mpp, or cut.")


@dataclass(frozen=True)
class Piece:
    """A tile of an image: its px, where in the image it lay (px of the image as it was), and um per px."""

    pixels: Pixels
    x: float
    y: float
    mpp: float | None


def decode(data: bytes, where: str) -> Pixels:
    """The image in `data` as uint8 (h, w, 3), RGB; grey becomes RGB, what is transparent becomes white.

    where: what the sentence begins with. Raises TileSetError: no image, damaged, of no size, or not 8-bit.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if not picture.width or not picture.height:
                raise TileSetError(f"{where} is {picture.width}x{picture.height} px. Leave it out.")
            if picture.mode not in EIGHT_BIT:
                raise TileSetError(
                    f"{where} has px of kind {picture.mode}, not 8-bit colour: how bright its numbers are meant is "
                    "not known. Export it as 8-bit RGB."
                )
            return rgb_of(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise TileSetError(f"{where} is not an image ({error}). Leave it out.") from error


def encode(pixels: Pixels) -> bytes:
    """The bytes of a PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pieces(pixels: Pixels, own_mpp: float | None, size: Size, where: str) -> Iterator[Piece]:
    """The tiles that an image gives.

    own_mpp: what the image itself says. Raises TileSetError: its resolution is needed and not known, it is larger than
    a tile and is to be kept, or smaller than a tile and is to be cut.
    """
    mpp = own_mpp or size.source_mpp
    step = 1.0
    if size.mpp is not None:
        if mpp is None:
            raise TileSetError(f"{where}: its um per px is not known. Say it with --source-mpp, or leave out --mpp.")
        if abs(mpp / size.mpp - 1) > SAME_MPP:
            step = size.mpp / mpp
            pixels = resized(pixels, 1 / step)
        mpp = size.mpp
    height, width = pixels.shape[:2]
    if size.fit == "whole" and size.tile_px:
        factor = size.tile_px / max(height, width)
        yield Piece(resized(pixels, factor), 0, 0, mpp and mpp / factor)
    elif size.fit == "cut" and size.tile_px:
        yield from _cut(pixels, size.tile_px, step, mpp, where)
    elif size.tile_px and max(height, width) > size.tile_px:
        raise TileSetError(
            f"{where} is {width}x{height} px, and a tile {size.tile_px}. Say with --fit whether to cut or to shrink it."
        )
    else:
        yield Piece(pixels, 0, 0, mpp)


def _cut(pixels: Pixels, tile_px: int, step: float, mpp: float | None, where: str) -> Iterator[Piece]:
    height, width = pixels.shape[:2]
    if min(height, width) < tile_px:
        raise TileSetError(f"{where} is {width}x{height} px, too small to cut tiles of {tile_px} px from it.")
    for y in range(height % tile_px // 2, height - tile_px + 1, tile_px):
        for x in range(width % tile_px // 2, width - tile_px + 1, tile_px):
            yield Piece(pixels[y : y + tile_px, x : x + tile_px], x * step, y * step, mpp)


def resized(pixels: Pixels, factor: float) -> Pixels:
    """The picture, `factor` times as large."""
    if factor == 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS), np.uint8)
