"""Copies a slide's file without its label, its macro image and the words of its scanner; the pixels stay as they are.

The copy is written anew from the stored tiles, so that nothing of the removed images is left in it, and is opened
again to prove it. What cannot be cleaned so is refused. Writing within the section itself is not seen.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import openslide
import tifffile

from inference.slides.tiff_writing import (
    ASCII,
    CLASSIC_LIMIT,
    LONG,
    LONG8,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Tag,
    write_header,
    write_index,
    write_tiles,
)
from worklist.errors import CleaningError
from worklist.trail.identity_guard import find_identity

_CLEANED: Final = frozenset({"aperio", "generic-tiff"})
"""Formats, by OpenSlide's names, whose files are TIFF with their levels as tiled pages."""

_KEPT_WORDS: Final = re.compile(r"^(?:MPP|AppMag) = [\d.]+$")
"""What is kept of Aperio's description: the resolution. Not kept: file name, user, date, and the like."""

_APERIO: Final = re.compile(r"^Aperio [\w ]* v[\d.]+")
_SAMPLE_PX: Final = 256


def clean_copy(slide: Path, copy: Path) -> None:
    """Writes the cleaned copy of a TIFF or Aperio slide. Raises CleaningError; then no copy is left behind."""
    if not slide.exists():
        raise CleaningError("its file is not there any more, or its disk is not mounted")
    try:
        with openslide.OpenSlide(slide) as source:
            _check_format(source)
            _write(slide, copy)
            _prove(source, copy)
    except FileExistsError as error:
        raise CleaningError("there is a file of its name already; choose an empty folder") from error
    except (openslide.OpenSlideError, tifffile.TiffFileError, ValueError, TypeError, OSError) as error:
        copy.unlink(missing_ok=True)
        raise CleaningError(f"its file could not be read or written ({type(error).__name__})") from error
    except CleaningError:
        copy.unlink(missing_ok=True)
        raise


def _check_format(source: openslide.OpenSlide) -> None:
    vendor = source.properties[openslide.PROPERTY_NAME_VENDOR]
    if vendor not in _CLEANED:
        raise CleaningError(
            f"a slide of {vendor}: its label cannot be taken out safely; convert it to TIFF, or use the scanner's own"
            " export without label"
        )


def _write(slide: Path, copy: Path) -> None:
    with tifffile.TiffFile(slide) as source, copy.open("xb") as file:
        pages: list[Any] = list(source.pages)
        if source.is_ome or any(page.subifds for page in pages):
            raise CleaningError("a TIFF whose levels are pages within pages; convert it to a plain pyramid")
        levels = [page for page in pages if page.is_tiled]
        if not levels or any(page.bitspersample != 8 for page in levels):
            raise CleaningError("a TIFF without tiles, or not of 8 bits; convert it to a plain pyramid")
        bigtiff = source.is_bigtiff or slide.stat().st_size > CLASSIC_LIMIT
        link = write_header(file, bigtiff=bigtiff)
        for page in levels:
            offsets, counts = write_tiles(file, _stored_tiles(source, page))
            tags = [*_tags(page), Tag(324, LONG8 if bigtiff else LONG, offsets), Tag(325, LONG, counts)]
            link = write_index(file, link, sorted(tags, key=lambda tag: tag.code), bigtiff=bigtiff)


def _stored_tiles(source: tifffile.TiffFile, page: Any) -> Iterator[bytes]:
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        source.filehandle.seek(offset)
        yield source.filehandle.read(count)


def _tags(page: Any) -> list[Tag]:
    """What a reader needs to know of a page's tiles, and its resolution and colour profile; nothing else."""
    tags = [
        Tag(254, LONG, (int(page.subfiletype),)),
        Tag(256, LONG, (page.imagewidth,)),
        Tag(257, LONG, (page.imagelength,)),
        Tag(258, SHORT, (8,) * page.samplesperpixel),
        Tag(259, SHORT, (int(page.compression),)),
        Tag(262, SHORT, (int(page.photometric),)),
        Tag(277, SHORT, (page.samplesperpixel,)),
        Tag(284, SHORT, (int(page.planarconfig),)),
        Tag(317, SHORT, (int(page.predictor),)),
        Tag(322, LONG, (page.tilewidth,)),
        Tag(323, LONG, (page.tilelength,)),
    ]
    if description := _description(page.description or ""):
        tags.append(Tag(270, ASCII, f"{description}\0".encode("ascii")))
    if page.jpegtables is not None:
        tags.append(Tag(347, UNDEFINED, page.jpegtables))
    if page.iccprofile is not None:
        tags.append(Tag(34675, UNDEFINED, page.iccprofile))
    for code, kind in ((282, RATIONAL), (283, RATIONAL), (296, SHORT), (338, SHORT), (530, SHORT)):
        if (tag := page.tags.get(code)) is not None:
            tags.append(Tag(code, kind, tag.value if isinstance(tag.value, tuple) else (int(tag.value),)))
    return tags


def _description(told: str) -> str | None:
    """Of Aperio's words those by which the file is known and its resolution is told; of others' none."""
    first, *rest = told.split("|")
    if not _APERIO.match(first):
        return None
    head = first.splitlines()[0].strip()
    return "|".join([head, *(words.strip() for words in rest if _KEPT_WORDS.match(words.strip()))])


def _prove(source: openslide.OpenSlide, copy: Path) -> None:
    """Looks at the copy: no associated image, no patient's number in its words, the same pixels in its middle."""
    with openslide.OpenSlide(copy) as cleaned, tifffile.TiffFile(copy) as pages:
        if len(pages.pages) != cleaned.level_count:
            raise CleaningError("its copy held a picture that is no level; it was taken away again")
        if cleaned.associated_images:
            raise CleaningError(f"its copy still held {', '.join(cleaned.associated_images)}; it was taken away again")
        if any(find_identity(value) for value in cleaned.properties.values()):
            raise CleaningError("its copy still held a patient's number in its words; it was taken away again")
        if cleaned.level_dimensions != source.level_dimensions:
            raise CleaningError("its copy came out with other levels; it was taken away again")
        for level, (width, height) in enumerate(source.level_dimensions):
            scale = source.level_downsamples[level]
            corner = (int((width - _SAMPLE_PX) / 2 * scale), int((height - _SAMPLE_PX) / 2 * scale))
            place = (max(corner[0], 0), max(corner[1], 0)), level, (_SAMPLE_PX, _SAMPLE_PX)
            if not np.array_equal(np.asarray(source.read_region(*place)), np.asarray(cleaned.read_region(*place))):
                raise CleaningError("its copy came out with other pixels; it was taken away again")
