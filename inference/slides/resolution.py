"""What one px of a slide measures, who said so, and what to do where nobody did."""

import re
from dataclasses import dataclass
from pathlib import Path

from inference.errors import ResolutionError
from inference.slides.slide import Slide

LEAST_MPP, MOST_MPP = 0.05, 20.0
"""um per px between which a resolution makes sense: a 100x objective is near 0.1, a lens scan near 10."""
_SAME = 0.02
"""Two resolutions that differ by less are the same."""
_SQUARE, _NEARLY_SQUARE = 0.01, 0.10
_REMEDY = "Say it with --mpp, or in a text file {sidecar} beside the slide that holds the number of um per px."

_OME_UM = {"\u00b5m": 1.0, "um": 1.0, "nm": 1e-3, "mm": 1e3, "": 1.0}
"""OME-XML: PhysicalSizeXUnit, um where it is left out."""


@dataclass(frozen=True)
class Resolution:
    """um per level-0 px and who said it; with mpp None, `source` says why nothing is known."""

    mpp: float | None
    source: str
    assumptions: tuple[str, ...] = ()


def sidecar_of(path: Path) -> Path:
    """The text file beside a slide that may hold its um per px: `<file name>.mpp`."""
    return path.with_name(path.name + ".mpp")


def makes_sense(mpp: float) -> bool:
    """Whether a slide can have this many um per px."""
    return LEAST_MPP <= mpp <= MOST_MPP


def find_resolution(path: Path, stated: tuple[float, float] | None, source: str, given: float | None) -> Resolution:
    """um per px from what the caller gave, else the file's metadata, else the sidecar.

    stated: um per px along x and y as the metadata has them, and `source` names where they stand.
    px that are up to 10% from square are taken as square with the mean of both, and said so; beyond that the
    metadata is not believed. Raises ResolutionError where `given` makes no sense.
    """
    if given is not None:
        if not makes_sense(given):
            raise ResolutionError(
                f"{path.name}: {given:g} um per px makes no sense for a slide: "
                f"give a number from {LEAST_MPP:g} to {MOST_MPP:g}, such as 0.25 for a 40x scan"
            )
        return Resolution(given, "given by the user", _contradiction(given, stated, source))
    doubts: tuple[str, ...] = ()
    if stated is not None:
        mpp, doubt = _judge(stated, source)
        doubts = (doubt,) if doubt else ()
        if mpp is not None:
            return Resolution(mpp, source, doubts)
    sidecar = sidecar_of(path)
    if sidecar.is_file():
        mpp = _read_sidecar(sidecar)
        if mpp is not None:
            return Resolution(mpp, f"sidecar {sidecar.name}", doubts)
        doubts += (f"{sidecar.name} does not hold one number from {LEAST_MPP:g} to {MOST_MPP:g}, so it was ignored",)
    return Resolution(None, "; ".join(doubts) or "the file does not say how many um a px measures", doubts)


def _contradiction(given: float, stated: tuple[float, float] | None, source: str) -> tuple[str, ...]:
    """Says where a person and the file disagree by more than 2%; the person wins, and everybody is told."""
    if stated is None:
        return ()
    said = sum(stated) / 2
    if not makes_sense(said) or abs(given / said - 1) <= _SAME:
        return ()
    return (f"{given:g} um per px was given, though the {source} says {said:.4g}: the given one was used",)


def ome_mpp(description: str) -> tuple[float, float] | None:
    """PhysicalSizeX and PhysicalSizeY of the first image in a TIFF's OME-XML description, in um per px.

    The description is UTF-8 that TIFF libraries may have read as Latin-1.
    """
    text = description.replace("\u00c2\u00b5", "\u00b5").replace("\u00ce\u00bc", "\u00b5").replace("\u03bc", "\u00b5")
    sizes = []
    for axis in "XY":
        size = re.search(rf'\bPhysicalSize{axis}="([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"', text)
        unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]*)"', text)
        um = _OME_UM.get(unit.group(1) if unit else "")
        if size is None or um is None:
            return None
        sizes.append(float(size.group(1)) * um)
    return sizes[0], sizes[1]


def require_mpp(slide: Slide) -> float:
    """The slide's um per px. Raises ResolutionError with the remedy where it is unknown."""
    if slide.mpp is None:
        remedy = _REMEDY.format(sidecar=sidecar_of(slide.path).name)
        raise ResolutionError(f"{slide.path.name}: resolution unknown: {slide.mpp_source}. {remedy}")
    return slide.mpp


def _judge(stated: tuple[float, float], source: str) -> tuple[float | None, str]:
    """The mpp to use, or None, and a sentence where the metadata is not plain."""
    x, y = stated
    if not (makes_sense(x) and makes_sense(y)):
        return None, (
            f"the {source} gives {x:g} x {y:g} um per px, which makes no sense for a slide, so it was ignored"
        )
    mean = (x + y) / 2
    uneven = abs(x - y) / mean
    if uneven > _NEARLY_SQUARE:
        return None, f"the {source} gives px of {x:g} x {y:g} um, too far from square, so it was ignored"
    if uneven > _SQUARE:
        return mean, f"px of {x:g} x {y:g} um were taken as square with the mean, {mean:g} um"
    return mean, ""


def _read_sidecar(sidecar: Path) -> float | None:
    """The one number in the sidecar; a decimal comma is understood."""
    try:
        mpp = float(sidecar.read_text(encoding="utf-8-sig").strip().replace(",", "."))
    except (OSError, ValueError):
        return None
    return mpp if makes_sense(mpp) else None
