"""Focus: plans where to look at full resolution, and says how much of what was seen is out of focus.

A low-power picture looks sharp whether or not the scanner was in focus, so a sample of full-resolution patches is
taken, spread evenly over the tissue. Each is judged by how much of its structure survives at the finest scale:
the spread of fine detail (0.6-1.2 px) over that of coarse detail (2.4-4.8 px), in optical density of green, where
both stains show. The ratio does not depend on how strong the stain is or how many nuclei there are.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

PATCH_PX = 256
PATCH_COUNT = 32
"""Patches looked at. A: the share is then known to about 0.09 (binomial standard error at one half)."""
LEAST_PATCHES = 8
"""Looked at however little tissue there is; on little, more than cover it would see the same px again. A."""
FOCUS_MPP = 0.5
"""um per px at which focus is judged: the finest at which tile models commonly read. A."""
COARSEST_MPP = 1.2
"""Beyond this a nucleus (about 8 um) has too few px to show focus. A."""
SHARP_RATIO = 0.33
"""Below it a patch is out of focus. M: sharp patches of CMU-1, TCGA-CR-7395 and her2st_B4 have 0.45-1.1 (10th to 90th
percentile); blurred by 1.5 px (0.75 um) 0.25-0.41, by 2 px 0.21-0.30."""
LEAST_STRUCTURE = 0.015
"""Coarse detail under which a patch shows nothing to judge. M: sharp tissue has 0.03 and more."""


@dataclass(frozen=True)
class PatchPlan:
    """Where to read square patches: top left corners in level-0 px, side in px at `mpp` um per px."""

    corners: tuple[tuple[float, float], ...]
    px: int
    mpp: float


def plan_patches(
    tissue: npt.NDArray[np.bool_],
    slide_width: int,
    slide_height: int,
    slide_mpp: float,
    count: int = PATCH_COUNT,
) -> PatchPlan:
    """Picks the patches to read, always the same ones for the same mask: tissue px at even steps in scan order.

    tissue: bool (h, w) over the whole slide; slide_width, slide_height: level-0 px; slide_mpp: um per level-0 px.
    The plan is empty where there is no tissue or where the slide is too coarse to judge focus.
    """
    mpp = max(slide_mpp, FOCUS_MPP)
    held = np.flatnonzero(tissue)
    if slide_mpp > COARSEST_MPP or held.size == 0:
        return PatchPlan((), PATCH_PX, mpp)
    slide_um2 = slide_width * slide_height * slide_mpp**2
    cover = math.ceil(held.size / tissue.size * slide_um2 / (PATCH_PX * mpp) ** 2)
    steps = min(count, held.size, max(LEAST_PATCHES, cover))
    picked = held[((np.arange(steps) + 0.5) * held.size / steps).astype(np.int64)]
    rows, columns = np.divmod(picked, tissue.shape[1])
    side = PATCH_PX * mpp / slide_mpp
    x = (columns + 0.5) * slide_width / tissue.shape[1] - side / 2
    y = (rows + 0.5) * slide_height / tissue.shape[0] - side / 2
    x = np.clip(x, 0, max(0.0, slide_width - side))
    y = np.clip(y, 0, max(0.0, slide_height - side))
    corners = dict.fromkeys(zip(x.tolist(), y.tolist(), strict=True))
    return PatchPlan(tuple(corners), PATCH_PX, mpp)


def share_blurred(patches: npt.NDArray[np.uint8], mpp: float) -> float | None:
    """The share of the patches that is out of focus, 0..1; None where that cannot be judged.

    patches: uint8 (n, height, width, 3), RGB, read as planned; mpp: um per px at which they were read.
    Patches without structure are left out, unless hardly any has some: then the whole slide is blurred.
    """
    if len(patches) == 0 or mpp > COARSEST_MPP:
        return None
    ratios, structure = zip(*(_detail(patch) for patch in patches), strict=True)
    clear = np.asarray(structure) >= LEAST_STRUCTURE
    blurred = np.asarray(ratios) < SHARP_RATIO
    if clear.mean() < 0.3:
        return float((blurred | ~clear).mean())
    return float(blurred[clear].mean())


def _detail(patch: npt.NDArray[np.uint8]) -> tuple[float, float]:
    density = -np.log(np.maximum(patch[..., 1].astype(np.float32), 8.0) / 255.0)
    finest, fine, coarse, coarsest = (ndimage.gaussian_filter(density, sigma) for sigma in (0.6, 1.2, 2.4, 4.8))
    structure = float((coarse - coarsest).std())
    return float((finest - fine).std()) / max(structure, 1e-6), structure
