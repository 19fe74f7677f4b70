"""Pages of the ranked list out of the store: the same places as `rank` gives, without reading the whole list.

What the order needs stands in the index of the open cases, in clinical order. A page that ends at place n is settled by
the first n cases of that order and by those further down that are raised or protected: anything else behind them can
only come later still. Whole cases are read for the page alone. What a filter keeps is ordered by the same generator,
and its places on the whole list are counted.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from worklist.cases import Case
from worklist.errors import UnknownCaseError
from worklist.priority.chosen import Conditions, chosen_standings
from worklist.priority.order import Placed, Standing, in_order
from worklist.priority.places import counted
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, ranked
from worklist.priority.standings import (
    CLINICAL_ORDER,
    all_standings,
    lean,
    neighbours,
    see_one_state,
    standings_to,
    to_standing,
)
from worklist.store.filters import Filter, conditions
from worklist.store.rows import to_case
from worklist.store.store import Store
from worklist.store.tables import CaseRow

Sort = Literal["place", "deadline", "received", "number", "pathway", "site", "subspecialty", "state", "reader"]

_COLUMNS: Final[dict[Sort, ColumnElement[Any] | InstrumentedAttribute[Any]]] = {
    "deadline": CaseRow.deadline_utc,
    "received": CaseRow.received_utc,
    "number": CaseRow.accession_number,
    "pathway": CaseRow.pathway_name,
    "site": CaseRow.site,
    "subspecialty": CaseRow.subspecialty,
    "state": CaseRow.state,
    "reader": func.coalesce(CaseRow.assigned_to, ""),
}

_CHUNK: Final = 500
"""Whole cases that are read together."""

_NEAR: Final = 1000
"""Places that are read from the first one on."""


@dataclass(frozen=True)
class ListPage:
    """A part of what was chosen."""

    cases: Sequence[RankedCase]
    """Each with its place on the whole list."""
    total: int
    """How many open cases were chosen."""


@dataclass(frozen=True)
class Wanted:
    """Which open cases, and by what."""

    chosen: Filter = field(default_factory=Filter)
    sort: Sort = "place"
    descending: bool = False


def list_page(store: Store, now_utc: datetime, policy: Policy, wanted: Wanted, count: int, offset: int = 0) -> ListPage:
    """Of what is wanted, the cases offset + 1 to offset + count.

    Raises ValueError for a time without a zone, and StoreError.
    """
    with store.reading() as session:
        see_one_state(session)
        kept = conditions(session, wanted.chosen)
        total = session.scalar(select(func.count()).select_from(CaseRow).where(*kept)) or 0
        whole_list = not wanted.chosen.hides and wanted.sort == "place" and not wanted.descending
        if whole_list and offset + count <= _NEAR:
            placed = _from_the_first(session, now_utc, policy, offset, offset + count)
        else:
            found = _found(session, wanted, kept, total, (offset, offset + count), now_utc, policy)
            placed = _counted(session, found, now_utc, policy)
        cases = _whole(session, placed)
    return ListPage([ranked(it, cases[it.standing.case_id], now_utc, policy) for it in placed], total)


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
        cases = _whole(session, placed)
    return [ranked(it, cases[it.standing.case_id], now_utc, policy) for it in placed]


def find_place(store: Store, accession_number: str, now_utc: datetime, policy: Policy) -> RankedCase:
    """The place of one open case.

    Raises UnknownCaseError, for a case that was signed out too; ValueError for a time without a zone; StoreError.
    """
    with store.reading() as session:
        see_one_state(session)
        wanted = lean(now_utc, policy).where(CaseRow.accession_number == accession_number)
        placed = _counted(session, [to_standing(0, row) for row in session.execute(wanted)], now_utc, policy)
        for it in placed:
            return ranked(it, _whole(session, placed)[it.standing.case_id], now_utc, policy)
    raise UnknownCaseError(f"case {accession_number} has no place: it is not among the open cases")


def _from_the_first(session: Session, now_utc: datetime, policy: Policy, offset: int, last: int | None) -> list[Placed]:
    read = all_standings(session, now_utc, policy) if last is None else standings_to(session, last, now_utc, policy)
    with closing(read) as standings:
        return list(islice(in_order(standings, now_utc, policy), offset, last))


def _found(
    session: Session,
    wanted: Wanted,
    kept: Conditions,
    total: int,
    part: tuple[int, int],
    now_utc: datetime,
    policy: Policy,
) -> list[Standing]:
    """That part of what was chosen, in the order wanted; the places are not told."""
    offset, last = part[0], min(part[1], total)
    if wanted.sort == "place" and wanted.descending:
        return chosen_standings(session, kept, max(total - last, 0), max(total - offset, 0), now_utc, policy)[::-1]
    if wanted.sort == "place":
        return chosen_standings(session, kept, offset, last, now_utc, policy)
    column = _COLUMNS[wanted.sort]
    order = (column.desc() if wanted.descending else column.asc(), *CLINICAL_ORDER)
    rows = lean(now_utc, policy).where(*kept).order_by(*order).offset(offset).limit(max(last - offset, 0))
    return [to_standing(0, row) for row in session.execute(rows)]


def _counted(session: Session, found: Sequence[Standing], now_utc: datetime, policy: Policy) -> list[Placed]:
    near = neighbours(session, found, now_utc, policy)
    known = [replace(it, clinical_place=near.numbers[it.case_id]) for it in found]
    return counted(known, near, now_utc, policy)


def _whole(session: Session, placed: list[Placed]) -> dict[int, Case]:
    cases: dict[int, Case] = {}
    for start in range(0, len(placed), _CHUNK):
        wanted = [it.standing.case_id for it in placed[start : start + _CHUNK]]
        cases |= {row.id: to_case(row) for row in session.scalars(select(CaseRow).where(CaseRow.id.in_(wanted)))}
        session.expunge_all()
    return cases
