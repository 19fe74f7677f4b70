"""Writes pyramidal JPEG slides tile by tile, so that a slide larger than memory can be made.

Encoded tiles come from the caller and go straight to the file. The Aperio description is after files of that vendor.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

from inference.slides.tiff_writing import (
    ASCII,
    CLASSIC_LIMIT,
    LONG,
    LONG8,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Tag,
    write_header,
    write_index,
    write_tiles,
)

Pixels = npt.NDArray[np.uint8]
TileOf = Callable[[int, int, int], bytes]
"""(level, column, row) -> one whole JPEG stream of tile_px x tile_px, or b"" for a missing tile."""
Vendor = Literal["aperio", "generic"]
Subsampling = Literal["444", "422", "420", "440"]

_FACTORS: dict[Subsampling, tuple[int, int]] = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2)}
_SAMPLES = 3


def level_size(size: tuple[int, int], downsample: float) -> tuple[int, int]:
    """Width and height in px of a level that is `downsample` times coarser than `size`; at least 1 x 1."""
    return max(1, int(size[0] / downsample)), max(1, int(size[1] / downsample))


def write_pyramid(
    path: Path,
    size: tuple[int, int],
    mpp: float | None,
    tile_of: TileOf,
    downsamples: Sequence[float] = (1, 4, 16),
    tile_px: int = 256,
    vendor: Vendor = "aperio",
    subsampling: Subsampling = "420",
    colour: Literal["ycbcr", "rgb"] = "ycbcr",
    tables: bytes = b"",
    *,
    bigtiff: bool | None = None,
) -> None:
    """Writes a tiled, pyramidal JPEG TIFF of `size` (width, height) level-0 px.

    tile_of: asked once for every tile, level by level and row by row. The grid of a level is
        ceil(level_size(size, downsample) / tile_px); tiles at the right and lower edge are whole tiles.
    mpp: um per level-0 px, None to leave it out. vendor: "aperio" says it in the description, "generic"
        in the resolution tags. tile_px: a multiple of 16.
    subsampling, colour, tables: what the JPEG streams of `tile_of` hold (`encode_tile` makes 4:2:0 YCbCr);
        with `tables` the streams are abbreviated and share those tables.
    bigtiff: None chooses BigTIFF where the file could pass 4 GB.
    """
    if tile_px % 16:
        raise ValueError(f"tile_px must be a multiple of 16, not {tile_px}")
    sizes = [level_size(size, downsample) for downsample in downsamples]
    if bigtiff is None:
        bigtiff = sum(w * h * _SAMPLES for w, h in sizes) > CLASSIC_LIMIT
    with path.open("wb") as file:
        link = write_header(file, bigtiff=bigtiff)
        for level, level_px in enumerate(sizes):
            columns, rows = -(-level_px[0] // tile_px), -(-level_px[1] // tile_px)
            offsets, counts = write_tiles(file, (tile_of(level, c, r) for r in range(rows) for c in range(columns)))
            tags = [
                Tag(254, LONG, (1 if level and vendor == "generic" else 0,)),
                Tag(256, LONG, (level_px[0],)),
                Tag(257, LONG, (level_px[1],)),
                Tag(258, SHORT, (8, 8, 8)),
                Tag(259, SHORT, (7,)),
                Tag(262, SHORT, (6 if colour == "ycbcr" else 2,)),
                Tag(277, SHORT, (_SAMPLES,)),
                Tag(284, SHORT, (1,)),
                Tag(322, LONG, (tile_px,)),
                Tag(323, LONG, (tile_px,)),
                Tag(324, LONG8 if bigtiff else LONG, offsets),
                Tag(325, LONG, counts),
            ]
            if vendor == "aperio":
                tags.append(Tag(270, ASCII, _aperio_description(size, level_px, mpp, tile_px)))
            elif mpp is not None:
                per_cm = round(1e7 / (mpp * size[0] / level_px[0]))
                tags += [
                    Tag(282, RATIONAL, (per_cm, 1000)),
                    Tag(283, RATIONAL, (per_cm, 1000)),
                    Tag(296, SHORT, (3,)),
                ]
            if colour == "ycbcr":
                tags.append(Tag(530, SHORT, _FACTORS[subsampling]))
            if tables:
                tags.append(Tag(347, UNDEFINED, tables))
            link = write_index(file, link, sorted(tags, key=lambda tag: tag.code), bigtiff=bigtiff)


def write_pyramid_from_array(
    path: Path,
    image: Pixels,
    mpp: float | None,
    downsamples: Sequence[float] = (1, 4, 16),
    tile_px: int = 256,
    vendor: Vendor = "aperio",
    quality: int = 85,
    subsampling: Subsampling = "420",
    *,
    bigtiff: bool | None = None,
) -> None:
    """Writes `image` (uint8 (height, width, 3), RGB) as a pyramid; lower levels are box averages of it."""
    size = (image.shape[1], image.shape[0])
    picture = Image.fromarray(image)
    held: dict[int, Pixels] = {}

    def tile_of(level: int, column: int, row: int) -> bytes:
        if level not in held:
            held.clear()
            wanted = level_size(size, downsamples[level])
            held[level] = image if wanted == size else np.asarray(picture.resize(wanted, Image.Resampling.BOX))
        top, left = row * tile_px, column * tile_px
        return encode_tile(held[level][top : top + tile_px, left : left + tile_px], tile_px, quality, subsampling)

    write_pyramid(path, size, mpp, tile_of, downsamples, tile_px, vendor, subsampling, bigtiff=bigtiff)


def encode_tile(image: Pixels, tile_px: int, quality: int = 85, subsampling: Subsampling = "420") -> bytes:
    """One tile as JPEG, its last row and column repeated where `image` is smaller than tile_px x tile_px."""
    missing = ((0, tile_px - image.shape[0]), (0, tile_px - image.shape[1]), (0, 0))
    whole = np.ascontiguousarray(np.pad(image, missing, mode="edge"))
    return bytes(simplejpeg.encode_jpeg(whole, quality=quality, colorspace="RGB", colorsubsampling=subsampling))


def _aperio_description(size: tuple[int, int], level_px: tuple[int, int], mpp: float | None, tile_px: int) -> bytes:
    text = f"Aperio Image Library v12.0.0\r\n{size[0]}x{size[1]} ({tile_px}x{tile_px})"
    if level_px != size:
        text += f" -> {level_px[0]}x{level_px[1]}"
    text += " JPEG/YCC"
    if mpp is not None:
        text += f"|AppMag = {10 / mpp:g}|MPP = {mpp:.6g}"
    return text.encode("ascii") + b"\0"
