"""Tile scores as a picture that lies over the slide's thumbnail."""

import numpy as np
import numpy.typing as npt

RAMP = ((0.0, (69, 117, 180)), (0.5, (254, 224, 144)), (1.0, (215, 48, 39)))
"""Score and colour: blue, sand, red; told apart by people with any of the common colour deficiencies."""


def colours(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """The ramp's colour of each score in 0..1: uint8 (..., 3)."""
    stops = [stop for stop, _ in RAMP]
    channels = [np.interp(scores, stops, [colour[c] for _, colour in RAMP]) for c in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def draw_heatmap(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    tile_size: float,
    scores: npt.NDArray[np.float64],
    slide_size: tuple[int, int],
    image_size: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    """Paints each tile where it lies, the highest score on top: uint8 RGBA (height, width, 4).

    x, y, tile_size: level-0 px; scores: 0..1, nan where a tile failed (painted grey); sizes are (width, height).
    Everything but the tiles is transparent.
    """
    image = np.zeros((image_size[1], image_size[0], 4), np.uint8)
    known = np.isfinite(scores)
    rgb = np.where(known[:, None], colours(np.nan_to_num(scores)), 128)
    x_scale, y_scale = image_size[0] / slide_size[0], image_size[1] / slide_size[1]
    left, right = _edges(x, tile_size, x_scale)
    top, bottom = _edges(y, tile_size, y_scale)
    for i in np.argsort(np.where(known, scores, -1.0)):
        image[top[i] : bottom[i], left[i] : right[i]] = (*rgb[i], 255)
    return image


def _edges(
    start: npt.NDArray[np.float64], length: float, scale: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    low = np.rint(start * scale).astype(np.int64)
    high = np.rint((start + length) * scale).astype(np.int64)
    return low, np.maximum(high, low + 1)
