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
from PIL import Image
from scipy import ndimage
from skimage import morphology
from skimage.filters import threshold_otsu

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

WORKING_MPP = 8.0
"""um per px at which tissue is sought: cell walls of fat (about 60 um apart) are seen, single nuclei are not. A."""
WORKING_MAX_PX = 2000
"""Longest side that is looked at; a bigger picture is looked at more coarsely. A."""
CHROMA_RANGE = (0.07, 0.13)
"""Least difference of optical density between channels that counts as colour: Otsu's choice, kept in this range.
M: on the shared slides glass has 0.00-0.05 (with haze to 0.12), fat's walls 0.08-0.2, stroma 0.2 and more."""
STRONG_CHROMA = 0.24
"""A difference from which even a smooth place is tissue (a haze of eosin reaches 0.2). M, on her2st_B4."""
WINDOW_PX = 9
"""Side of the window in which structure is measured, about 70 um: one fat cell. A."""
TEXTURE = 0.030
"""Least spread of optical density in the window for a structure. M, on her2st_B4: haze to 0.02, stroma from 0.08."""
PALE_CHROMA, PALE_TEXTURE = 0.030, 0.050
"""The same for pale tissue that hangs together with surer tissue: fat and loose stroma. M, on her2st_B4: fat and
loose stroma 0.03-0.08 and 0.08-0.14 (medians), haze and smudges to 0.03 and 0.02."""
MIN_TISSUE_UM2 = 5_000.0
"""Smaller specks are dropped: 70 x 70 um, less than half a tile of the bundled model. A."""
MIN_INK_UM2 = 10_000.0
"""Smaller dark blots are dense nuclei or dust and no pen stroke. M: strokes from 40,000, dense nuclei to 4,200."""
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
    ink = _ink(small, density, um_per_px)
    tissue = _coloured_and_structured(density, ink)
    tissue = _tidy(tissue, um_per_px) & ~ink
    least = max(1, int(MIN_TISSUE_UM2 / um_per_px**2))
    tissue = np.asarray(morphology.remove_small_objects(tissue, max_size=least), np.bool_)
    return _enlarged(tissue, factor, height, width)


def find_ink(image: Pixels, mpp: float | None) -> Mask:
    """Says for each px whether pen ink (green, blue, red or black) covers it. Shapes as `find_tissue`."""
    height, width = image.shape[:2]
    factor = _reduction(height, width, mpp)
    small = _reduced(image, factor)
    um_per_px = WORKING_MPP if mpp is None else mpp * factor
    return _enlarged(_ink(small, optical_density(small, glass_of(small)), um_per_px), factor, height, width)


