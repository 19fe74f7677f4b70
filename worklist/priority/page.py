"""The first places of the ranked list out of the store: what `rank` gives, without reading the whole list.

What the order needs stands in the index of the open cases, in clinical order. A page that ends at place n is settled by
the first n cases of that order and by those further down that are raised or protected: anything else behind them can
only come later still. Whole cases are read for the page alone. For many looks at any part of the list there is
`worklist.priority.open_list`.
"""

from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.cases import Case
from worklist.priority.order import Placed, in_order
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, ranked
from worklist.priority.standings import all_standings, see_one_state, standings_to
from worklist.store.rows import to_case
from worklist.store.store import Store
from worklist.store.tables import CaseRow

_CHUNK: Final = 500
"""Whole cases that are read together."""


def first_page(
    store: Store, now_utc: datetime, policy: Policy, count: int | None = None, offset: int = 0
) -> list[RankedCase]:
    """Places offset + 1 to offset + count of the list: `rank` of all open cases, cut to these; without a count, all.

    Raises ValueError for a time without a zone, and StoreError.
    """
    last = None if count is None else offset + count
    with store.reading() as session:
        see_one_state(session)
        placed = _from_the_first(session, now_utc, policy, offset, last)
        cases = whole_cases(session, placed)
    return [ranked(it, cases[it.standing.case_id], now_utc, policy) for it in placed]


def whole_cases(session: Session, placed: list[Placed]) -> dict[int, Case]:
    """The cases of these places, by id."""
    cases: dict[int, Case] = {}
    for start in range(0, len(placed), _CHUNK):
        wanted = [it.standing.case_id for it in placed[start : start + _CHUNK]]
        cases |= {row.id: to_case(row) for row in session.scalars(select(CaseRow).where(CaseRow.id.in_(wanted)))}
        session.expunge_all()
    return cases


def _from_the_first(session: Session, now_utc: datetime, policy: Policy, offset: int, last: int | None) -> list[Placed]:
    read = all_standings(session, now_utc, policy) if last is None else standings_to(session, last, now_utc, policy)
    with closing(read) as standings:
        return list(islice(in_order(standings, now_utc, policy), offset, last))
