"""One change of the store by an intake: its session, its rows on the audit trail, and what a person is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from worklist.people import Act, Actor
from worklist.store.store import Store
from worklist.trail.chain import Entry
from worklist.watching.operations import OperationKind, raise_operation


@dataclass(frozen=True)
class Change:
    """What is under way, whole or not at all."""

    session: Session
    entries: list[Entry]
    actor: Actor
    act: Act
    now_utc: datetime

    def record(self, accession_number: str | None, what: str, **details: str | int | None) -> None:
        """Puts a row on the audit trail; never with a patient's identity, and never with a path."""
        told = {"what": what, **details}
        self.entries.append(Entry(self.actor, self.act, self.now_utc, accession_number, told))

    def ask(self, kind: OperationKind, subject: str, words: str) -> None:
        """Puts something on the list of what needs a person's hand."""
        raise_operation(self.session, kind, subject, words, self.now_utc)


@contextmanager
def intake(store: Store, actor: Actor, act: Act = "take in") -> Iterator[Change]:
    """A change that is made whole or not at all, with its rows on the trail."""
    with store.changing(actor, act) as (session, entries):
        yield Change(session, entries, actor, act, store.now())
