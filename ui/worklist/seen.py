"""The list as a visitor saw it: each drawing has a number, and an act is about the case of the drawing it was asked in.

So a case that moved, changed or left while somebody reached for it is never mistaken for another one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from worklist.cases import Case

KEPT: Final = 5
"""Drawings that are remembered; the list is drawn anew at most a few times while a click is under way. A."""


@dataclass(frozen=True)
class Seen:
    """What one visitor saw and chose."""

    drawings: Mapping[int, Mapping[str, Case]] = field(default_factory=dict)
    """By number, the newest last."""
    chosen: Mapping[str, Case] = field(default_factory=dict)
    """As they were seen when they were chosen, in the order of choosing."""
    turn: int = 0
    """Of the browser's ticking."""

    @property
    def newest(self) -> int:
        """Number of the last drawing; 0 before the first."""
        return max(self.drawings, default=0)

    def drawn(self, cases: Iterable[Case]) -> "Seen":
        """After another drawing; the same cases in the same state are the same drawing.

        What is chosen and shown again is from now on as it is shown now.
        """
        shown = {case.accession_number: case for case in cases}
        if self.drawings.get(self.newest) == shown:
            return self
        chosen = {it: shown.get(it, case) for it, case in self.chosen.items()}
        kept = {number: self.drawings[number] for number in sorted(self.drawings)[-KEPT + 1 :]}
        return replace(self, drawings={**kept, self.newest + 1: shown}, chosen=chosen)

    def case(self, accession_number: str, drawing: int) -> Case | None:
        """The case as that drawing showed it; None where it did not, or is forgotten."""
        return self.drawings.get(drawing, {}).get(accession_number)

    def ticked(self, accession_numbers: Iterable[str], drawing: int, turn: int) -> "Seen":
        """After ticks in that drawing, unless it is forgotten; what was chosen on other pages stays chosen."""
        shown = self.drawings.get(drawing)
        if shown is None or turn <= self.turn:
            return self
        wanted = set(accession_numbers)
        kept = {it: case for it, case in self.chosen.items() if it not in shown or it in wanted}
        added = {it: case for it, case in shown.items() if it in wanted and it not in kept}
        return replace(self, chosen={**kept, **added}, turn=turn)

    def without_choice(self) -> "Seen":
        """With nothing chosen."""
        return replace(self, chosen={})
