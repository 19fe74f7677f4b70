"""One act on many cases: each is done or refused on its own, as it was shown, and nothing is done to any other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from models.errors import ForrangError
from ui.shell.faults import fault_words
from worklist.calendar import WorkingCalendar
from worklist.cases import Case
from worklist.people import Actor
from worklist.reading.assignment import assign, give_back
from worklist.reading.undo import Done, undo
from worklist.reading.urgent import mark_urgent
from worklist.store.store import Store

ManyAct = Literal["assign", "give back", "urgent"]

MOST: Final = 200
"""Cases that are acted on together: more than anybody checks in a preview. A."""


@dataclass(frozen=True)
class Outcome:
    """What became of an act on many cases."""

    done: Sequence[Done]
    refused: Sequence[tuple[str, str]]
    """Accession number, and why nothing was done to it."""
    at_utc: datetime


def assign_many(store: Store, actor: Actor, seen: Iterable[Case], reader: str) -> Outcome:
    """Gives each case to the reader."""
    return _each(store, seen, "assign", lambda it: assign(store, actor, it.accession_number, reader, seen=it))


def give_back_many(store: Store, actor: Actor, seen: Iterable[Case]) -> Outcome:
    """Each case waits for a reader again."""
    return _each(store, seen, "assign", lambda it: give_back(store, actor, it.accession_number, seen=it))


def mark_many(store: Store, actor: Actor, seen: Iterable[Case], reason: str, calendar: WorkingCalendar) -> Outcome:
    """Marks each case urgent, due today."""
    return _each(
        store,
        seen,
        "urgent",
        lambda it: mark_urgent(store, actor, it.accession_number, reason, calendar, seen=it),
    )


def undo_many(store: Store, actor: Actor, outcome: Outcome) -> Sequence[tuple[str, str]]:
    """Takes back what was done, unless somebody has changed the case since; gives the refused ones and why."""
    refused = []
    for done in outcome.done:
        try:
            undo(store, actor, done)
        except ForrangError as error:
            refused.append((done.after.accession_number, fault_words(error)))
    return refused


def _each(store: Store, seen: Iterable[Case], act: Literal["assign", "urgent"], do: Callable[[Case], Case]) -> Outcome:
    done, refused = [], []
    for case in seen:
        try:
            after = do(case)
        except ForrangError as error:
            refused.append((case.accession_number, fault_words(error)))
        else:
            if after != case:
                done.append(Done(act, case, after))
    return Outcome(done, refused, store.now())
