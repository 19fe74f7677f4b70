"""The standings of open cases as the store has them: lean rows in clinical order, read from its index."""

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, null, or_, select
from sqlalchemy.orm import Session

from worklist.calendar import latest_within, working_time
from worklist.priority.order import Bounds, Standing, TimeLeft
from worklist.priority.places import DueTimes, Neighbours, last_protected
from worklist.priority.policy import Policy
from worklist.store.filters import IS_OPEN
from worklist.store.tables import CaseRow, ForecastRow

CLINICAL_ORDER: Final = (CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc, CaseRow.accession_number)
"""The columns of ix_cases_clinical_order, which holds the open cases alone."""


def all_standings(session: Session, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """All open cases in clinical order, read as far as they are asked for."""
    wanted = lean(now_utc, policy).order_by(*CLINICAL_ORDER).execution_options(yield_per=1000)
    with session.execute(wanted) as rows:
        for place, row in enumerate(rows, start=1):
            yield to_standing(place, row)


def standings_to(session: Session, last: int, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """The standings that settle the first `last` places, in clinical order and read as far as they are asked for."""
    first = session.execute(lean(now_utc, policy).order_by(*CLINICAL_ORDER).limit(last)).all()
    for place, row in enumerate(first, start=1):
        yield to_standing(place, row)
    if len(first) < last or not policy.raises:
        return
    time_left = working_time(now_utc, first[-1].deadline_utc, policy.calendar)
    due_until = latest_within(now_utc, time_left + policy.most_raised, policy.calendar)
    for row in session.execute(_movers_behind(last, due_until, now_utc, policy)):
        yield to_standing(row.place, row)


def see_one_state(session: Session) -> None:
    """PostgreSQL shows every statement a state of its own, unless it is asked; SQLite keeps to one."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def to_standing(place: int, row: Row[Any]) -> Standing:
    """A lean row with its place in the clinical order."""
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


def lean(now_utc: datetime, policy: Policy) -> Select[*tuple[Any, ...]]:
    """What the order needs to know of the open cases, in no order yet."""
    case = (CaseRow.id, CaseRow.accession_number, CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc)
    if not policy.uses_forecast:
        return select(*case, CaseRow.flag_score, null().label("late_probability")).where(IS_OPEN)
    valid = ForecastRow.made_utc >= now_utc - timedelta(hours=policy.forecast_valid_hours)
    told = select(*case, CaseRow.flag_score, ForecastRow.late_probability).where(IS_OPEN)
    return told.outerjoin(ForecastRow, and_(ForecastRow.case_id == CaseRow.id, valid))


def _movers_behind(last: int, due_until: datetime, now_utc: datetime, policy: Policy) -> Select[*tuple[Any, ...]]:
    """Of the cases behind a place, those that are raised or protected, as far as they may come to stand before it.

    due_until: whoever is due later cannot pass that place. The places are counted by the database.
    """
    place = func.row_number().over(order_by=CLINICAL_ORDER).label("place")
    near = lean(now_utc, policy).where(CaseRow.deadline_utc <= due_until).add_columns(place).subquery()
    moves = or_(
        is_raised(policy, near.c.flag_score, near.c.late_probability),
        near.c.received_utc <= Bounds.at(now_utc, policy).waited_since_utc,
    )
    return select(near).where(near.c.place > last, moves).order_by(near.c.place)


def is_raised(
    policy: Policy,
    flag_score: ColumnElement[Any] = CaseRow.__table__.c.flag_score,
    late_probability: ColumnElement[Any] = ForecastRow.__table__.c.late_probability,
) -> ColumnElement[bool]:
    """Whether the AI or a forecast may raise a case, by the columns that `lean` has."""
    flagged = flag_score.is_not(None)
    return or_(flagged, late_probability >= policy.forecast_from) if policy.uses_forecast else flagged


def due_times(session: Session) -> DueTimes:
    """How many open cases are due when."""
    counts = select(CaseRow.deadline_utc, func.count()).where(IS_OPEN).group_by(CaseRow.deadline_utc)
    return DueTimes.of((it, number) for it, number in session.execute(counts.order_by(CaseRow.deadline_utc)))


def neighbours(session: Session, wanted: Sequence[Standing], now_utc: datetime, policy: Policy) -> Neighbours:
    """What the places of these cases follow from; their own clinical places are among it."""
    due, left = due_times(session), TimeLeft(now_utc, policy.calendar)
    bounds = Bounds.at(now_utc, policy)
    near: list[Standing] = []
    free = [left.to(it.deadline_utc) for it in wanted if it.deadline_utc > bounds.nearly_due_until_utc]
    if free and policy.use_ai:
        first = bisect_left(due.deadlines, min(free) - policy.most_raised, key=left.to)
        last = bisect_right(due.deadlines, max(free) + policy.most_raised, key=left.to)
        start, stop = due.deadlines[first], due.deadlines[last - 1]
        near = movers(session, max(start, bounds.nearly_due_until_utc), stop, now_utc, policy)
    walls = last_protected(wanted, near, bounds)
    ids = {it.case_id for it in wanted} | walls
    times = {it.deadline_utc for it in (*wanted, *near) if it.case_id in ids}
    return Neighbours(near, _numbers(session, ids, times, due), due)


def movers(
    session: Session, start: datetime, stop: datetime, now_utc: datetime, policy: Policy, *, raised: bool = True
) -> list[Standing]:
    """The protected cases that are due from start to stop, in clinical order, and the raised ones unless told not."""
    waited = CaseRow.received_utc <= Bounds.at(now_utc, policy).waited_since_utc
    told = lean(now_utc, policy).where(CaseRow.deadline_utc.between(start, stop)).order_by(*CLINICAL_ORDER)
    told = told.where(or_(waited, is_raised(policy)) if raised else waited)
    return [to_standing(0, row) for row in session.execute(told)]


def _numbers(session: Session, ids: set[int], times: set[datetime], due: DueTimes) -> dict[int, int]:
    """Clinical places, counted within each deadline by the database."""
    within = func.row_number().over(partition_by=CaseRow.deadline_utc, order_by=CLINICAL_ORDER[1:]).label("within")
    rows = select(CaseRow.id, CaseRow.deadline_utc, within).where(IS_OPEN, CaseRow.deadline_utc.in_(times)).subquery()
    told = session.execute(select(rows).where(rows.c.id.in_(ids)))
    return {row.id: due.due_before(row.deadline_utc) + row.within for row in told}
