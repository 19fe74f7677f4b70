"""The tiles' scores as a small picture that the viewer colours itself, so that its threshold can be moved."""

import io
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from models.errors import ForrangError

LONGEST_PX: Final = 2048
"""Longest side of the picture; a slide with more tiles a side than that is drawn coarser. A."""

SCORED, FAILED = 255, 128
"""Green of a place that was scored, and of one whose tile could not be read; 0 where no tile was cut."""


class ScoreMapError(ForrangError):
    """The scores of a slide's tiles cannot be shown."""


@lru_cache(maxsize=32)
def score_map(folder: Path, size: tuple[int, int]) -> bytes:
    """A PNG of the whole slide: red is the score 0..1 as 0..255, green says what is known of the place.

    folder: a result's; it is named after all that it was made from. size: level-0 px. Where tiles overlap, the highest
    score shows. Raises ScoreMapError.
    """
    try:
        table = pq.read_table(folder / "tiles.parquet", columns=["x", "y", "width", "height", "score"])
        columns = [table[name].to_numpy() for name in ("x", "y", "width", "height", "score")]
    except (OSError, pa.ArrowException, KeyError) as error:
        raise ScoreMapError("the scores of this slide's tiles cannot be read; score the slide again") from error
    picture = Image.fromarray(_draw(*(np.asarray(it, float) for it in columns), size=size))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _draw(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    width: npt.NDArray[np.float64],
    height: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    *,
    size: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    """uint8 (rows, columns, 3). Two px a tile, so that a grid that does not begin at the slide's corner is true."""
    step = float(np.median(width)) / 2 if width.size else max(size)
    step = max(step, max(size) / LONGEST_PX)
    image = np.zeros((max(1, ceil(size[1] / step)), max(1, ceil(size[0] / step)), 3), np.uint8)
    known = np.isfinite(score)
    red = np.where(known, np.round(np.nan_to_num(score) * 255), 0).astype(np.uint8)
    left, top = np.rint(x / step).astype(int), np.rint(y / step).astype(int)
    right = np.maximum(np.rint((x + width) / step).astype(int), left + 1)
    bottom = np.maximum(np.rint((y + height) / step).astype(int), top + 1)
    for i in np.argsort(np.where(known, score, -1.0)):
        image[top[i] : bottom[i], left[i] : right[i]] = (red[i], SCORED if known[i] else FAILED, 0)
    return image
