"""Whether all that a TIFF file speaks of lies within it: its directories may be there and the rest not yet.

TIFF 6.0, and BigTIFF with its wider numbers. Readers of slides take a chain of directories that leads out of the file
for ended, and a slide that is cut short for a whole one.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import tifffile

_BIG_TIFF: Final = 43
_BYTES_BY_TYPE: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_MOST_ENTRIES: Final = 4096
"""A directory with more is not what a slide has, and is left to the slide's reader."""
_DAMAGED: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)
"""What tifffile raises over a directory that it does not understand; then the slide's reader decides."""


def lies_within(path: Path) -> bool:
    """Whether directories, their values and the pixels end within the file. Raises OSError.

    Of NDPI, whose directories have numbers of another width, only the pixels are looked at.
    """
    size = path.stat().st_size
    if path.suffix.lower() != ".ndpi":
        with path.open("rb") as file:
            if any(end > size for end in _ends_of_directories(file, size)):
                return False
    return _end_of_pixels(path) <= size


def _end_of_pixels(path: Path) -> int:
    end = 0
    try:
        with tifffile.TiffFile(path) as tiff:
            for page in tiff.pages:
                lengths = zip(page.dataoffsets, page.databytecounts, strict=False)
                end = max([end, *(offset + count for offset, count in lengths)])
    except (tifffile.TiffFileError, *_DAMAGED):
        return end
    return end


def _ends_of_directories(file: BinaryIO, size: int) -> Iterator[int]:
    """Where each directory and each value that lies outside of it ends."""
    header = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(header[:2])
    if order is None or len(header) < 16:
        return
    if struct.unpack(f"{order}H", header[2:4])[0] == _BIG_TIFF:
        (offset,), count_form, entry_form, next_form, inline = (
            struct.unpack(f"{order}Q", header[8:]),
            "Q",
            "HHQQ",
            "Q",
            8,
        )
    else:
        (offset,), count_form, entry_form, next_form, inline = (
            struct.unpack(f"{order}I", header[4:8]),
            "H",
            "HHII",
            "I",
            4,
        )
    entry, head, tail = (
        struct.Struct(order + entry_form),
        struct.Struct(order + count_form),
        struct.Struct(order + next_form),
    )
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        yield offset + head.size
        if offset + head.size > size:
            return
        file.seek(offset)
        (count,) = head.unpack(file.read(head.size))
        end = offset + head.size + count * entry.size + tail.size
        yield end
        if end > size or count > _MOST_ENTRIES:
            return
        for _, kind, values, place in entry.iter_unpack(file.read(count * entry.size)):
            length = values * _BYTES_BY_TYPE.get(kind, 1)
            if length > inline:
                yield place + length
        (offset,) = tail.unpack(file.read(tail.size))
