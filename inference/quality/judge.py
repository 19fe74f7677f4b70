"""Puts all quality checks of a slide together."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.quality.checks import Check, Quality, graded, worst
from inference.quality.stain import check_stain
from inference.tissue import coarser, find_ink

LITTLE_TISSUE_MM2 = 0.05
"""Less tissue than this is a warning: a few cell groups, 220 x 220 um. A."""
BLURRED_WARN, BLURRED_REJECT = 0.25, 0.60
"""Share of the tissue out of focus. A: a quarter may hold the lesion; at 60% a rescan is cheaper than a doubt."""
INKED_WARN, INKED_REJECT = 0.03, 0.60
"""Share of the tissue and its neighbourhood under ink. M: 0.15 on the pen-marked slide, 0 on clean ones; reject A."""
CLIPPED_WARN, CLIPPED_REJECT = 0.10, 0.50
"""Share of tissue px at the end of the camera's range. M: under 0.01 on the shared slides; limits A."""
NEAR_TISSUE_UM = 160.0
"""Ink this near to tissue may hide some. A."""
JUDGED_MPP = 24.0
"""um per px at which colours are judged: strokes and shares of colour need no finer. A."""


def judge_quality(
    image: npt.NDArray[np.uint8],
    tissue: npt.NDArray[np.bool_],
    mpp: float | None,
    sharpness: float | None = None,
    assumptions: tuple[str, ...] = (),
) -> Quality:
    """Judges a slide from a low-power picture of it.

    image: uint8 (h, w, 3), RGB; tissue: bool (h, w), what `find_tissue` found on it.
    mpp: um per px of the picture, None where unknown.
    sharpness: share of the tissue out of focus as `share_blurred` says; None where it could not be judged.
    assumptions: what the reader had to assume, handed through.
    Where the stain is rejected, exposure and pen are left out: their numbers hold for H&E only.
    """
    small, held, um_per_px = coarser(image, tissue, mpp, JUDGED_MPP)
    ink = find_ink(small, um_per_px)
    stain = check_stain(small, ink)
    checks: tuple[Check, ...] = (stain, _tissue_area(tissue, mpp), _sharpness(sharpness))
    if stain.verdict != "reject":
        checks = (*checks, _saturation(small, held), _pen(held, ink, um_per_px))
    return Quality(verdict=worst(checks), checks=checks, assumptions=assumptions)


def _tissue_area(tissue: npt.NDArray[np.bool_], mpp: float | None) -> Check:
    px = int(tissue.sum())
    area = None if mpp is None else px * mpp**2 / 1e6
    if px == 0:
        message = "no tissue found: check that the slide holds a section and that it was scanned whole; rescan if so"
        return Check(name="tissue_area", value=0.0, unit="mm2", verdict="reject", message=message)
    if area is None:
        message = "the area is not known, since the slide's resolution is not; give it with --mpp"
        return Check(name="tissue_area", value=None, unit="mm2", verdict="ok", message=message)
    if area < LITTLE_TISSUE_MM2:
        message = f"only {area:.3f} mm² of tissue: check that the section was scanned whole"
        return Check(name="tissue_area", value=area, unit="mm2", verdict="warn", message=message)
    return Check(name="tissue_area", value=area, unit="mm2", verdict="ok", message="")


def _sharpness(blurred: float | None) -> Check:
    unit = "share of tissue out of focus"
    if blurred is None:
        message = "focus was not judged: the slide's resolution is too low for it, unknown, or there is no tissue"
        return Check(name="sharpness", value=None, unit=unit, verdict="ok", message=message)
    verdict = graded(blurred, BLURRED_WARN, BLURRED_REJECT)
    message = {
        "ok": "",
        "warn": f"{blurred:.0%} of the tissue is out of focus: look there yourself, or rescan",
        "reject": f"rescan: {blurred:.0%} of the tissue is out of focus",
    }[verdict]
    return Check(name="sharpness", value=blurred, unit=unit, verdict=verdict, message=message)


def _saturation(image: npt.NDArray[np.uint8], tissue: npt.NDArray[np.bool_]) -> Check:
    unit = "share of tissue at the end of the camera's range"
    if not tissue.any():
        message = "exposure was not judged: there is no tissue"
        return Check(name="saturation", value=None, unit=unit, verdict="ok", message=message)
    pixels = image[tissue]
    black = float((pixels.max(axis=1) < 25).mean())
    clipped = float((pixels.min(axis=1) <= 2).mean())
    value = max(black, clipped)
    verdict = graded(value, CLIPPED_WARN, CLIPPED_REJECT)
    what = f"{value:.0%} of the tissue is too dark or too strongly coloured for the camera"
    message = {
        "ok": "",
        "warn": f"{what}: check the scanner's exposure",
        "reject": f"correct the scanner's exposure and rescan: {what}",
    }[verdict]
    return Check(name="saturation", value=value, unit=unit, verdict=verdict, message=message)


def _pen(tissue: npt.NDArray[np.bool_], ink: npt.NDArray[np.bool_], um_per_px: float) -> Check:
    unit = "share of tissue's neighbourhood under ink"
    reach = 2 * max(1, round(NEAR_TISSUE_UM / um_per_px)) + 1
    near = ink & ndimage.maximum_filter(tissue, reach)
    value = float(near.sum() / max(1, int((near | tissue).sum())))
    verdict = graded(value, INKED_WARN, INKED_REJECT)
    message = {
        "ok": "",
        "warn": f"pen covers {value:.0%} of the tissue and what is near it: nothing under it is scored; look there",
        "reject": f"pen covers {value:.0%} of the tissue and what is near it: wipe the slide and rescan",
    }[verdict]
    return Check(name="pen", value=value, unit=unit, verdict=verdict, message=message)
