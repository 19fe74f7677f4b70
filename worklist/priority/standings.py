"""The standings of open cases as the store has them: lean rows in clinical order, read from its index."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, null, or_, select
from sqlalchemy.orm import Session

from worklist.calendar import latest_within, working_time
from worklist.priority.order import Bounds, Standing
from worklist.priority.policy import Policy
from worklist.store.filters import IS_OPEN
from worklist.store.tables import CaseRow, ForecastRow

CLINICAL_ORDER: Final = (CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc, CaseRow.accession_number)
"""The columns of ix_cases_clinical_order, which holds the open cases alone."""


def all_standings(session: Session, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """All open cases in clinical order, read as far as they are asked for."""
    wanted = _lean(now_utc, policy).order_by(*CLINICAL_ORDER).execution_options(yield_per=1000)
    with session.execute(wanted) as rows:
        for place, row in enumerate(rows, start=1):
            yield _to_standing(place, row)


def standings_to(session: Session, last: int, now_utc: datetime, policy: Policy) -> Generator[Standing]:
    """The standings that settle the first `last` places, in clinical order and read as far as they are asked for."""
    first = session.execute(_lean(now_utc, policy).order_by(*CLINICAL_ORDER).limit(last)).all()
    for place, row in enumerate(first, start=1):
        yield _to_standing(place, row)
    if len(first) < last or not policy.raises:
        return
    time_left = working_time(now_utc, first[-1].deadline_utc, policy.calendar)
    due_until = latest_within(now_utc, time_left + policy.most_raised, policy.calendar)
    for row in session.execute(_movers_behind(last, due_until, now_utc, policy)):
        yield _to_standing(row.place, row)


def see_one_state(session: Session) -> None:
    """PostgreSQL shows every statement a state of its own, unless it is asked; SQLite keeps to one."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _to_standing(place: int, row: Row[Any]) -> Standing:
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


def _lean(now_utc: datetime, policy: Policy) -> Select[*tuple[Any, ...]]:
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
    near = _lean(now_utc, policy).where(CaseRow.deadline_utc <= due_until).add_columns(place).subquery()
    moves = or_(near.c.flag_score.is_not(None), near.c.received_utc <= Bounds.at(now_utc, policy).waited_since_utc)
    if policy.uses_forecast:
        moves = or_(moves, near.c.late_probability >= policy.forecast_from)
    return select(near).where(near.c.place > last, moves).order_by(near.c.place)
