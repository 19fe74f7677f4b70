"""The text of a CSV file, whatever program wrote it: its encoding, its delimiter, its lines."""

import csv
from pathlib import Path

from worklist.errors import IntakeError

DELIMITERS = (";", ",", "\t")
MAX_BYTES = 200_000_000
"""A file of cases larger than this is taken for something else."""


def read_text(path: Path) -> str:
    """Decodes UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252, as Excel writes them.

    Raises IntakeError where the file cannot be read or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise IntakeError(f"{path.name}: larger than {MAX_BYTES // 10**6} MB; is this a file of cases?")
        data = path.read_bytes()
    except OSError as error:
        raise IntakeError(f"{path.name}: cannot be read: {error.strerror}; check its path") from error
    text = _decoded(data, path.name)
    if "\x00" in text:
        raise IntakeError(f"{path.name}: holds bytes that are no text; save it as CSV (UTF-8)")
    return text


def _decoded(data: bytes, name: str) -> str:
    marked_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked_utf16 else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise IntakeError(f"{name}: neither UTF-8 nor Windows-1252 text; save it as CSV (UTF-8)")


def delimiter_of(header: str) -> str:
    """The delimiter that the header uses most."""
    return max(DELIMITERS, key=header.count)


def split_line(line: str, delimiter: str) -> list[str]:
    """The fields of one line. A line is read on its own, so that a stray quote spoils no other.

    Raises ValueError saying what is wrong.
    """
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(
            f"the quotes do not match ({error}); a field in quotes ends on its line, and a quote in it is doubled"
        ) from None
    return [field.strip() for field in fields]
