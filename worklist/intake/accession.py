"""The one door for accession numbers: one form for each, and why a text cannot be one."""

import unicodedata
from typing import Final

from worklist.trail.identity_guard import find_identity

LONGEST: Final = 64
"""Characters, as the store has them."""
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
"""What word processors put where a hyphen was typed."""
_FORMULA: Final = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet reckons with, in whatever file the number is written to one day."""


def accession_text(number: str) -> str:
    """An accession number in one form: full-width letters and digits as plain ones, one kind of hyphen and blank."""
    plain = unicodedata.normalize("NFKC", number).translate(_DASHES).strip()
    return " ".join(filter(None, plain.split(" ")))


def refusal(number: str) -> str | None:
    """Why that, as `accession_text` gives it, cannot be an accession number; None where it can."""
    kind = find_identity(number)
    if kind:
        return f"the accession number holds {kind}, which may not be kept; send the laboratory's own number"
    if not number or not number.isprintable():
        return "the accession number is empty or holds unprintable characters; send the laboratory's own number"
    if len(number) > LONGEST:
        return f"the accession number is longer than {LONGEST} characters; send the laboratory's own number"
    if number.startswith(_FORMULA):
        return f"the accession number begins with {number[0]}, as a formula does; send the laboratory's own number"
    return None
