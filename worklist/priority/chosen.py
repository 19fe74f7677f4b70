"""What somebody looks for among the cases in memory, in the order that they want."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.priority.arranged import Arranged
from worklist.priority.held import Columns, Held, Ints
from worklist.store.filters import Filter
from worklist.store.tables import SlideRow

Sort = Literal["place", "deadline", "received", "number", "pathway", "site", "subspecialty", "state", "reader"]
Mask = NDArray[np.bool_]

_KINDS: Final[dict[Sort, str]] = {
    "pathway": "pathways",
    "site": "sites",
    "subspecialty": "subspecialties",
    "state": "states",
    "reader": "readers",
}
_SEARCHED: Final = ("pathways", "sites", "subspecialties", "readers")


@dataclass(frozen=True)
class Wanted:
    """Which open cases, and by what."""

    chosen: Filter = field(default_factory=Filter)
    sort: Sort = "place"
    descending: bool = False


def in_wanted_order(held: Held, arranged: Arranged, wanted: Wanted) -> Ints:
    """The indexes of all cases, sorted by what is wanted, and then in clinical order."""
    if wanted.sort == "place":
        return arranged.order[::-1] if wanted.descending else arranged.order
    key = _key(held, wanted.sort)
    return np.argsort(-key if wanted.descending else key, kind="stable")


def kept(session: Session, held: Held, chosen: Filter) -> Mask:
    """Of each case, whether it fits."""
    cases, kinds = held.cases, held.kinds
    mask = np.ones(len(cases), bool)
    for name in ("pathways", "sites", "subspecialties", "ai_states", "states"):
        if values := getattr(chosen, name):
            mask &= np.isin(getattr(cases, name), getattr(kinds, name).codes(values))
    match chosen.whose:
        case "mine":
            mask &= np.isin(cases.readers, kinds.readers.codes(filter(None, [chosen.reader])))
        case "nobody":
            mask &= np.isin(cases.readers, kinds.readers.codes([""]))
        case "second opinion":
            mask &= np.isin(cases.states, kinds.states.codes(["second opinion"]))
        case "all":
            pass
    if words := chosen.text.split():
        mask &= _with_text(session, held, words)
    return mask


def _key(held: Held, sort: Sort) -> Ints:
    cases = held.cases
    if sort == "deadline":
        return cases.deadlines
    if sort == "received":
        return cases.received
    if sort == "number":
        ranks = np.empty(len(cases), np.int64)
        ranks[np.argsort(cases.numbers.astype(str))] = np.arange(len(cases))
        return ranks
    name = _KINDS[sort]
    ranks = getattr(held.kinds, name).ranks()
    codes: Ints = getattr(cases, name)
    return ranks[codes] if len(ranks) else codes


def _with_text(session: Session, held: Held, words: Sequence[str]) -> Mask:
    """All words as beginnings of numbers; where no case fits, within what a line says; then in the slides."""
    mask = _all(_begins(held.cases, it) for it in words)
    if not mask.any():
        mask = _all(_says(held, it.casefold()) for it in words)
    if not mask.any():
        mask = _all(_has_slide(session, held.cases, it) for it in words)
    return mask


def _begins(cases: Columns, word: str) -> Mask:
    either = (word, word.upper())
    return np.array([it.startswith(either) for it in cases.numbers.tolist()], bool)


def _says(held: Held, word: str) -> Mask:
    mask = np.array([word in it for it in held.cases.folded.tolist()], bool)
    for name in _SEARCHED:
        holding = [word in it.casefold() for it in getattr(held.kinds, name).known]
        if any(holding):
            mask |= np.isin(getattr(held.cases, name), np.flatnonzero(holding))
    return mask


def _has_slide(session: Session, cases: Columns, word: str) -> Mask:
    folded = word.casefold()
    mask = np.array([folded in it for it in cases.slides.tolist()], bool)
    labelled = session.scalars(select(SlideRow.case_id).where(SlideRow.slide_id == word)).all()
    return mask | np.isin(cases.ids, labelled) if labelled else mask


def _all(masks: Iterator[Mask]) -> Mask:
    """Where all are true; no further word is looked for once none is."""
    mask = next(masks)
    while mask.any() and (further := next(masks, None)) is not None:
        mask = mask & further
    return mask
