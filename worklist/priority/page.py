"""Pages of the ranked list out of the store: the same places as `rank` gives, without reading the whole list.

What the order needs stands in the index of the open cases, in clinical order. A page that ends at place n is settled by
the first n cases of that order and by those further down that are raised or protected: anything else behind them can
only come later still. Whole cases are read for the page alone.
"""

from collections.abc import Generator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, null, or_, select
from sqlalchemy.orm import Session

from worklist.calendar import latest_within, working_time
from worklist.cases import Case
from worklist.errors import UnknownCaseError
from worklist.priority.order import Bounds, Placed, Standing, in_order
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, ranked
from worklist.store.rows import to_case
from worklist.store.store import Store
from worklist.store.tables import CaseRow, ForecastRow

CLINICAL_ORDER: Final = (CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc, CaseRow.accession_number)
"""The columns of ix_cases_clinical_order, which holds the open cases alone."""

_CHUNK: Final = 500
"""Whole cases that are read together."""

_IS_OPEN: Final = CaseRow.signed_out_utc.is_(None)


def first_page(
    store: Store, now_utc: datetime, policy: Policy, count: int | None = None, offset: int = 0
) -> list[RankedCase]:
    """Places offset + 1 to offset + count of the list: `rank` of all open cases, cut to these; without a count, all.

    Raises ValueError for a time without a zone, and StoreError.
    """
    last = None if count is None else offset + count
    with store.reading() as session:
        _see_one_state(session)
        read = all_standings(session, now_utc, policy) if last is None else standings_to(session, last, now_utc, policy)
        with closing(read) as standings:
            placed = list(islice(in_order(standings, now_utc, policy), offset, last))
        cases = _whole(session, placed)
    return [ranked(it, cases[it.standing.case_id], now_utc, policy) for it in placed]


def find_place(store: Store, accession_number: str, now_utc: datetime, policy: Policy) -> RankedCase:
    """The place of one open case; the list is read as far as that place.

    Raises UnknownCaseError, for a case that was signed out too; ValueError for a time without a zone; StoreError.
    """
    with store.reading() as session, closing(all_standings(session, now_utc, policy)) as standings:
        _see_one_state(session)
        for it in in_order(standings, now_utc, policy):
            if it.standing.accession_number == accession_number:
                case = _whole(session, [it])[it.standing.case_id]
                return ranked(it, case, now_utc, policy)
    raise UnknownCaseError(f"case {accession_number} has no place: it is not among the open cases")


def all_standings(session: Session, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """All open cases in clinical order, read as far as they are asked for."""
    wanted = _lean(now_utc, policy).order_by(*CLINICAL_ORDER).execution_options(yield_per=1000)
    with session.execute(wanted) as rows:
        for place, row in enumerate(rows, start=1):
            yield _standing(place, row)


def standings_to(session: Session, last: int, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """The standings that settle the first `last` places, in clinical order and read as far as they are asked for."""
    first = session.execute(_lean(now_utc, policy).order_by(*CLINICAL_ORDER).limit(last)).all()
    for place, row in enumerate(first, start=1):
        yield _standing(place, row)
    if len(first) < last or not policy.raises:
        return
    time_left = working_time(now_utc, first[-1].deadline_utc, policy.calendar)
    due_until = latest_within(now_utc, time_left + policy.most_raised, policy.calendar)
    for row in session.execute(_movers_behind(last, due_until, now_utc, policy)):
        yield _standing(row.place, row)


def _see_one_state(session: Session) -> None:
    """PostgreSQL shows every statement a state of its own, unless it is asked; SQLite keeps to one."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _standing(place: int, row: Row[Any]) -> Standing:
    return Standing(
        place,
        row.id,
        row.accession_number,
        row.deadline_utc,
        row.urgency,
        row.received_utc,
        row.flag_score,
        row.late_probability,
    )


def _lean(now_utc: datetime, policy: Policy) -> Select[*tuple[Any, ...]]:
    case = (CaseRow.id, CaseRow.accession_number, CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc)
    if not policy.uses_forecast:
        return select(*case, CaseRow.flag_score, null().label("late_probability")).where(_IS_OPEN)
    valid = ForecastRow.made_utc >= now_utc - timedelta(hours=policy.forecast_valid_hours)
    told = select(*case, CaseRow.flag_score, ForecastRow.late_probability).where(_IS_OPEN)
    return told.outerjoin(ForecastRow, and_(ForecastRow.case_id == CaseRow.id, valid))


def _movers_behind(last: int, due_until: datetime, now_utc: datetime, policy: Policy) -> Select[*tuple[Any, ...]]:
    """Of the cases behind a place, those that are raised or protected, as far as they may come to stand before it.

    due_until: whoever is due later cannot pass that place. The places are counted by the database.
    """
    place = func.row_number().over(order_by=CLINICAL_ORDER).label("place")
    near = _lean(now_utc, policy).where(CaseRow.deadline_utc <= due_until).add_columns(place).subquery()
    moves: list[ColumnElement[bool]] = [near.c.flag_score.is_not(None)]
    moves.append(near.c.received_utc <= Bounds.at(now_utc, policy).waited_since_utc)
    if policy.uses_forecast:
        moves.append(near.c.late_probability >= policy.forecast_from)
    return select(near).where(near.c.place > last, or_(*moves)).order_by(near.c.place)


def _whole(session: Session, placed: list[Placed]) -> dict[int, Case]:
    cases: dict[int, Case] = {}
    for start in range(0, len(placed), _CHUNK):
        wanted = [it.standing.case_id for it in placed[start : start + _CHUNK]]
        cases |= {row.id: to_case(row) for row in session.scalars(select(CaseRow).where(CaseRow.id.in_(wanted)))}
        session.expunge_all()
    return cases
