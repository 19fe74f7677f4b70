"""Writes pyramidal JPEG slides tile by tile, so that a slide larger than memory can be made.

Encoded tiles come from the caller and go straight to the file; the index follows each level.
Layout after TIFF 6.0 and the BigTIFF extension; the Aperio description after files of that vendor.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

Pixels = npt.NDArray[np.uint8]
TileOf = Callable[[int, int, int], bytes]
"""(level, column, row) -> one whole JPEG stream of tile_px x tile_px, or b"" for a missing tile."""
Vendor = Literal["aperio", "generic"]
Subsampling = Literal["444", "422", "420", "440"]

_FACTORS: dict[Subsampling, tuple[int, int]] = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2)}
_CLASSIC_LIMIT = 2**32 - 2**20
_SHORT, _LONG, _RATIONAL, _ASCII, _UNDEFINED, _LONG8 = 3, 4, 5, 2, 7, 16
_FORMATS = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}
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
        bigtiff = sum(w * h * _SAMPLES for w, h in sizes) > _CLASSIC_LIMIT
    with path.open("wb") as file:
        link = _write_header(file, bigtiff=bigtiff)
        for level, level_px in enumerate(sizes):
            columns, rows = -(-level_px[0] // tile_px), -(-level_px[1] // tile_px)
            offsets, counts = _write_tiles(file, (tile_of(level, c, r) for r in range(rows) for c in range(columns)))
            tags = [
                _Tag(254, _LONG, (1 if level and vendor == "generic" else 0,)),
                _Tag(256, _LONG, (level_px[0],)),
                _Tag(257, _LONG, (level_px[1],)),
                _Tag(258, _SHORT, (8, 8, 8)),
                _Tag(259, _SHORT, (7,)),
                _Tag(262, _SHORT, (6 if colour == "ycbcr" else 2,)),
                _Tag(277, _SHORT, (_SAMPLES,)),
                _Tag(284, _SHORT, (1,)),
                _Tag(322, _LONG, (tile_px,)),
                _Tag(323, _LONG, (tile_px,)),
                _Tag(324, _LONG8 if bigtiff else _LONG, offsets),
                _Tag(325, _LONG, counts),
            ]
            if vendor == "aperio":
                tags.append(_Tag(270, _ASCII, _aperio_description(size, level_px, mpp, tile_px)))
            elif mpp is not None:
                per_cm = round(1e7 / (mpp * size[0] / level_px[0]))
                tags += [
                    _Tag(282, _RATIONAL, (per_cm, 1000)),
                    _Tag(283, _RATIONAL, (per_cm, 1000)),
                    _Tag(296, _SHORT, (3,)),
                ]
            if colour == "ycbcr":
                tags.append(_Tag(530, _SHORT, _FACTORS[subsampling]))
            if tables:
                tags.append(_Tag(347, _UNDEFINED, tables))
            link = _write_index(file, link, sorted(tags, key=lambda tag: tag.code), bigtiff=bigtiff)


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
            held[level] = np.asarray(picture.resize(level_size(size, downsamples[level]), Image.Resampling.BOX))
        top, left = row * tile_px, column * tile_px
        return encode_tile(held[level][top : top + tile_px, left : left + tile_px], tile_px, quality, subsampling)

    write_pyramid(path, size, mpp, tile_of, downsamples, tile_px, vendor, subsampling, bigtiff=bigtiff)


def encode_tile(image: Pixels, tile_px: int, quality: int = 85, subsampling: Subsampling = "420") -> bytes:
    """One tile as JPEG, its last row and column repeated where `image` is smaller than tile_px x tile_px."""
    missing = ((0, tile_px - image.shape[0]), (0, tile_px - image.shape[1]), (0, 0))
    whole = np.ascontiguousarray(np.pad(image, missing, mode="edge"))
    return bytes(simplejpeg.encode_jpeg(whole, quality=quality, colorspace="RGB", colorsubsampling=subsampling))


@dataclass(frozen=True)
class _Tag:
    code: int
    kind: int
    value: Sequence[int] | bytes

    def packed(self) -> tuple[int, bytes]:
        """The number of values and their bytes."""
        if isinstance(self.value, bytes):
            return len(self.value), self.value
        if self.kind == _RATIONAL:
            return 1, struct.pack("<2I", *self.value)
        return len(self.value), struct.pack(f"<{len(self.value)}{_FORMATS[self.kind]}", *self.value)


def _aperio_description(size: tuple[int, int], level_px: tuple[int, int], mpp: float | None, tile_px: int) -> bytes:
    text = f"Aperio Image Library v12.0.0\r\n{size[0]}x{size[1]} ({tile_px}x{tile_px})"
    if level_px != size:
        text += f" -> {level_px[0]}x{level_px[1]}"
    text += " JPEG/YCC"
    if mpp is not None:
        text += f"|AppMag = {10 / mpp:g}|MPP = {mpp:.6g}"
    return text.encode("ascii") + b"\0"


def _write_header(file: BinaryIO, *, bigtiff: bool) -> int:
    """Writes the header and returns the position of the link to the first index."""
    if bigtiff:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        return 8
    file.write(struct.pack("<2sHI", b"II", 42, 0))
    return 4


def _write_tiles(file: BinaryIO, tiles: Iterator[bytes]) -> tuple[list[int], list[int]]:
    offsets, counts = [], []
    position = file.tell()
    for tile in tiles:
        offsets.append(position if tile else 0)
        counts.append(len(tile))
        position += file.write(tile)
    return offsets, counts


def _write_index(file: BinaryIO, link: int, tags: Sequence[_Tag], *, bigtiff: bool) -> int:
    """Writes one level's index at the end of the file, links it, and returns where the next link goes."""
    entry, word, count_format, room = ("<HHQ", "<Q", "<Q", 8) if bigtiff else ("<HHI", "<I", "<H", 4)
    start = file.tell() + file.tell() % 2
    size = struct.calcsize(count_format) + len(tags) * (struct.calcsize(entry) + room)
    next_link = start + size
    values_at = next_link + struct.calcsize(word)
    index, values = struct.pack(count_format, len(tags)), b""
    for tag in tags:
        count, data = tag.packed()
        index += struct.pack(entry, tag.code, tag.kind, count)
        if len(data) <= room:
            index += data.ljust(room, b"\0")
        else:
            index += struct.pack(word, values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    file.write(b"\0" * (start - file.tell()) + index + struct.pack(word, 0) + values)
    end = file.tell()
    if end > _CLASSIC_LIMIT and not bigtiff:
        raise ValueError("the file has passed 4 GB: write it as BigTIFF")
    file.seek(link)
    file.write(struct.pack(word, start))
    file.seek(end)
    return next_link
