"""Cuts labelled tiles from the regions that people drew on a slide, on the grid on which a model reads the slide."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from inference.errors import RegionError
from inference.overview import OVERVIEW_PX, picture_mpp
from inference.slides.resolution import require_mpp
from inference.slides.slide import Pixels, Slide
from inference.tiling import tile_rows
from inference.tissue import find_tissue

LEAST_WITHIN: Final = 0.5
"""Least part of a tile that must lie in regions of one class for the tile to be of it (A)."""


@dataclass(frozen=True)
class Outlines:
    """What was drawn, joined by class; level-0 px."""

    positive: shapely.Geometry
    negative: shapely.Geometry
    ignore: shapely.Geometry
    """Neither; what lies under it teaches nothing."""
    rest_negative: bool = False
    """Whether all tissue that no region touches is negative: only where everything positive was outlined."""


@dataclass(frozen=True)
class LabelledTile:
    """A tile: uint8 (tile_px, tile_px, 3), its label (1 or 0), its upper left corner and its side, level-0 px."""

    pixels: Pixels
    label: int
    x: float
    y: float
    side: float


def cut_labelled(slide: Slide, outlines: Outlines, tile_px: int, mpp: float) -> Iterator[LabelledTile | RegionError]:
    """The tiles of tissue that have a label, or the error that spoilt one.

    tile_px: side, px at `mpp` um per px. Raises ResolutionError where the slide's own um per px is unknown, RegionError
    where not even its overview can be read.
    """
    slide_mpp = require_mpp(slide)
    side = tile_px * mpp / slide_mpp
    picture = slide.thumbnail(OVERVIEW_PX)
    px_um = picture_mpp(slide, slide_mpp, picture)
    tissue = find_tissue(picture, (px_um[0] + px_um[1]) / 2)
    for row in tile_rows(tissue, px_um, slide.width, slide.height, slide_mpp, tile_px, mpp):
        labels = tile_labels(np.array(row.xs), row.y, side, outlines)
        wanted = np.flatnonzero(labels >= 0)
        xs = [row.xs[at] for at in wanted]
        for index, pixels in slide.read_row(row.y, xs, tile_px, mpp) if xs else ():
            if isinstance(pixels, RegionError):
                yield pixels
            else:
                yield LabelledTile(pixels, int(labels[wanted[index]]), xs[index], row.y, side)


def tile_labels(xs: npt.NDArray[np.float64], y: float, side: float, outlines: Outlines) -> npt.NDArray[np.int64]:
    """Of a row of tiles: 1 or 0 where enough of it lies in regions of that class and none of it in another's; else -1.

    xs, y: upper left corners, and side, all in level-0 px.
    """
    boxes = shapely.box(xs, y, xs + side, y + side)
    positive, negative, ignore = (
        shapely.area(shapely.intersection(boxes, it)) / side**2
        for it in (outlines.positive, outlines.negative, outlines.ignore)
    )
    labels = np.full(len(xs), -1, np.int64)
    labels[(positive >= LEAST_WITHIN) & (negative == 0) & (ignore == 0)] = 1
    in_negative = (negative >= LEAST_WITHIN) | outlines.rest_negative
    labels[in_negative & (positive == 0) & (ignore == 0)] = 0
    return labels
