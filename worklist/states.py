"""The states of a case and the moves between them, in one table.

    received > scanned > scored | unscored | rejected | failed      the AI's part, which follows from the slides
             > assigned > in reading > signed out               the readers' part
             assigned | in reading <> second opinion            while one is open; then back to where it was

The AI's part never takes a case out of the readers' hands, and nothing but a person's sign-out ends a case.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from worklist.errors import MoveError

CaseState = Literal[
    "received",
    "scanned",
    "scored",
    "unscored",
    "rejected",
    "failed",
    "assigned",
    "in reading",
    "second opinion",
    "signed out",
]
"""received: no slide yet. scanned: the AI has not finished with every slide. scored: every slide has a score.
unscored: the AI will not read a slide, for a reason that the slide tells. rejected, failed: a slide's quality forbade a
score, or a slide could not be read. The others say where the case is among people."""

SlideState = Literal["unscored", "scored", "rejected", "failed"]
"""unscored: not read, or with a reason: not to be read. rejected: its quality forbids a score. failed: unreadable."""

CASE_STATES: Final[tuple[CaseState, ...]] = get_args(CaseState)

WAITING: Final[frozenset[CaseState]] = frozenset({"received", "scanned", "scored", "unscored", "rejected", "failed"})
"""States of a case that nobody has taken; which of them, follows from its slides."""

MOVES: Final[Mapping[CaseState, frozenset[CaseState]]] = {
    **{state: frozenset({*WAITING, "assigned", "in reading", "signed out"}) - {state} for state in WAITING},
    "assigned": frozenset({*WAITING, "in reading", "second opinion", "signed out"}),
    "in reading": frozenset({*WAITING, "assigned", "second opinion", "signed out"}),
    "second opinion": frozenset({"in reading", "assigned", "signed out"}),
    "signed out": frozenset({*WAITING, "assigned"}),
}
"""Every move that is allowed. Back to a waiting state: the case was given back. From "signed out": it was reopened."""


def move(case: str, now: CaseState, to: CaseState) -> CaseState:
    """The new state of the case with that accession number; staying is no move and is allowed. Raises MoveError."""
    if to != now and to not in MOVES[now]:
        allowed = ", ".join(state for state in CASE_STATES if state in MOVES[now])
        raise MoveError(f"case {case} is {now}, and cannot become {to}; from here it can become: {allowed}")
    return to


def waiting_state(slides: Iterable[tuple[SlideState, bool]]) -> CaseState:
    """The state of a case that nobody has taken.

    slides: of each slide its state, and whether a slide without a score has a reason to stay without.
    """
    told = list(slides)
    if not told:
        return "received"
    if ("unscored", False) in told:
        return "scanned"
    states = {state for state, _ in told}
    for state in ("failed", "rejected", "unscored"):
        if state in states:
            return state
    return "scored"
