"""Finds the tissue on a low-power picture of a slide, so that only tissue is tiled, judged and scored.

Tissue is what is *coloured* against the glass around it and either *structured* or *strongly stained*:

- coloured: the optical densities of red, green and blue differ. Dust, coverslip lines, bubbles, slide edges and a
  scanner's black or white fill are grey, so they drop out however dark they are;
- structured or strong: a pink haze of eosin on the glass is coloured but smooth and weak, so it drops out too.

The glass is measured where it lies, since it is seldom even: each place is compared with the glass near it.
Adipose tissue is tissue: pale cells in a net of coloured walls. It is kept, since carcinoma that grows into fat is
what a reader must not lose; `inference.tiling` asks for a part of a tile only, so that fat costs few tiles.
Ink is no tissue, and `find_ink` says where it is: what lies under it cannot be scored.
"""

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage import morphology
from skimage.filters import threshold_otsu

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

WORKING_MPP = 8.0
"""um per px at which tissue is sought: cell walls of fat (about 60 um apart) are seen, single nuclei are not. A."""
WORKING_MAX_PX = 2500
"""Longest side that is looked at; a bigger picture is looked at more coarsely. A."""
CHROMA_RANGE = (0.07, 0.13)
"""Least difference of optical density between channels that counts as colour: Otsu's choice, kept in this range.
M: on the shared slides glass has 0.00-0.05 (with haze to 0.12), fat's walls 0.08-0.2, stroma 0.2 and more."""
STRONG_CHROMA = 0.24
"""A difference from which even a smooth place is tissue (a haze of eosin reaches 0.2). M, on her2st_B4."""
TEXTURE = 0.030
"""Least spread of optical density within about 80 um for a structure. M: haze 0.01-0.02, fat 0.04 and more."""
MIN_TISSUE_UM2 = 5_000.0
"""Smaller specks are dropped: 70 x 70 um, less than half a tile of the bundled model. A."""
MAX_HOLE_UM2 = 40_000.0
"""Smaller holes are filled: fat cells, lumina and cracks up to 200 x 200 um belong to the tissue. A."""


def find_tissue(image: Pixels, mpp: float | None) -> Mask:
    """Says for each px whether it is tissue.

    image: uint8 (h, w, 3), RGB, a low-power picture of the whole slide (8-16 um per px is best; finer is reduced).
    mpp: um per px of the picture; None where unknown, then a px is taken as `WORKING_MPP`.
    Returns bool (h, w).
    """
    height, width = image.shape[:2]
    factor = _reduction(height, width, mpp)
    small = _reduced(image, factor)
    um_per_px = WORKING_MPP if mpp is None else mpp * factor
    density = optical_density(small, glass_of(small))
    ink = _ink(small, density)
    tissue = _coloured_and_structured(density, ink)
    tissue = _tidy(tissue, um_per_px) & ~ink
    tissue = morphology.remove_small_objects(tissue, max_size=max(1, int(MIN_TISSUE_UM2 / um_per_px**2)))
    return _enlarged(tissue, factor, height, width)


def find_ink(image: Pixels, mpp: float | None) -> Mask:
    """Says for each px whether pen ink (green, blue, red or black) covers it. Shapes as `find_tissue`."""
    height, width = image.shape[:2]
    factor = _reduction(height, width, mpp)
    small = _reduced(image, factor)
    return _enlarged(_ink(small, optical_density(small, glass_of(small))), factor, height, width)


