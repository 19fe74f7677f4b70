"""A slide at a glance: its low-power picture, where its tissue is, and whether it is fit to be scored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.errors import SlideError
from inference.quality import Quality, judge_quality
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
    px_um = mask_mpp(slide, image)
    mpp = None if px_um is None else (px_um[0] + px_um[1]) / 2
    tissue = find_tissue(image, mpp)
    tissue_mm2 = None if px_um is None else float(tissue.sum()) * px_um[0] * px_um[1] / 1e6
    return Overview(image, tissue, tissue_mm2, judge_quality(image, tissue, mpp, None, slide.assumptions))


def mask_mpp(slide: Slide, image: npt.NDArray[np.generic]) -> tuple[float, float] | None:
    """um per px of a picture of the whole slide, across and down; None where the slide's mpp is unknown."""
    if slide.mpp is None:
        return None
    height, width = image.shape[:2]
    return slide.mpp * slide.width / width, slide.mpp * slide.height / height


def write_thumbnail(overview: Overview, path: Path) -> None:
    """Writes the slide's picture as JPEG."""
    Image.fromarray(overview.image).save(path, "JPEG", quality=_JPEG_QUALITY)