def coarser(image: Pixels, mask: Mask, mpp: float | None, target_mpp: float) -> tuple[Pixels, Mask, float]:
    """The picture, and a mask of it, reduced to about `target_mpp`, and um per px there.

    Without a resolution a px is taken as `WORKING_MPP`, here as everywhere in this file.
    """
    um_per_px = mpp or WORKING_MPP
    factor = max(1, min(round(target_mpp / um_per_px), min(mask.shape) // 32))
    return _reduced(image, factor), _block_mean(mask.astype(np.float32), factor) > 0.5, um_per_px * factor


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
    seeds = np.asarray(bright & (steepness < 4.0), np.bool_)
    if seeds.sum() < 0.005 * seeds.size:
        whitest = np.percentile(pixels[brightness > 20], 99.5, axis=0)
        return np.broadcast_to(np.maximum(whitest, 1.0).astype(np.float32), image.shape)
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
    chroma = _chroma(density)
    clear = chroma[~ink]
    low, high = CHROMA_RANGE
    chosen = _otsu(clear) if clear.size else high
    green = density[..., 1]
    spread = ndimage.uniform_filter(green * green, WINDOW_PX) - ndimage.uniform_filter(green, WINDOW_PX) ** 2
    structured = (chroma > min(max(chosen, low), high)) & (spread > TEXTURE**2)
    sure = (structured | (chroma > STRONG_CHROMA)) & ~ink
    pale = (ndimage.uniform_filter(chroma, WINDOW_PX) > PALE_CHROMA) & (spread > PALE_TEXTURE**2) & ~ink
    return np.asarray(sure | _touching(ndimage.minimum_filter(pale, WINDOW_PX - 2) & ~ink, sure), np.bool_)


def _touching(mask: Mask, others: Mask) -> Mask:
    """The connected parts of `mask` in which some of `others` lies."""
    parts, count = ndimage.label(mask)
    chosen = np.zeros(count + 1, np.bool_)
    chosen[parts[others & mask]] = True
    chosen[0] = False
    return np.asarray(chosen[parts], np.bool_)


def _chroma(density: Floats) -> Floats:
    red, green, blue = (ndimage.uniform_filter(density[..., channel], 3) for channel in range(3))
    return np.asarray(np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue), np.float32)


def _otsu(values: Floats) -> float:
    clipped = np.minimum(values, 0.4)
    return float(threshold_otsu(clipped)) if np.ptp(clipped) > 0 else 0.0  # type: ignore[no-untyped-call]


def _ink(image: Pixels, density: Floats, um_per_px: float) -> Mask:
    red, green, blue = (density[..., channel] for channel in range(3))
    is_green = (red - green > 0.20) & (red > 0.35)
    is_blue = (red - blue > 1.2) & (green - blue > 0.6)
    is_red = (green > 1.4) & (blue > 1.2) & (red < 0.25)
    brightest = np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])
    darkest = np.minimum(np.minimum(image[..., 0], image[..., 1]), image[..., 2])
    is_black = (brightest < 50) & (brightest - darkest < 20)
    ink = is_green | is_blue | is_red | is_black
    if not ink.any():
        return np.asarray(ink, np.bool_)
    solid = morphology.remove_small_objects(ink, max_size=int(MIN_INK_UM2 / um_per_px**2))
    return np.asarray(ndimage.binary_dilation(solid, iterations=2), np.bool_)


def _tidy(tissue: Mask, um_per_px: float) -> Mask:
    reach = max(1, round(48.0 / um_per_px))
    padded = np.pad(tissue, reach).astype(np.uint8)
    closed = ndimage.grey_closing(padded, size=(2 * reach + 1, 2 * reach + 1))
    opened = ndimage.grey_opening(closed, size=(3, 3))[reach:-reach, reach:-reach] > 0
    largest = max(1, int(MAX_HOLE_UM2 / um_per_px**2))
    return np.asarray(morphology.remove_small_holes(opened, max_size=largest), np.bool_)


def _reduction(height: int, width: int, mpp: float | None) -> int:
    by_size = -(-max(height, width) // WORKING_MAX_PX)
    by_resolution = 1 if mpp is None else round(WORKING_MPP / mpp)
    return max(1, by_size, min(by_resolution, min(height, width) // 32))


def _reduced(image: Pixels, factor: int) -> Pixels:
    return image if factor == 1 else np.asarray(Image.fromarray(image).reduce(factor), np.uint8)


def _block_mean(plane: Floats, step: int) -> Floats:
    """Means of step x step px; the last row and column of blocks may be smaller."""
    return plane if step == 1 else np.asarray(Image.fromarray(plane).reduce(step), np.float32)


def _bilinear(coarse: Floats, step: int, height: int, width: int) -> Floats:
    """Takes block means back to full size without steps."""
    whole = (coarse.shape[1] * step, coarse.shape[0] * step)
    return np.asarray(Image.fromarray(coarse).resize(whole, Image.Resampling.BILINEAR), np.float32)[:height, :width]


def _enlarged(mask: Mask, factor: int, height: int, width: int) -> Mask:
    return mask.repeat(factor, axis=0).repeat(factor, axis=1)[:height, :width]
