"""Whose slide a file is: what its name says by the site's patterns, and what its barcode or its attributes say."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from worklist.errors import IntakeError
from worklist.intake.accession import accession_text

DEFAULT_PATTERN: Final = (
    r"(?P<accession>[A-ZÆØÅ]{0,4}\d{2}-\d{4,8})"
    r"(?:[_; ](?P<block>\d*[A-ZÆØÅ]\d*))?"
    r"(?:[_; ](?P<stain>[^\W\d_](?:[^\W_]|-)*))?"
    r"(?:[_; ](?P<slide>\d{1,3}))?"
)
"""26-000123, 26-000123_1A_HE_01, H26-000123;1A;2: number of the case, block, stain, number of the slide (A)."""

GROUPS: Final = frozenset({"accession", "specimen", "block", "slide", "stain"})
"""What a pattern may name; `accession` it must."""

Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Told:
    """What a name, a barcode or attributes tell of a slide."""

    accession_number: str | None = None
    slide_id: str | None = None
    block: str | None = None
    stain: str | None = None
    scanner: str | None = None
    problem: str | None = None
    """Why its case cannot be told, where it cannot."""


def compiled(patterns: Iterable[str] = ()) -> Patterns:
    """The patterns, or the default one where none is given. Raises IntakeError naming the one that cannot be used."""
    made = []
    for text in tuple(patterns) or (DEFAULT_PATTERN,):
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise IntakeError(f"pattern {text!r}: is no regular expression ({error})") from error
        unknown = set(pattern.groupindex) - GROUPS
        if "accession" not in pattern.groupindex or unknown:
            wrong = f"{', '.join(sorted(unknown))} is not known" if unknown else "accession is missing"
            known = ", ".join(sorted(GROUPS))
            raise IntakeError(f"pattern {text!r}: {wrong}; name its groups (?P<accession>...) and others of: {known}")
        made.append(pattern)
    return tuple(made)


def told_by_text(text: str, patterns: Sequence[re.Pattern[str]]) -> Told | None:
    """What a file's name without its ending, or a barcode, tells by the first pattern that fits the whole of it."""
    for pattern in patterns:
        found = pattern.fullmatch(unicodedata.normalize("NFC", text))
        if found and found["accession"]:
            groups = {name: value for name, value in found.groupdict().items() if value}
            block = groups.get("specimen", "") + groups.get("block", "")
            return Told(accession_text(groups["accession"]), text, block or None, groups.get("stain"))
    return None


def told_by_name(path: Path, folder: Path, patterns: Sequence[re.Pattern[str]]) -> Told:
    """What a file's name tells, or its path from the watched folder on, such as 26-000123/1A_HE."""
    inside = path.with_suffix("").relative_to(folder).as_posix() if path.is_relative_to(folder) else path.stem
    for text in (path.stem, inside):
        told = told_by_text(text, patterns)
        if told is not None:
            return replace(told, slide_id=path.stem)
    return Told(problem="its name fits no pattern for slides")


def together(by_name: Told, by_file: Told | None) -> Told:
    """What both tell; where they name two cases, neither is believed and a person has to look."""
    if by_file is None:
        return by_name
    numbers = {it.accession_number for it in (by_file, by_name) if it.accession_number}
    joined = Told(
        slide_id=by_file.slide_id or by_name.slide_id,
        block=by_file.block or by_name.block,
        stain=by_file.stain or by_name.stain,
        scanner=by_file.scanner,
    )
    if len(numbers) > 1:
        return replace(joined, problem="its name and its barcode or attributes name two different cases")
    if numbers:
        return replace(joined, accession_number=numbers.pop())
    return replace(joined, problem="; ".join(filter(None, (by_name.problem, by_file.problem))))
