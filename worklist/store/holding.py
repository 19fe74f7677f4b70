"""Who has a case, and whose second opinion it waits for, as rows; for use within a change that holds the case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from worklist.states import CaseState, move
from worklist.store.rows import settle, to_case
from worklist.store.tables import AssignmentRow, AuditRow, CaseRow, SecondOpinionRow


def open_opinions(session: Session, row: CaseRow) -> Sequence[SecondOpinionRow]:
    """The second opinions that were asked for and neither answered nor withdrawn, the oldest first."""
    waiting = (SecondOpinionRow.answered_utc.is_(None), SecondOpinionRow.withdrawn_utc.is_(None))
    wanted = select(SecondOpinionRow).where(SecondOpinionRow.case_id == row.id, *waiting).order_by(SecondOpinionRow.id)
    return session.scalars(wanted).all()


def hand_to(session: Session, row: CaseRow, reader: str, by: str, now_utc: datetime) -> None:
    """Gives a case to a reader, from whoever had it."""
    release(session, row, now_utc)
    session.add(AssignmentRow(case_id=row.id, person=reader, by=by, since_utc=now_utc))
    row.assigned_to = reader
    put(session, row, "assigned")


def put(session: Session, row: CaseRow, state: CaseState) -> None:
    """The state of a case that somebody has; one that waits for a second opinion says so. Raises MoveError."""
    row.state = move(row.accession_number, to_case(row).state, state)
    if open_opinions(session, row):
        row.state = move(row.accession_number, state, "second opinion")


def has_begun(session: Session, row: CaseRow) -> bool:
    """Whether the reader who has the case began to read it since they got it, as the trail says."""
    own = (AssignmentRow.case_id == row.id, AssignmentRow.until_utc.is_(None), AssignmentRow.person == AuditRow.who)
    read = (AuditRow.accession_number == row.accession_number, AuditRow.act == "read")
    wanted = select(AuditRow.number).where(*read, exists().where(*own, AssignmentRow.since_utc <= AuditRow.at_utc))
    return session.scalar(wanted.limit(1)) is not None


def release(session: Session, row: CaseRow, now_utc: datetime) -> None:
    """Ends the assignment of whoever has the case; its state is left to the caller."""
    wanted = select(AssignmentRow).where(AssignmentRow.case_id == row.id, AssignmentRow.until_utc.is_(None))
    for assignment in session.scalars(wanted):
        assignment.until_utc = now_utc
    row.assigned_to = None


def back_to_wait(row: CaseRow) -> None:
    """The case waits again, in the state that its slides give it. Raises MoveError."""
    row.state = move(row.accession_number, to_case(row).state, "received")
    settle(row)
