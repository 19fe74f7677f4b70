"""Taking an act back, where that is safe: nothing that somebody else did since is touched, and no record is removed.

A sign-out, a verdict and a note are not taken back here: a coordinator reopens a case, a reader gives another verdict,
and a note is answered by another note.
"""

from dataclasses import dataclass
from typing import Final, Literal

from worklist.cases import Case
from worklist.people import Actor, may
from worklist.reading.assignment import assign, give_back
from worklist.reading.rescan import withdraw_rescan
from worklist.reading.second_opinion import withdraw
from worklist.reading.urgent import put_mark_back, unmark_urgent
from worklist.store.store import Store

Undoable = Literal["assign", "urgent", "not urgent", "second opinion", "rescan"]
"""assign: given, taken or given back. urgent, not urgent: marked so, or the mark taken off."""

WITHDRAWN: Final = "taken back by whoever asked"


@dataclass(frozen=True)
class Done:
    """An act that was done to a case."""

    act: Undoable
    before: Case
    """The case as it was seen."""
    after: Case
    """The case as the act left it."""
    number: int | None = None
    """Of the second opinion or the rescan that was asked for."""


def can_undo(actor: Actor, done: Done) -> bool:
    """Whether the actor may take it back: who gave a case away cannot fetch it, unless they may move others' cases."""
    if done.act == "assign":
        changed = done.before.assigned_to != done.after.assigned_to
        return changed and (may(actor, "reopen") or done.after.assigned_to in (None, actor.name))
    return True


def undo(store: Store, actor: Actor, done: Done) -> None:
    """Takes the act back, unless somebody has changed the case since.

    Raises ChangedCaseError and SignedOutError where somebody has, OpinionError where the second opinion was answered,
    UnknownOperationError where the slide was scanned again, and what the act that takes it back raises else.
    """
    number, after, before = done.after.accession_number, done.after, done.before
    match done.act:
        case "assign" if before.assigned_to is None:
            give_back(store, actor, number, seen=after)
        case "assign":
            assert before.assigned_to is not None
            assign(store, actor, number, before.assigned_to, seen=after)
        case "urgent":
            unmark_urgent(store, actor, number, seen=after)
        case "not urgent":
            put_mark_back(store, actor, before, after)
        case "second opinion":
            assert done.number is not None
            withdraw(store, actor, done.number, WITHDRAWN)
        case "rescan":
            assert done.number is not None
            withdraw_rescan(store, actor, done.number)
