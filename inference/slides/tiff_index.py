"""Where the JPEG tiles of a TIFF slide lie: the index that the direct path reads by.

Only what is known entirely is taken; anything else is OpenSlide's. TIFF 6.0 with the JPEG supplement
(Technical Note 2), and Aperio's use of it: photometric RGB means that the JPEG's channels are RGB.
"""

import logging
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import tifffile

from inference.slides.codecs import JpegCodec, JpegColour
from inference.slides.slide import Level
from inference.slides.tiled import StoredLevel

_DIRECT_VENDORS = frozenset({"aperio", "generic-tiff"})
"""Plain grids of tiles. Other vendors' tiles overlap, lie in several areas, or are padded: OpenSlide's."""
_JPEG = 7
_CONTIGUOUS = 1
_COLOURS: dict[int, JpegColour] = {2: "RGB", 6: "YCbCr"}
_UNKNOWN = (
    tifffile.TiffFileError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)
"""What tifffile raises over an index that is damaged or that it does not understand."""

logging.getLogger("tifffile").propagate = False
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def find_stored_levels(path: Path, vendor: str, levels: Sequence[Level]) -> list[StoredLevel] | None:
    """The stored tiles of each of OpenSlide's `levels`, or None where the direct path does not know the file."""
    if vendor not in _DIRECT_VENDORS:
        return None
    try:
        with tifffile.TiffFile(path) as tiff, path.open("rb") as file:
            pages = [page for page in tiff.pages if isinstance(page, tifffile.TiffPage) and page.is_tiled]
            if len({(page.imagewidth, page.imagelength) for page in pages}) != len(pages):
                return None
            by_size = {(page.imagewidth, page.imagelength): page for page in pages}
            stored = [_stored_level(by_size.get((level.width, level.height)), level, file.fileno()) for level in levels]
    except _UNKNOWN:
        return None
    known = [level for level in stored if level is not None]
    return known if len(known) == len(levels) else None


def _stored_level(page: tifffile.TiffPage | None, level: Level, file: int) -> StoredLevel | None:
    if (
        page is None
        or page.compression != _JPEG
        or page.photometric not in _COLOURS
        or page.planarconfig != _CONTIGUOUS
        or page.samplesperpixel != 3
        or page.bitspersample != 8
        or page.imagedepth != 1
        or page.tiledepth != 1
    ):
        return None
    tile = (int(page.tilewidth), int(page.tilelength))
    colour = _COLOURS[page.photometric]
    codec = JpegCodec.of(page.jpegtables or b"", colour)
    stored = StoredLevel(level, tile, tuple(page.dataoffsets), tuple(page.databytecounts), codec)
    if len(stored.offsets) != stored.columns * stored.rows or len(stored.counts) != len(stored.offsets):
        return None
    present = next((index for index, count in enumerate(stored.counts) if count), None)
    if present is None:
        return stored
    sample = os.pread(file, stored.counts[present], stored.offsets[present])
    return stored if codec.colour_of(sample, tile) == colour else None
