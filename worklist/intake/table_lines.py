"""The lines of a table of cases, whatever program wrote it: CSV text or an Excel workbook."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worklist.errors import IntakeError
from worklist.intake.csv_text import delimiter_of, read_text, split_line

_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Line:
    """One line that is not empty: its fields, or what is wrong with it."""

    number: int
    """Of the file or sheet, its first being 1."""
    fields: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True)
class Lines:
    """A table's lines, and what to do where a line has more fields than there are columns."""

    lines: Iterator[Line]
    advice: str


def read_lines(path: Path, year: int) -> Lines:
    """The lines of a CSV file or of an Excel workbook's first sheet; its content tells which, not its name.

    year: of today. Raises IntakeError where it cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise IntakeError(f"{path.name}: cannot be read: {error.strerror}; check its path") from error
    if start == _OLD_OFFICE:
        raise IntakeError(
            f"{path.name}: an old or a protected Excel file; save it as .xlsx without a password, or as CSV"
        )
    if start == _ZIP:
        from worklist.intake.excel import sheet_lines  # openpyxl loads slowly, and most files are CSV

        return Lines(_sheet(sheet_lines(path, year)), "leave the cells beyond the last column empty")
    return _csv(read_text(path))


def _sheet(rows: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[Line]:
    """The rows that are not empty, each at least as wide as the first."""
    width = 0
    for number, fields in rows:
        if any(fields):
            width = width or len(fields)
            yield Line(number, fields + ("",) * (width - len(fields)))


def _csv(text: str) -> Lines:
    numbered = [(number, line) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1) if line.strip()]
    delimiter = delimiter_of(numbered[0][1]) if numbered else ","
    return Lines(
        (_csv_line(number, line, delimiter) for number, line in numbered),
        f"put a field that holds {delimiter!r} in quotes",
    )


def _csv_line(number: int, line: str, delimiter: str) -> Line:
    try:
        return Line(number, tuple(split_line(line, delimiter)))
    except ValueError as error:
        return Line(number, fault=str(error))
