"""Slides through OpenSlide: every format it knows, and the oracle for the direct path."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import openslide
from PIL import Image

from inference.errors import RegionError
from inference.slides.base import WHITE, BaseSlide, Spoilt
from inference.slides.resolution import Resolution, ome_mpp
from inference.slides.sampling import Box, Source
from inference.slides.slide import Level, Pixels

_BLOCK_PX = 256
"""Side of the blocks in which a spoilt region is searched where the file does not say its tile size."""

_PROBES = ((0.5, 0.5), (0.25, 0.25), (0.75, 0.75), (0.25, 0.75), (0.75, 0.25))


class OpenSlideSlide(BaseSlide):
    """A slide that OpenSlide reads. OpenSlide's handles are thread-safe, but one that failed once fails for ever."""

    def __init__(
        self,
        path: Path,
        handle: openslide.OpenSlide,
        resolution: Resolution,
        assumptions: Sequence[str] = (),
    ) -> None:
        levels = levels_of(handle)
        self._handle = handle
        self._lock = Lock()
        self._closed = False
        vendor = handle.properties.get(openslide.PROPERTY_NAME_VENDOR, "unknown")
        tiles = [stored_tile_of(handle, level) for level in range(len(levels))]
        super().__init__(path, vendor, levels, resolution, assumptions, tiles)

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""
        return associated_images(self.path)

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if not self._closed:
                self._handle.close()
            self._closed = True

    def check_decodes(self) -> None:
        """Raises RegionError where no spot of the coarsest level that is tried can be decoded: a codec is missing."""
        level = len(self.levels) - 1
        coarsest = self.levels[level]
        error: RegionError | None = None
        for x, y in _PROBES:
            spot = Box(int(coarsest.width * x), int(coarsest.height * y), 1, 1)
            spoilt = self._read_box(Source(level, 1, coarsest.downsample), spot)[1]
            if not spoilt:
                return
            error = spoilt[0].error
        if error is not None:
            raise error

    def _read_box(self, source: Source, box: Box) -> tuple[Pixels, list[Spoilt]]:
        try:
            return self._read(source, box), []
        except RegionError as error:
            halves = self._halves(source.level, box)
            if not halves:
                return np.full((box.height, box.width, 3), WHITE, np.uint8), [Spoilt(box, error)]
        parts = [self._read_box(source, half) for half in halves]
        axis = 0 if halves[0].height < box.height else 1
        return np.concatenate([pixels for pixels, _ in parts], axis), parts[0][1] + parts[1][1]

    def _halves(self, level: int, box: Box) -> tuple[Box, Box] | None:
        """The box cut in two at a stored tile's edge near its middle; None where it lies in one stored tile."""
        tile = self._tiles[level] or (_BLOCK_PX, _BLOCK_PX)
        column = _edge_near_middle(box.left, box.right, tile[0])
        row = _edge_near_middle(box.top, box.bottom, tile[1])
        if row is not None and (column is None or box.height > box.width):
            return (
                Box(box.left, box.top, box.width, row - box.top),
                Box(box.left, row, box.width, box.bottom - row),
            )
        if column is not None:
            return (
                Box(box.left, box.top, column - box.left, box.height),
                Box(column, box.top, box.right - column, box.height),
            )
        return None

    def _read(self, source: Source, box: Box) -> Pixels:
        """Reads the box; after an error once more with a fresh handle, since the error may be older than this."""
        at = (round(box.left * source.downsample), round(box.top * source.downsample))
        with self._lock:
            handle, closed = self._handle, self._closed
        if closed:
            raise RegionError(f"{self.path.name}: the slide was closed. Open it again")
        try:
            return _on_white(handle.read_region(at, source.level, (box.width, box.height)))
        except openslide.OpenSlideError:
            pass
        try:
            fresh = openslide.OpenSlide(self.path)
            pixels = _on_white(fresh.read_region(at, source.level, (box.width, box.height)))
        except (openslide.OpenSlideError, OSError) as error:
            raise RegionError(
                f"{self.path.name}: {box.width} x {box.height} px of level {source.level} at "
                f"({box.left}, {box.top}) cannot be decoded: {without_folder(str(error), self.path)}. "
                "Copy the file again from its source, or scan the slide again"
            ) from error
        with self._lock:
            self._handle = fresh
        return pixels


def levels_of(handle: openslide.OpenSlide) -> tuple[Level, ...]:
    """The slide's levels, finest first."""
    return tuple(
        Level(width, height, downsample)
        for (width, height), downsample in zip(handle.level_dimensions, handle.level_downsamples, strict=True)
    )


def stored_tile_of(handle: openslide.OpenSlide, level: int) -> tuple[int, int] | None:
    """Width and height in px of the level's stored tiles, where it has tiles."""
    width = handle.properties.get(f"openslide.level[{level}].tile-width")
    height = handle.properties.get(f"openslide.level[{level}].tile-height")
    return (int(width), int(height)) if width and height else None


def stated_mpp(handle: openslide.OpenSlide) -> tuple[float, float] | None:
    """um per px along x and y as the file's metadata have them."""
    try:
        return (
            float(handle.properties[openslide.PROPERTY_NAME_MPP_X]),
            float(handle.properties[openslide.PROPERTY_NAME_MPP_Y]),
        )
    except (KeyError, ValueError):
        return ome_mpp(handle.properties.get(openslide.PROPERTY_NAME_COMMENT, ""))


def associated_images(path: Path) -> dict[str, Pixels]:
    """Label, macro and whatever else is stored beside the scan, but its thumbnail.

    Opens the file anew: one of these that is damaged would spoil a handle that reads the scan.
    Raises RegionError where one cannot be decoded.
    """
    found: dict[str, Pixels] = {}
    try:
        with openslide.OpenSlide(path) as handle:
            for name in handle.associated_images:
                if name != "thumbnail":
                    found[name] = _on_white(handle.associated_images[name])
    except (openslide.OpenSlideError, OSError) as error:
        raise RegionError(
            f"{path.name}: its label or macro image cannot be decoded ({without_folder(str(error), path)}). "
            "Copy the file again from its source"
        ) from error
    return found


def without_folder(message: str, path: Path) -> str:
    """A library's message with the file's name in place of its path, which may identify a patient."""
    return message.replace(str(path.absolute()), path.name).replace(str(path), path.name)


def _edge_near_middle(first: int, end: int, step: int) -> int | None:
    edge = round((first + end) / 2 / step) * step
    return edge if first < edge < end else None


def _on_white(image: Image.Image) -> Pixels:
    rgba = np.asarray(image.convert("RGBA"))
    if rgba[..., 3].min(initial=WHITE) == WHITE:
        return rgba[..., :3]
    background = Image.new("RGBA", image.size, (WHITE, WHITE, WHITE, WHITE))
    return np.asarray(Image.alpha_composite(background, image.convert("RGBA")).convert("RGB"))
