"""A slide at a glance: its low-power picture, where its tissue is, and whether it is fit to be scored."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.errors import RegionError
from inference.quality.checks import Quality
from inference.quality.focus import plan_patches, share_blurred
from inference.quality.judge import judge_quality
from inference.slides.slide import Pixels, Slide
from inference.tissue import find_tissue

OVERVIEW_PX = 2048
"""Longest side of the picture: 12 um/px on a section of 25 mm, where single glands can be told."""
_JPEG_QUALITY = 88


@dataclass(frozen=True)
class Overview:
    """image: uint8 (h, w, 3); tissue: bool (h, w), on the same px; tissue_mm2: None where the mpp is unknown."""

    image: Pixels
    tissue: npt.NDArray[np.bool_]
    tissue_mm2: float | None
    quality: Quality


def look_at(slide: Slide) -> Overview:
    """Looks at the whole slide and judges it. Raises RegionError where it cannot be read."""
    image = slide.thumbnail(OVERVIEW_PX)
    px_um = None if slide.mpp is None else picture_mpp(slide, slide.mpp, image)
    mpp = None if px_um is None else (px_um[0] + px_um[1]) / 2
    tissue = find_tissue(image, mpp)
    tissue_mm2 = None if px_um is None else float(tissue.sum()) * px_um[0] * px_um[1] / 1e6
    quality = judge_quality(image, tissue, mpp, _blurred(slide, tissue), slide.assumptions)
    return Overview(image, tissue, tissue_mm2, quality)


def _blurred(slide: Slide, tissue: npt.NDArray[np.bool_]) -> float | None:
    """The share of a sample of full-resolution patches that is out of focus; None where it cannot be judged."""
    if slide.mpp is None:
        return None
    plan = plan_patches(tissue, slide.width, slide.height, slide.mpp)
    patches = []
    for x, y in plan.corners:
        with suppress(RegionError):  # a patch that cannot be read is no patch; its tiles will be counted
            patches.append(slide.read_region(x, y, plan.px, plan.px, plan.mpp))
    return share_blurred(np.stack(patches), plan.mpp) if patches else None


def picture_mpp(slide: Slide, slide_mpp: float, picture: npt.NDArray[np.generic]) -> tuple[float, float]:
    """um per px, across and down, of a picture of the whole slide: array (h, w, ...)."""
    height, width = picture.shape[:2]
    return slide_mpp * slide.width / width, slide_mpp * slide.height / height


def write_thumbnail(overview: Overview, path: Path) -> None:
    """Writes the slide's picture as JPEG."""
    Image.fromarray(overview.image).save(path, "JPEG", quality=_JPEG_QUALITY)
