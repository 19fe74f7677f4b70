"""A sentence that a room below says in English, told in a language: recognised by its form, its parts one by one."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

from babel.dates import format_date

from ui.shell.language import Language

LookUp = Callable[[str], str]
"""What the catalogue has for a text; the text itself where it has nothing."""

_PLACE: Final = re.compile(r"\\{(\w+)\\}")
_FIGURE: Final = re.compile(r"(over |× )?[<+−-]?\d[\d,.]*(%| (points|days|h|min|DKK))?( \(.*\))?( DKK| h)?")
_DATE: Final = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")
_UNITS: Final = {
    "points": "procentpoint",
    "point": "procentpoint",
    "days": "døgn",
    "h": "t",
    "DKK": "kr.",
    "over": "over",
    "to": "til",
    "none": "ingen",
}


def told_by(
    forms: Sequence[str],
    text: str,
    spoken: Language,
    look_up: LookUp,
    instead: Mapping[str, str] | None = None,
    tell_part: LookUp | None = None,
) -> str | None:
    """The text in a language; None where it has none of the forms.

    forms: sentences with {places}, more particular ones first. instead: other English words for some of them.
    tell_part: tells what stands in a place, if not these forms do.
    """
    if not text.strip():
        return None
    if spoken == "da":
        known = look_up(text)
        if known != text:
            return known
        if _FIGURE.fullmatch(text):
            return _figure(text)
        if _DATE.fullmatch(text):
            return format_date(datetime.strptime(text, "%d %B %Y").replace(tzinfo=UTC), "d. MMMM y", locale=spoken)
    for form in forms:
        found = _pattern(form).fullmatch(text)
        if found is None:
            continue
        said = (instead or {}).get(form, form)
        words = look_up(said)
        if words != said or spoken == "en":
            tell = tell_part or (lambda part: told_by(forms, part, spoken, look_up, instead) or part)
            return words.format(**{name: tell(part) for name, part in found.groupdict().items()})
    return None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(lambda it: f"(?P<{it[1]}>{_held(it[1])})", re.escape(form)))


def _held(place: str) -> str:
    """What may stand in a place: a number, a hash, a name of a few words, or anything."""
    if place.startswith("n_"):
        return r"[\d.,]+"
    if place == "hash":
        return r"[0-9a-f]+"
    return r"[^.,:;]+?" if place in ("place", "site") else ".+?"


def _figure(text: str) -> str:
    """A figure with its interval, as Danish writes it."""
    swapped = re.sub(r"(?<=\d)[.,](?=\d)", lambda sign: {".": ",", ",": "."}[sign[0]], text)
    spaced = re.sub(r"(?<=\d)%", " %", swapped)
    return re.sub(r"[A-Za-z]+", lambda word: _UNITS.get(word[0], word[0]), spaced)
