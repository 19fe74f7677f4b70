"""The open list for many readers at once: any part of it, in any order, without reading the whole of it each time.

What order and filters need of the cases is held in memory, once for all who look, and brought up to date by the audit
trail at every look: so whoever looks sees every act that was told before. Whole cases are read for the page alone, in
the same view of the store.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from worklist.errors import UnknownCaseError
from worklist.priority.arranged import Order
from worklist.priority.chosen import Wanted, in_wanted_order, kept
from worklist.priority.held import Held, Ints, up_to_date, us_of
from worklist.priority.page import whole_cases
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, ranked
from worklist.priority.standings import see_one_state
from worklist.store.overview import Alike
from worklist.store.store import Store


@dataclass(frozen=True)
class ListPage:
    """A part of what was chosen."""

    cases: Sequence[RankedCase]
    """Each with its place on the whole list."""
    total: int
    """How many open cases were chosen."""


class OpenList:
    """The open cases of a store, for as long as the process lives; safe for all its threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: Held | None = None

    def load(self) -> None:
        """Reads the list before anybody looks: at 100,000 open cases it takes seconds. Raises StoreError."""
        with self._looking():
            pass

    def page(self, now_utc: datetime, policy: Policy, wanted: Wanted, count: int, offset: int = 0) -> ListPage:
        """Of what is wanted, the cases offset + 1 to offset + count.

        Raises ValueError for a time without a zone, and StoreError.
        """
        with self._looking() as (session, held):
            order = Order(held.cases, now_utc, policy)
            cases = in_wanted_order(held, order.arranged, wanted)
            if wanted.chosen.hides:
                cases = cases[kept(session, held, wanted.chosen)[cases]]
            found = _told(session, order, cases[offset : offset + count], now_utc, policy)
        return ListPage(found, len(cases))

    def place(self, accession_number: str, now_utc: datetime, policy: Policy) -> RankedCase:
        """The place of one open case.

        Raises UnknownCaseError, for a case that was signed out too; ValueError for a time without a zone; StoreError.
        """
        with self._looking() as (session, held):
            found = np.flatnonzero(held.cases.numbers == accession_number)
            for it in _told(session, Order(held.cases, now_utc, policy), found, now_utc, policy):
                return it
        raise UnknownCaseError(f"case {accession_number} has no place: it is not among the open cases")

    def alike(self, now_utc: datetime) -> list[Alike]:
        """All open cases by kind: what `overview` counts in the store. Raises StoreError."""
        with self._looking() as (_, held):
            cases, kinds = held.cases, held.kinds
        if not len(cases):
            return []
        names = ("pathways", "sites", "subspecialties", "ai_states", "states")
        known = [getattr(kinds, it).known for it in names]
        sizes = tuple(map(len, known))
        kind = np.ravel_multi_index(tuple(getattr(cases, it) for it in names), sizes)
        found, of_kind, counts = np.unique(kind, return_inverse=True, return_counts=True)
        late = np.bincount(of_kind, cases.deadlines < us_of(now_utc), len(found))
        told = []
        for codes, count, overdue in zip(zip(*np.unravel_index(found, sizes), strict=True), counts, late, strict=True):
            pathway, site, subspecialty, ai_state, state = (it[code] for it, code in zip(known, codes, strict=True))
            told.append(Alike(pathway, site, subspecialty, ai_state, state, int(count), int(overdue)))
        return told

    @contextmanager
    def _looking(self) -> Iterator[tuple[Session, Held]]:
        """One view of the store, and the open cases in it."""
        with self._store.reading() as session:
            see_one_state(session)
            # The view is taken under the lock too, so that it is never older than what another look left here.
            with self._lock:
                held = self._held = up_to_date(session, self._held)
            yield session, held


def _told(session: Session, order: Order, found: Ints, now_utc: datetime, policy: Policy) -> list[RankedCase]:
    placed = [order.placed(int(it)) for it in found]
    cases = whole_cases(session, placed)
    return [ranked(it, cases[it.standing.case_id], now_utc, policy) for it in placed]
