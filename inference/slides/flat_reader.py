"""Plain images taken as slides: PNG, JPEG and untiled TIFF of at most 100 megapixels, held in memory."""

import warnings
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from inference.errors import UnreadableSlideError
from inference.slides.base import WHITE, BaseSlide, Spoilt
from inference.slides.resolution import Resolution, find_resolution, ome_mpp
from inference.slides.sampling import Box, Source
from inference.slides.slide import Level, Pixels

MOST_PX = 100_000_000
"""Largest plain image: 300 MB of RGB. Larger ones belong into tiles."""
_READERS: dict[bytes, tuple[str, Callable[[Path], Image.Image]]] = {
    b"\x89PNG\r\n\x1a\n": ("png", PngImageFile),
    b"\xff\xd8\xff": ("jpeg", JpegImageFile),
    b"II*\x00": ("tiff", TiffImageFile),
    b"MM\x00*": ("tiff", TiffImageFile),
    b"II+\x00": ("tiff", TiffImageFile),
    b"MM\x00+": ("tiff", TiffImageFile),
}
EIGHT_BIT = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
"""Kinds of px, as Pillow names them, that can be taken as RGB; it reads 16-bit RGB as its upper 8 bits."""
_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 270, 282, 283, 296
_UM_PER_UNIT = {2: 25_400.0, 3: 10_000.0}
"""TIFF 6.0, ResolutionUnit: 2 is inch, 3 is cm."""
_OPENING = Lock()


class FlatSlide(BaseSlide):
    """A plain image: one level, no tiles, all of it in memory."""

    def __init__(self, path: Path, kind: str, pixels: Pixels, resolution: Resolution) -> None:
        height, width = pixels.shape[:2]
        super().__init__(path, f"flat-{kind}", [Level(width, height, 1.0)], resolution)
        self._pixels = pixels

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """A plain image has none."""
        return {}

    def close(self) -> None:
        """Lets go of the px."""
        self._pixels = np.empty((0, 0, 3), np.uint8)

    def _read_box(self, source: Source, box: Box) -> tuple[Pixels, list[Spoilt]]:  # noqa: ARG002
        left, top = max(0, box.left), max(0, box.top)
        part = self._pixels[top : max(0, box.bottom), left : max(0, box.right)]
        if part.shape[:2] == (box.height, box.width):
            return part, []
        pixels = np.full((box.height, box.width, 3), WHITE, np.uint8)
        if part.size:
            down, across = top - box.top, left - box.left
            pixels[down : down + part.shape[0], across : across + part.shape[1]] = part
        return pixels, []


def open_flat(path: Path, mpp: float | None) -> FlatSlide:
    """Opens a plain image. Raises UnreadableSlideError where it is none, damaged, too large or not 8-bit."""
    with path.open("rb") as file:
        start = file.read(16)
    found = next((reader for magic, reader in _READERS.items() if start.startswith(magic)), None)
    if found is None:
        raise UnreadableSlideError(
            f"{path.name}: not a slide or image that can be read here: its content is of no known kind. "
            "Export it again from the scanner as SVS, NDPI, DICOM or pyramidal TIFF"
        )
    kind, reader = found
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with reader(path) as image:
                _check(path, image)
                stated = _stated_mpp(image)
                pixels = rgb_of(image)
        except (OSError, SyntaxError, ValueError, UnidentifiedImageError, EOFError, MemoryError) as error:
            raise UnreadableSlideError(
                f"{path.name}: this {kind.upper()} image is damaged or of a kind that cannot be read "
                f"({_plain(error, path)}). Copy the file again from its source, or export it as 8-bit RGB"
            ) from error
    return FlatSlide(path, kind, pixels, find_resolution(path, stated, "image's resolution tags", mpp))


def _check(path: Path, image: Image.Image) -> None:
    if image.width * image.height > MOST_PX:
        raise UnreadableSlideError(
            f"{path.name}: a plain image of {image.width} x {image.height} px is too large to hold in memory "
            f"(limit: {MOST_PX // 1_000_000} megapixels). Convert it to a tiled, pyramidal TIFF"
        )
    if image.mode not in EIGHT_BIT:
        raise UnreadableSlideError(
            f"{path.name}: px of kind {image.mode} are not 8-bit colour. Export the image as 8-bit RGB"
        )


def rgb_of(image: Image.Image) -> Pixels:
    """The image's px; what is transparent becomes white."""
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", image.size, (WHITE, WHITE, WHITE, WHITE))
        return np.asarray(Image.alpha_composite(background, rgba).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def _stated_mpp(image: Image.Image) -> tuple[float, float] | None:
    """um per px as the image says; screen resolutions (72 dpi is 353 um) are found absurd later on."""
    if isinstance(image, TiffImageFile):
        tags = image.tag_v2
        ome = ome_mpp(str(tags.get(_DESCRIPTION, "")))
        unit = _UM_PER_UNIT.get(tags.get(_RESOLUTION_UNIT, 2))
        x, y = float(tags.get(_X_RESOLUTION, 0)), float(tags.get(_Y_RESOLUTION, 0))
        return ome or ((unit / x, unit / y) if unit and x > 0 and y > 0 else None)
    dpi = image.info.get("dpi")
    if not dpi:
        return None
    return tuple(25_400.0 / value if value > 0 else inf for value in map(float, dpi))[:2]  # type: ignore[return-value]


def _plain(error: BaseException, path: Path) -> str:
    return (str(error) or type(error).__name__).replace(str(path), path.name)
