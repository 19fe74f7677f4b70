"""One labelled tile of the one form, what was left out, and how names become labels and patients. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from training.errors import TileSetError

_PLAIN = {"1": 1, "1.0": 1, "true": 1, "0": 0, "0.0": 0, "false": 0}


@dataclass(frozen=True)
class Tile:
    """A tile as it stands in a tile file; "" and None where nobody said."""

    png: bytes
    """An image of 8-bit colour: PNG, or JPEG where it came as one."""
    patient: str
    label: int
    """1: of the positive class; 0: not."""
    split: str = ""
    slide: str = ""
    site: str = ""
    scanner: str = ""
    mpp: float | None = None
    """um per px."""
    x: float | None = None
    y: float | None = None
    """Upper left corner, px of the slide's or image's finest level."""
    side: float | None = None
    """Of the tile, in such px; None: as many as the picture has."""


@dataclass(frozen=True)
class LeftOut:
    """What gave no tile."""

    name: str
    reason: str
    """The same words for the same reason, so that they can be counted."""


Found = Iterator[Tile | LeftOut]


@dataclass(frozen=True)
class Classes:
    """Which names of classes are positive and which negative; others are left out."""

    positive: frozenset[str] = frozenset()
    negative: frozenset[str] = frozenset()
    """Empty: every class that is not positive."""

    def __post_init__(self) -> None:
        both = self.positive & self.negative
        if both:
            raise TileSetError(f"class {min(both)!r} is given as positive and as negative: take it out of one.")

    def label(self, name: object) -> int | None:
        """1, 0, or None for a class that is left out or not given. Without classes, 0 and 1 stand for themselves."""
        text = told(name)
        if not self.positive:
            return _PLAIN.get(text.casefold())
        if text in self.positive:
            return 1
        return 0 if text in self.negative or (text and not self.negative) else None


def told(value: object) -> str:
    """What a table's cell says; "" where it says nothing."""
    if value is None or value != value:  # nan
        return ""
    return str(value).strip()


@dataclass(frozen=True)
class PatientPattern:
    """Finds the patient in a name; without a pattern the name is the patient."""

    pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, text: str | None) -> "PatientPattern":
        """From a regular expression: its group `patient`, else its first group, else all that it matches.

        Raises TileSetError: it is no regular expression.
        """
        try:
            return cls(re.compile(text) if text else None)
        except re.error as error:
            raise TileSetError(f"--patient-pattern {text!r} is no regular expression ({error}).") from error

    def patient(self, name: str) -> str:
        """The patient, "" where the pattern does not match."""
        if self.pattern is None:
            return name.strip()
        found = self.pattern.search(name)
        if found is None:
            return ""
        groups = found.groupdict()
        return str(groups.get("patient") or (found[1] if found.re.groups else found[0]) or "").strip()
