"""The direct path: stored tiles read with `pread` and decoded once for all wanted tiles that touch them.

Serves every file of which the place and the coding of each stored tile are known: TIFF of some vendors
(tiff_index.py) and DICOM frames (dicom_reader.py).
"""

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from inference.errors import RegionError
from inference.slides.base import WHITE, BaseSlide, Spoilt
from inference.slides.codecs import DecodingError, TileCodec
from inference.slides.memory import keep_freed_memory
from inference.slides.resolution import Resolution
from inference.slides.sampling import Box, Source, scaled
from inference.slides.slide import Level, Pixels

_KEPT_BYTES = 96 * 2**20
"""Decoded stored tiles kept for the next row: one row of 240-px tiles of a 130,000-px slide."""


@dataclass(frozen=True)
class StoredLevel:
    """A level's stored tiles: where the bytes of each lie in the file, row by row, and how they are coded.

    offsets, counts: one each a stored tile; a count of 0 is a tile that was never written: white.
    """

    level: Level
    tile: tuple[int, int]
    offsets: Sequence[int] = field(repr=False)
    counts: Sequence[int] = field(repr=False)
    codec: TileCodec

    @property
    def columns(self) -> int:
        """Stored tiles a row."""
        return -(-self.level.width // self.tile[0])

    @property
    def rows(self) -> int:
        """Rows of stored tiles."""
        return -(-self.level.height // self.tile[1])


class TiledSlide(BaseSlide):
    """A slide whose stored tiles are read and decoded here. Safe from several threads: it only uses `pread`."""

    def __init__(
        self,
        path: Path,
        vendor: str,
        stored: Sequence[StoredLevel],
        resolution: Resolution,
        assumptions: Sequence[str] = (),
    ) -> None:
        super().__init__(
            path,
            vendor,
            [level.level for level in stored],
            resolution,
            assumptions,
            tiles=[level.tile for level in stored],
            scales=[level.codec.scales(level.tile) for level in stored],
        )
        keep_freed_memory()
        self._stored = tuple(stored)
        self._kept = _KeptTiles(_KEPT_BYTES)
        self._file = os.open(path, os.O_RDONLY)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._file < 0

    def close(self) -> None:
        """Lets go of the file."""
        if not self.closed:
            os.close(self._file)
            self._file = -1
        self._kept.clear()

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""
        return {}

    def _read_box(self, source: Source, box: Box) -> tuple[Pixels, list[Spoilt]]:
        stored = self._stored[source.level]
        tile_w, tile_h = stored.tile[0] // source.scale, stored.tile[1] // source.scale
        slide_w, slide_h = scaled(stored.level.width, source.scale), scaled(stored.level.height, source.scale)
        pixels = np.empty((box.height, box.width, 3), np.uint8)
        if box.left < 0 or box.top < 0 or box.right > slide_w or box.bottom > slide_h:
            pixels.fill(WHITE)
        spoilt = []
        first_x, first_y, end_x, end_y = (
            max(0, box.left),
            max(0, box.top),
            min(slide_w, box.right),
            min(slide_h, box.bottom),
        )
        if first_x >= end_x or first_y >= end_y:
            return pixels, []
        for row in range(first_y // tile_h, -(-end_y // tile_h)):
            top, bottom = max(row * tile_h, first_y), min((row + 1) * tile_h, end_y)
            for column in range(first_x // tile_w, -(-end_x // tile_w)):
                left, right = max(column * tile_w, first_x), min((column + 1) * tile_w, end_x)
                place = pixels[top - box.top : bottom - box.top, left - box.left : right - box.left]
                keep = (row + 1) * tile_h > box.bottom or (column + 1) * tile_w > box.right
                try:
                    tile = self._tile(source, column, row, keep=keep)
                except RegionError as error:
                    place.fill(WHITE)
                    spoilt.append(Spoilt(Box(left, top, right - left, bottom - top), error))
                    continue
                if tile is None:
                    place.fill(WHITE)
                else:
                    from_top, from_left = top - row * tile_h, left - column * tile_w
                    place[:] = tile[from_top : from_top + bottom - top, from_left : from_left + right - left]
        return pixels, spoilt

    def _tile(self, source: Source, column: int, row: int, *, keep: bool) -> Pixels | None:
        """A decoded stored tile, None where it was never written. Raises RegionError."""
        stored = self._stored[source.level]
        index = row * stored.columns + column
        count = stored.counts[index]
        if count == 0:
            return None
        key = (source.level, source.scale, index)
        tile = self._kept.get(key)
        if tile is not None:
            return tile
        try:
            data = os.pread(self._file, count, stored.offsets[index])
            tile = stored.codec.decode(data, stored.tile, source.scale)
        except (DecodingError, OSError) as error:
            raise RegionError(
                f"{self.path.name}: stored tile {column}, {row} (column, row) of level {source.level} cannot be "
                f"decoded: {error}. Copy the file again from its source, or scan the slide again"
            ) from error
        if keep:
            self._kept.put(key, tile)
        return tile


class _KeptTiles:
    """The decoded stored tiles that were used last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[tuple[int, int, int], Pixels] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, int, int]) -> Pixels | None:
        if not self._tiles:
            return None
        with self._lock:
            return self._tiles.get(key)

    def put(self, key: tuple[int, int, int], tile: Pixels) -> None:
        with self._lock:
            if key not in self._tiles:
                self._bytes += tile.nbytes
                self._tiles[key] = tile
            while self._bytes > self._most_bytes:
                self._bytes -= self._tiles.popitem(last=False)[1].nbytes

    def clear(self) -> None:
        with self._lock:
            self._tiles.clear()
            self._bytes = 0
