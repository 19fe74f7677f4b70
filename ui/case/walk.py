"""From case to case without going back to the list: in the order of the list that the visitor had before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.shell.desk import Desk
from ui.shell.memory import remember, remembered
from worklist.priority.chosen import Wanted
from worklist.priority.rank import RankedCase

_KEY = "walk"


@dataclass(frozen=True)
class Neighbours:
    """The cases beside one; None at an end."""

    previous: str | None
    following: str | None


def keep_walk(numbers: Sequence[str]) -> None:
    """Keeps the accession numbers of the list that is shown, in its order."""
    remember(_KEY, tuple(numbers))


def neighbours(desk: Desk, accession_number: str, ranked: RankedCase | None, *, use_ai: bool) -> Neighbours:
    """By the list that was shown; where that does not hold the case, by its place on the whole list."""
    walk = remembered(_KEY, ())
    numbers = list(walk) if isinstance(walk, tuple) else []
    if accession_number not in numbers:
        if ranked is None:
            return Neighbours(None, None)
        offset = max(ranked.rank - 2, 0)
        numbers = [it.case.accession_number for it in desk.list_page(Wanted(), 3, offset, use_ai=use_ai).cases]
    if accession_number not in numbers:
        return Neighbours(None, None)
    at = numbers.index(accession_number)
    return Neighbours(numbers[at - 1] if at else None, numbers[at + 1] if at + 1 < len(numbers) else None)
