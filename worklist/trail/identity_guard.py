"""Tells whether a patient's number stands in a text where none may be: a slide's name, a note, a line of a log.

A Danish CPR number is six digits that are a date (ddmmyy) and four more, with a hyphen, dot or space or without. Its
check digit says nothing: numbers without a valid one have been given out since 2007. Of ten digits drawn at random, 1
in 14 passes for a CPR number (D); a laboratory's own numbers rarely have ten, and begin with zeros where they do.
"""

import os
import re
from calendar import monthrange
from functools import lru_cache
from typing import Final, NamedTuple

from worklist.settings import Settings

CPR: Final = "a Danish CPR number"

_BLANK: Final = r"[\s\u00ad\u200b-\u200d\u2060\ufeff]"
"""Also what has no width, and would hide a number from a search alone."""
_HYPHEN: Final = r"[-\u2010-\u2015\u2212]"
_CPR: Final = (
    re.compile(
        r"(?<!\d)(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)"
        rf"(?:{_BLANK}{{0,3}}{_HYPHEN}{_BLANK}{{0,3}}|{_BLANK}{{1,3}}|\.|(?<!\d\.\d{{6}}))\d{{4}}(?!\d)"
    ),
    re.compile(
        rf"(?<!\d)(?P<day>\d\d)(?P<gap>\.|{_BLANK})(?P<month>\d\d)(?P=gap)(?P<year>\d\d)"
        rf"(?:{_BLANK}?{_HYPHEN}{_BLANK}?|(?P=gap))\d{{4}}(?!\d)"
    ),
)
"""010180-1234 and 01.01.80-1234. Ten digits behind a decimal point are a fraction; a slash is left out, since folders
are called by the day."""

_OTHER_NUMBERS: Final = re.compile(r"(?<![0-9A-Za-z])(?:\d+(?:\.\d+){5,}|[0-9a-fA-F]{32,})(?![0-9A-Za-z])")
"""A DICOM UID, or a hash: long enough to hold ten digits that mean nothing."""


class _Found(NamedTuple):
    start: int
    end: int
    kind: str


def find_identity(text: str) -> str | None:
    """What kind of patient's number stands in the text, such as "a Danish CPR number"; None where none does.

    The number itself is never given back. FORRANG_IDENTITY_PATTERNS names further kinds.
    """
    return next((found.kind for found in _all(text)), None)


def mask_identity(text: str) -> str:
    """The text with every patient's number replaced by its kind in brackets."""
    pieces, at = [], 0
    for found in sorted(_all(text)):
        if found.start >= at:
            pieces += [text[at : found.start], f"[{found.kind}]"]
        at = max(at, found.end)
    return "".join([*pieces, text[at:]])


def _all(text: str) -> list[_Found]:
    searched = _OTHER_NUMBERS.sub(lambda other: " " * len(other[0]), text)
    numbers = [
        it
        for form in _CPR
        for it in form.finditer(searched)
        if _is_date(int(it["day"]), int(it["month"]), int(it["year"]))
    ]
    found = [_Found(it.start(), it.end(), CPR) for it in numbers]
    for kind, pattern in _further_kinds(os.environ.get("FORRANG_IDENTITY_PATTERNS")).items():
        found += [_Found(it.start(), it.end(), kind) for it in pattern.finditer(text) if it[0]]
    return found


@lru_cache(maxsize=4)
def _further_kinds(_told: str | None) -> dict[str, re.Pattern[str]]:
    """The setting, read anew when it has changed: a log line is looked through in microseconds."""
    return Settings().identity_patterns


def _is_date(day: int, month: int, year: int) -> bool:
    """Whether such a day was in this century or the last; the day of an administrative number is raised by 60."""
    if day > 60:
        day -= 60
    return 1 <= month <= 12 and 1 <= day <= max(monthrange(century + year, month)[1] for century in (1900, 2000))
