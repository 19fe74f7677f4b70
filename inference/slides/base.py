"""What all readers share: physical units to stored px, rows in runs, overviews, identity.

A reader says which levels it has, at which scales it can decode them, and reads whole-px boxes of them; a stored
tile that cannot be decoded is reported, not raised, so that its neighbours survive.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from inference.errors import RegionError, UnreadableSlideError
from inference.slides.resolution import Resolution, require_mpp
from inference.slides.sampling import Box, Cut, Source, choose_source, cut, runs, scaled
from inference.slides.slide import Level, Pixels

WHITE = 255
_RUN_PX = 2**24
"""Most source px that are held at once: 48 MB of RGB."""
_THUMBNAIL_PX = 2**23
_WHOLE_PX = 1.98
"""From about two source px per output px on, plain averages; below, a box filter would skip and repeat px."""
_MOST_SPOILT = 0.5
"""An overview of which more cannot be decoded is an error."""


@dataclass(frozen=True)
class Spoilt:
    """A box of source px that could not be decoded, and why."""

    box: Box
    error: RegionError


class BaseSlide(ABC):
    """A Slide (see slide.py) on top of a reader of whole-px boxes."""

    def __init__(
        self,
        path: Path,
        vendor: str,
        levels: Sequence[Level],
        resolution: Resolution,
        assumptions: Sequence[str] = (),
        tiles: Sequence[tuple[int, int] | None] = (),
        scales: Sequence[Sequence[int]] = (),
    ) -> None:
        """Takes, per level, the size of its stored tiles and the scales 1/s at which it can be decoded.

        Without `tiles` nothing is stored in tiles, without `scales` nothing is decoded but in full.
        """
        self.path = path
        self.vendor = vendor
        self.levels = tuple(levels)
        self.width, self.height = self.levels[0].width, self.levels[0].height
        self.mpp = resolution.mpp
        self.mpp_source = resolution.source
        self.assumptions = (*assumptions, *resolution.assumptions)
        self._tiles = tuple(tiles) or (None,) * len(self.levels)
        self._scales = tuple(scales) or ((1,),) * len(self.levels)
        self.stored_tile = self._tiles[0]
        self._identity = ""
        self._identity_lock = Lock()

    @abstractmethod
    def _read_box(self, source: Source, box: Box) -> tuple[Pixels, list[Spoilt]]:
        """The box's px, white where there is nothing, and which parts could not be decoded."""

    @abstractmethod
    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def identity(self) -> str:
        """SHA-256 of the file's bytes, in hex; computed once. Raises UnreadableSlideError where it is gone."""
        with self._identity_lock:
            if not self._identity:
                try:
                    with self.path.open("rb") as file:
                        self._identity = hashlib.file_digest(file, "sha256").hexdigest()
                except OSError as error:
                    raise UnreadableSlideError(
                        f"{self.path.name}: cannot be read any more ({error.strerror}). Check its disk"
                    ) from error
            return self._identity

    def read_region(self, x: float, y: float, width: int, height: int, mpp: float) -> Pixels:
        """Reads width x height px at `mpp` um per px, from (x, y) level-0 px on: uint8 (height, width, 3).

        Raises ResolutionError where the slide's own mpp is unknown, RegionError where it cannot be decoded.
        """
        return self.read_scaled(x, y, width, height, mpp / require_mpp(self))

    def read_scaled(self, x: float, y: float, width: int, height: int, downsample: float) -> Pixels:
        """Reads width x height px of `downsample` level-0 px each, from (x, y) level-0 px on; needs no resolution.

        uint8 (height, width, 3). For pictures alone: what is measured is read by um. Raises RegionError.
        """
        source = self._source(downsample)
        wanted_cut = cut(x, y, width, height, downsample, source)
        pixels, spoilt = self._read_box(source, wanted_cut.box)
        if spoilt:
            raise spoilt[0].error
        return _resample(pixels, wanted_cut, width, height)

    def read_row(
        self, y: float, xs: Sequence[float], tile_px: int, mpp: float
    ) -> Iterator[tuple[int, Pixels | RegionError]]:
        """Reads a row of tiles with one decoding of each stored tile under it.

        Yields one item per position of `xs`, from left to right: its index, and the tile's pixels
        (uint8 (tile_px, tile_px, 3), often a view) or the error that spoilt it.
        Raises ResolutionError where the slide's own mpp is unknown.
        """
        wanted = mpp / require_mpp(self)
        return self._read_row(y, xs, tile_px, wanted, self._source(wanted))

    def _read_row(
        self, y: float, xs: Sequence[float], tile_px: int, wanted: float, source: Source
    ) -> Iterator[tuple[int, Pixels | RegionError]]:
        cuts = [cut(x, y, tile_px, tile_px, wanted, source) for x in xs]
        for run in runs(cuts, self._grid_px(source), _RUN_PX):
            pixels, spoilt = self._read_box(source, run.box)
            image: Image.Image | None = None
            for index in run.indices:
                tile = cuts[index]
                error = next((bad.error for bad in spoilt if bad.box.touches(tile.box)), None)
                if error is not None:
                    yield index, error
                elif tile.exact is None:
                    left = tile.box.left - run.box.left
                    yield index, pixels[:, left : left + tile_px]
                else:
                    image = image or Image.fromarray(pixels)
                    yield index, _resize(image, run.box, tile.exact, tile_px, tile_px)

    def thumbnail(self, max_px: int) -> Pixels:
        """The whole slide in at most max_px a side; needs no resolution.

        A place that no level can decode takes the colour of the px nearest to it: white would hide it from the
        search for tissue, and with it the tiles that have to be counted as failed. Raises RegionError where
        most of the slide cannot be decoded.
        """
        wanted = max(self.width, self.height, max_px) / max_px
        width, height = max(1, round(self.width / wanted)), max(1, round(self.height / wanted))
        source = self._source(wanted)
        level = self.levels[source.level]
        # Up to a px short of the slide's edge, since a decoder's last px may mix in padding.
        step_x = min(self.width / source.downsample, scaled(level.width, source.scale)) / width
        step_y = min(self.height / source.downsample, scaled(level.height, source.scale)) / height
        image = np.empty((height, width, 3), np.uint8)
        bad = np.zeros((height, width), bool)
        first_error: RegionError | None = None
        rows = max(1, floor(_THUMBNAIL_PX / (width * step_x * step_y)))
        for top in range(0, height, rows):
            bottom = min(height, top + rows)
            exact = (0.0, top * step_y, width * step_x, bottom * step_y)
            box = Box(0, floor(exact[1]), ceil(exact[2]), ceil(exact[3]) - floor(exact[1]))
            pixels, spoilt = self._read_box(source, box)
            for hole in self._mend(pixels, box, source, spoilt):
                first_error = first_error or hole.error
                rows_of = _span(hole.box.top, hole.box.bottom, step_y, height)
                columns_of = _span(hole.box.left, hole.box.right, step_x, width)
                bad[rows_of, columns_of] = True
            image[top:bottom] = _resize(Image.fromarray(pixels), box, exact, width, bottom - top)
        if first_error is not None:
            if bad.mean() > _MOST_SPOILT:
                raise first_error
            from scipy import ndimage  # slow to load, and few slides are damaged

            nearest = ndimage.distance_transform_edt(bad, return_distances=False, return_indices=True)
            image = image[nearest[0], nearest[1]]
        return image

    def _source(self, wanted: float) -> Source:
        return choose_source(self.levels, self._scales, wanted)

    def _grid_px(self, source: Source) -> int:
        tile = self._tiles[source.level]
        return max(1, tile[0] // source.scale) if tile else 1

    def _mend(self, pixels: Pixels, box: Box, source: Source, spoilt: Sequence[Spoilt]) -> list[Spoilt]:
        """Fills spoilt parts of the box from finer levels, in place; returns those that stay spoilt."""
        holes = list(spoilt)
        for level in range(source.level - 1, -1, -1):
            downsample = self.levels[level].downsample
            scale = max(s for s in self._scales[level] if s * downsample <= source.downsample or s == 1)
            finer = Source(level, scale, downsample * scale)
            holes = [hole for hole in holes if not self._mend_hole(pixels, box, source, finer, hole.box)]
        return holes

    def _mend_hole(self, pixels: Pixels, box: Box, source: Source, finer: Source, hole: Box) -> bool:
        left, top = max(hole.left, box.left), max(hole.top, box.top)
        width, height = min(hole.right, box.right) - left, min(hole.bottom, box.bottom) - top
        x, y = left * source.downsample, top * source.downsample
        patch = cut(x, y, width, height, source.downsample, finer)
        found, spoilt = self._read_box(finer, patch.box)
        if spoilt:
            return False
        at_x, at_y = left - box.left, top - box.top
        pixels[at_y : at_y + height, at_x : at_x + width] = _resample(found, patch, width, height)
        return True


def _span(first: int, end: int, step: float, length: int) -> slice:
    """The px of an overview, `step` source px each, that source px `first` to `end` reach into."""
    return slice(max(0, floor(first / step)), min(length, ceil(end / step)))


def _resample(pixels: Pixels, wanted: Cut, width: int, height: int) -> Pixels:
    if wanted.exact is None:
        return pixels
    return _resize(Image.fromarray(pixels), wanted.box, wanted.exact, width, height)


def _resize(image: Image.Image, box: Box, exact: tuple[float, float, float, float], width: int, height: int) -> Pixels:
    """The exact part of the box as width x height px."""
    part = (exact[0] - box.left, exact[1] - box.top, exact[2] - box.left, exact[3] - box.top)
    inside = (max(part[0], 0), max(part[1], 0), min(part[2], image.width), min(part[3], image.height))
    halving = inside[2] - inside[0] >= _WHOLE_PX * width
    method = Image.Resampling.BOX if halving else Image.Resampling.BILINEAR
    return np.asarray(image.resize((width, height), method, box=inside))
