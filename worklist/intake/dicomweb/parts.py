"""The parts of a multipart/related message, written to files as they come, so that a slide never lies in memory."""

from email.message import Message
from pathlib import Path
from typing import BinaryIO, Final, Self

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from worklist.errors import IntakeError

DICOM: Final = "application/dicom"
MOST_PARTS: Final = 1000
"""Instances of one message: a series has some ten (A)."""
_HEADERS_AT_MOST: Final = 16


class MultipartError(IntakeError):
    """A multipart message does not hold together."""


def boundary_of(content_type: str) -> bytes:
    """The boundary of multipart/related with parts of DICOM. Raises MultipartError for another media type."""
    told = Message()
    told["content-type"] = content_type
    kind = told.get_param("type", DICOM)
    boundary = told.get_param("boundary")
    if told.get_content_type() != "multipart/related" or kind != DICOM or not isinstance(boundary, str) or not boundary:
        raise MultipartError(f'send multipart/related; type="{DICOM}" with a boundary')
    return boundary.encode("ascii", "replace")


class PartFiles:
    """Writes each part to a file of its own in a folder."""

    def __init__(self, folder: Path, boundary: bytes) -> None:
        self.files: list[Path] = []
        self._folder = folder
        self._open: BinaryIO | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._all,
            },
            max_header_count=_HEADERS_AT_MOST,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def write(self, piece: bytes) -> None:
        """Takes the next piece. Raises MultipartError, and OSError where the disk is full."""
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise MultipartError(f"the parts of the message do not hold together: {error}") from error

    def finish(self) -> list[Path]:
        """The files, once the message is at its end. Raises MultipartError for one that is cut short or empty."""
        if not self._ended:
            raise MultipartError("the message is cut short: its last boundary is missing; send it again")
        return self.files

    def _begin(self) -> None:
        if len(self.files) >= MOST_PARTS:
            raise MultipartError(f"more than {MOST_PARTS} parts; send fewer at once")
        path = self._folder / f"{len(self.files)}.part"
        self.files.append(path)
        self._open = path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._open.write(data[start:end])

    def _end(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _all(self) -> None:
        self._ended = True
