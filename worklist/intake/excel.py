"""An Excel workbook's first sheet as lines of text, each cell as a person would type it."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from worklist.errors import IntakeError
from worklist.intake.csv_text import MAX_BYTES
from worklist.trail.identity_guard import CPR, find_identity

_MAX_UNPACKED_BYTES: Final = 2_000_000_000
"""A workbook that unpacks to more is made to fill the memory."""

_CPR_DIGITS: Final = 10

_UNREADABLE: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
"""What openpyxl raises over a workbook that is damaged, or is another kind of archive."""


def sheet_lines(path: Path, year: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of the first sheet with their numbers, from 1; formulas as their values.

    Dates become ISO text without a zone, and have no time of day where it is midnight. year: of today. Raises
    IntakeError.
    """
    try:
        if path.stat().st_size > MAX_BYTES or _unpacked_bytes(path) > _MAX_UNPACKED_BYTES:
            raise IntakeError(f"{path.name}: larger than a file of cases can be; is this a file of cases?")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()
                for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                    yield number, _trimmed(row, year)
            finally:
                book.close()
    except _UNREADABLE as error:
        raise IntakeError(
            f"{path.name}: no Excel workbook that can be read; save it again as .xlsx, or as CSV"
        ) from error


def _unpacked_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist())


def _trimmed(row: tuple[object, ...], year: int) -> tuple[str, ...]:
    fields = [_text(cell, year) for cell in row]
    while fields and not fields[-1]:
        fields.pop()
    return tuple(fields)


def _text(cell: object, year: int) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        rounded = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
        return rounded.date().isoformat() if rounded.time() == datetime.min.time() else rounded.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return _whole_number(text, year) if isinstance(cell, int) else text


def _whole_number(digits: str, year: int) -> str:
    """The digits of a number; where Excel took a patient's number for it and dropped its first 0, with that 0.

    What begins with this year or the last is taken for the laboratory's own, such as 202600123 (A).
    """
    own = digits.startswith((str(year), str(year - 1)))
    is_patients = len(digits) == _CPR_DIGITS - 1 and not own and find_identity(f"0{digits}") == CPR
    return f"0{digits}" if is_patients else digits
