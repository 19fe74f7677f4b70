"""Makes large slides out of one small real one: blocks of its tissue on blank glass, as a JPEG pyramid.

Every block shows the same tissue, so only the tiles of one block are encoded; the slide is written from their bytes.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.phantoms.pyramid import encode_tile, level_size, write_pyramid
from inference.slides.open import open_slide
from inference.tissue import find_tissue

Pixels = npt.NDArray[np.uint8]
GLASS = 243
"""Grey level of the blank glass of the real slide."""
BLOCK_PX = 4096
"""Side of a block, level-0 px: a whole number of tiles on every level down to 1/16."""
PART_PX = 1024
"""Side of the part of the real slide that a block repeats, px of that slide."""
TILE_PX = 256
DOWNSAMPLES = (1, 4, 16, 64)
QUALITY = 70
"""Of JPEG, as in the real slide."""


def tissue_block(slide_path: Path, mpp: float) -> Pixels:
    """A block full of tissue, uint8 (BLOCK_PX, BLOCK_PX, 3), at `mpp` um per px: a part of the slide, mirrored."""
    with open_slide(slide_path) as slide:
        native = slide.mpp or mpp
        part = _densest_part(slide.read_region(0, 0, slide.width, slide.height, native), native)
    side = round(PART_PX * native / mpp)
    scaled = np.asarray(Image.fromarray(part).resize((side, side), Image.Resampling.BICUBIC))
    missing = (0, BLOCK_PX - side)
    return np.ascontiguousarray(np.pad(scaled, (missing, missing, (0, 0)), mode="symmetric"))


def _densest_part(image: Pixels, mpp: float) -> Pixels:
    """The PART_PX x PART_PX px of `image` with most tissue, on a grid of 128 px."""
    small = np.asarray(Image.fromarray(image).reduce(8))
    tissue = find_tissue(small, mpp * 8)
    side = PART_PX // 8
    places = [
        (float(tissue[y : y + side, x : x + side].mean()), y * 8, x * 8)
        for y in range(0, tissue.shape[0] - side + 1, 16)
        for x in range(0, tissue.shape[1] - side + 1, 16)
    ]
    _, top, left = max(places)
    return image[top : top + PART_PX, left : left + PART_PX]


def round_section(columns: int, rows: int, count: int) -> npt.NDArray[np.bool_]:
    """Which blocks of a grid hold tissue, bool (rows, columns): the `count` nearest to the middle."""
    x, y = (np.arange(n) - (n - 1) / 2 for n in (columns, rows))
    distance = (x[None, :] / columns) ** 2 + (y[:, None] / rows) ** 2
    chosen = np.zeros((rows, columns), np.bool_)
    chosen.flat[np.argsort(distance, axis=None, kind="stable")[:count]] = True
    return chosen


def write_mosaic(path: Path, size: tuple[int, int], mpp: float, block: Pixels, tissue: npt.NDArray[np.bool_]) -> None:
    """Writes a pyramid of `size` (width, height) px at `mpp` with `block` wherever `tissue` (rows, columns) says so."""
    levels = [_Level(block, tissue, downsample, level_size(size, downsample)) for downsample in DOWNSAMPLES]
    write_pyramid(path, size, mpp, lambda level, column, row: levels[level].tile(column, row), DOWNSAMPLES, TILE_PX)


class _Level:
    """One level's tiles, each encoded once."""

    def __init__(self, block: Pixels, tissue: npt.NDArray[np.bool_], downsample: int, size: tuple[int, int]) -> None:
        side = BLOCK_PX // downsample
        self._picture = np.asarray(Image.fromarray(block).resize((side, side), Image.Resampling.BOX))
        self._tissue = tissue
        self._tiles_a_block = side // TILE_PX
        self._glass = encode_tile(np.full((TILE_PX, TILE_PX, 3), GLASS, np.uint8), TILE_PX, QUALITY)
        self._encoded: dict[tuple[int, int], bytes] = {}
        self._whole = None if self._tiles_a_block else self._drawn(size)

    def tile(self, column: int, row: int) -> bytes:
        """The tile's JPEG bytes."""
        if self._whole is not None:
            top, left = row * TILE_PX, column * TILE_PX
            return encode_tile(self._whole[top : top + TILE_PX, left : left + TILE_PX], TILE_PX, QUALITY)
        (block_row, inner_row), (block_column, inner_column) = (divmod(n, self._tiles_a_block) for n in (row, column))
        inside = block_row < self._tissue.shape[0] and block_column < self._tissue.shape[1]
        if not inside or not self._tissue[block_row, block_column]:
            return self._glass
        place = (inner_column, inner_row)
        if place not in self._encoded:
            top, left = inner_row * TILE_PX, inner_column * TILE_PX
            part = self._picture[top : top + TILE_PX, left : left + TILE_PX]
            self._encoded[place] = encode_tile(part, TILE_PX, QUALITY)
        return self._encoded[place]

    def _drawn(self, size: tuple[int, int]) -> Pixels:
        """A level whose blocks are smaller than its tiles, drawn whole."""
        side = self._picture.shape[0]
        whole = np.full((size[1], size[0], 3), GLASS, np.uint8)
        for row, column in np.argwhere(self._tissue):
            area = whole[row * side : (row + 1) * side, column * side : (column + 1) * side]
            area[:] = self._picture[: area.shape[0], : area.shape[1]]
        return whole
