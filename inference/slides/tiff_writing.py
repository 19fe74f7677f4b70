"""Writes a tiled TIFF from tiles that are encoded already: header, tiles, and an index for each level behind them.

Layout after TIFF 6.0 and the BigTIFF extension, little-endian.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

CLASSIC_LIMIT: Final = 2**32 - 2**20
"""Bytes that a TIFF may have before it must be a BigTIFF; with room for its last index."""

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 2, 3, 4, 5, 7, 16
"""Kinds of a tag's values, as TIFF numbers them."""

_FORMATS: Final = {SHORT: "H", LONG: "I", LONG8: "Q"}


@dataclass(frozen=True)
class Tag:
    """One entry of an index; bytes are stored as they are."""

    code: int
    kind: int
    value: Sequence[int] | bytes

    def packed(self) -> tuple[int, bytes]:
        """The number of values and their bytes."""
        if isinstance(self.value, bytes):
            return len(self.value), self.value
        if self.kind == RATIONAL:
            return 1, struct.pack("<2I", *self.value)
        return len(self.value), struct.pack(f"<{len(self.value)}{_FORMATS[self.kind]}", *self.value)


def write_header(file: BinaryIO, *, bigtiff: bool) -> int:
    """Writes the header and returns the position of the link to the first index."""
    if bigtiff:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        return 8
    file.write(struct.pack("<2sHI", b"II", 42, 0))
    return 4


def write_tiles(file: BinaryIO, tiles: Iterable[bytes]) -> tuple[list[int], list[int]]:
    """Writes the tiles where the file stands; returns where each lies, 0 for an empty one, and its bytes."""
    offsets, counts = [], []
    position = file.tell()
    for tile in tiles:
        offsets.append(position if tile else 0)
        counts.append(len(tile))
        position += file.write(tile)
    return offsets, counts


def write_index(file: BinaryIO, link: int, tags: Sequence[Tag], *, bigtiff: bool) -> int:
    """Writes one level's index at the end of the file, links it, and returns where the next link goes."""
    entry, word, count_format, room = ("<HHQ", "<Q", "<Q", 8) if bigtiff else ("<HHI", "<I", "<H", 4)
    start = file.tell() + file.tell() % 2
    size = struct.calcsize(count_format) + len(tags) * (struct.calcsize(entry) + room)
    next_link = start + size
    values_at = next_link + struct.calcsize(word)
    index, values = struct.pack(count_format, len(tags)), b""
    for tag in tags:
        count, data = tag.packed()
        index += struct.pack(entry, tag.code, tag.kind, count)
        if len(data) <= room:
            index += data.ljust(room, b"\0")
        else:
            index += struct.pack(word, values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    file.write(b"\0" * (start - file.tell()) + index + struct.pack(word, 0) + values)
    end = file.tell()
    if end > CLASSIC_LIMIT and not bigtiff:
        raise ValueError("the file has passed 4 GB: write it as BigTIFF")
    file.seek(link)
    file.write(struct.pack(word, start))
    file.seek(end)
    return next_link
