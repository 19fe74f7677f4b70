"""Is this transmitted light and haematoxylin and eosin at all? Told from the colours of what is on the glass.

Optical densities of H&E are ordered: green highest, blue well below it, red anywhere up to a little over green.
DAB (immunohistochemistry) is brown: blue highest, red at least a third of it. Fluorescence is light on black. What is
none of these, a photograph say, is not what the models were shown.
"""

import numpy as np
import numpy.typing as npt

from inference.quality.checks import Check
from inference.tissue import glass_of, optical_density

LIT = 20
"""Grey level that a px of a scanned field exceeds in some channel; the scanner's black fill does not. A."""
BRIGHT = 90
"""Mean grey level that transmitted light exceeds. M: 94-100% of lit px on the shared H&E slides, 0% in fluorescence."""
LEAST_BRIGHT = 0.3
"""Least share of lit px that is bright. Between those two, A."""
LEAST_LIT = 0.02
LEAST_COLOURED = 0.15
"""Least share of the dense px that has colour. M: 0.77-1.0 on H&E (BreaKHis, IDC, the slides), 0 in grey; A between."""
LEAST_HE = 0.60
"""Least share of coloured px with the order of H&E. M: 0.82-1.0 on H&E, to 0.57 on photographs, 0.09 on DAB."""
MUCH_BROWN = 0.15
"""Share of DAB-like px from which the slide is called immunohistochemistry. M: 0.00-0.05 on H&E, 0.83 on DAB."""


def check_stain(image: npt.NDArray[np.uint8], ink: npt.NDArray[np.bool_]) -> Check:
    """Judges a low-power picture, uint8 (h, w, 3); px under ink (bool (h, w)) are left out. Value: share of H&E."""
    lit = image.max(axis=2) > LIT
    if lit.mean() < LEAST_LIT:
        return _rejected(0.0, "the picture is black: no light reached the camera; rescan in bright field")
    if (image.mean(axis=2)[lit] > BRIGHT).mean() < LEAST_BRIGHT:
        return _rejected(
            0.0,
            "not bright-field H&E: light on a black background, as in fluorescence; "
            "scan an H&E section in bright field, or read this slide without AI",
        )
    glass = np.median(glass_of(image), axis=(0, 1)).max()
    density = optical_density(image, np.full((1, 1, 3), glass, np.float32))
    dense = (density.mean(axis=2) > 0.1) & lit & (image.max(axis=2) > 40) & ~ink
    if not dense.any():
        return Check(name="stain", value=None, unit="share of H&E", verdict="ok", message="")
    red, green, blue = (density[..., channel][dense] for channel in range(3))
    coloured = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue) > 0.08
    if coloured.mean() < LEAST_COLOURED:
        return _rejected(0.0, "not H&E: the picture has no colour; rescan in colour, or check the stain")
    red, green, blue = red[coloured], green[coloured], blue[coloured]
    he = float(((blue <= 0.95 * green) & (red <= 1.2 * green)).mean())
    brown = float(((blue > 1.05 * green) & (red > 0.3 * blue) & (red < blue)).mean())
    if he + brown < LEAST_HE:
        return _rejected(
            he,
            f"not H&E: only {he:.0%} of the coloured area has the colours of H&E; "
            "check that this is an H&E slide and rescan, or read it without AI",
        )
    if brown > MUCH_BROWN:
        message = (
            f"{brown:.0%} of the coloured area is brown as in immunohistochemistry (DAB), "
            "which the model was never shown; do not rely on the score, read the slide"
        )
        return Check(name="stain", value=he, unit="share of H&E", verdict="warn", message=message)
    return Check(name="stain", value=he, unit="share of H&E", verdict="ok", message="")


def _rejected(value: float, message: str) -> Check:
    return Check(name="stain", value=value, unit="share of H&E", verdict="reject", message=message)