def glass_of(image: Pixels) -> Floats:
    """The colour that empty glass has or would have at each px: float32 (h, w, 3), 1-255.

    Bright smooth px are the glass; between them it is interpolated by a wide Gaussian, and far from any it is
    the commonest glass colour of the slide. White 255 where there is no bright px at all.
    """
    pixels = image.astype(np.float32)
    brightness = pixels.mean(axis=2)
    lit = brightness[brightness > 20]
    if lit.size == 0:
        return np.full(image.shape, 255.0, np.float32)
    bright = brightness > max(150.0, float(np.percentile(lit, 99)) - 60.0)
    steepness = ndimage.maximum_filter(ndimage.gaussian_gradient_magnitude(brightness, 1.0), 5)
    seeds = bright & (steepness < 4.0)
    if seeds.sum() < 0.001 * seeds.size:
        seeds = bright
    if not seeds.any():
        return np.full(image.shape, 255.0, np.float32)
    common = np.median(pixels[seeds], axis=0)
    step = max(1, min(image.shape[:2]) // 100)
    weights = _block_mean(seeds.astype(np.float32), step)
    spread = max(weights.shape) / 12
    near = ndimage.gaussian_filter(weights, spread)
    glass = np.empty(image.shape, np.float32)
    for channel in range(3):
        held = _block_mean(np.where(seeds, pixels[..., channel], 0.0).astype(np.float32), step)
        coarse = (ndimage.gaussian_filter(held, spread) + 0.02 * common[channel]) / (near + 0.02)
        glass[..., channel] = _bilinear(coarse, step, image.shape[0], image.shape[1])
    return np.maximum(glass, 1.0)


def optical_density(image: Pixels, glass: Floats) -> Floats:
    """Natural-log optical density against the glass, never below 0: float32 (h, w, 3)."""
    return np.maximum(-np.log(np.maximum(image.astype(np.float32), 1.0) / glass), 0.0).astype(np.float32)


def _coloured_and_structured(density: Floats, ink: Mask) -> Mask:
    smooth = ndimage.gaussian_filter(density, (0.7, 0.7, 0))
    chroma = smooth.max(axis=2) - smooth.min(axis=2)
    clear = chroma[~ink]
    low, high = CHROMA_RANGE
    chosen = threshold_otsu(np.minimum(clear, 0.4)) if clear.size and np.ptp(clear) > low else high
    green = density[..., 1]
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(green**2, 9) - ndimage.uniform_filter(green, 9) ** 2, 0.0))
    coloured = chroma > np.clip(chosen, low, high)
    return ((coloured & (spread > TEXTURE)) | (chroma > STRONG_CHROMA)) & ~ink


def _ink(image: Pixels, density: Floats) -> Mask:
    red, green, blue = (density[..., channel] for channel in range(3))
    is_green = (red - green > 0.20) & (red > 0.35)
    is_blue = (red - blue > 1.2) & (green - blue > 0.6)
    is_red = (green > 1.4) & (blue > 1.2) & (red < 0.25)
    is_black = image.max(axis=2) < 50
    ink = is_green | is_blue | is_red | is_black
    return ndimage.binary_dilation(morphology.remove_small_objects(ink, max_size=30), iterations=2)


def _tidy(tissue: Mask, um_per_px: float) -> Mask:
    reach = max(1, round(24.0 / um_per_px))
    padded = np.pad(tissue, 2 * reach)
    closed = ndimage.binary_closing(padded, morphology.disk(2 * reach))
    opened = ndimage.binary_opening(closed, morphology.disk(1))
    trimmed = opened[2 * reach : -2 * reach, 2 * reach : -2 * reach]
    return np.asarray(
        morphology.remove_small_holes(trimmed, max_size=max(1, int(MAX_HOLE_UM2 / um_per_px**2))), np.bool_
    )


def _reduction(height: int, width: int, mpp: float | None) -> int:
    by_size = -(-max(height, width) // WORKING_MAX_PX)
    by_resolution = 1 if mpp is None else int(WORKING_MPP / mpp + 0.01)
    return max(1, by_size, min(by_resolution, max(1, min(height, width) // 32)))


def _reduced(image: Pixels, factor: int) -> Pixels:
    if factor == 1:
        return image
    channels = [_block_mean(image[..., channel].astype(np.float32), factor) for channel in range(3)]
    return np.rint(np.stack(channels, axis=2)).astype(np.uint8)


def _block_mean(plane: Floats, step: int) -> Floats:
    if step == 1:
        return plane
    height, width = plane.shape
    down = np.add.reduceat(plane, np.arange(0, height, step), axis=0)
    both = np.add.reduceat(down, np.arange(0, width, step), axis=1)
    rows = np.minimum(step, height - np.arange(0, height, step))
    columns = np.minimum(step, width - np.arange(0, width, step))
    return (both / (rows[:, None] * columns[None, :])).astype(np.float32)


def _bilinear(coarse: Floats, step: int, height: int, width: int) -> Floats:
    rows = (np.arange(height, dtype=np.float32) + 0.5) / step - 0.5
    columns = (np.arange(width, dtype=np.float32) + 0.5) / step - 0.5
    grid = np.meshgrid(rows, columns, indexing="ij")
    return np.asarray(ndimage.map_coordinates(coarse, grid, order=1, mode="nearest"), np.float32)


def _enlarged(mask: Mask, factor: int, height: int, width: int) -> Mask:
    return mask.repeat(factor, axis=0).repeat(factor, axis=1)[:height, :width]
