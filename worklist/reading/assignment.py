"""Who reads which case: given, taken and given back; a case is with one reader at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.cases import Case
from worklist.errors import HeldError, OpinionError, SignedOutError, UnknownReaderError
from worklist.people import Actor, Role, may
from worklist.reading.as_seen import require_as_seen, require_not_begun
from worklist.states import CaseState
from worklist.store.holding import back_to_wait, hand_to, open_opinions, release
from worklist.store.rows import to_case
from worklist.store.store import Store, locked_case
from worklist.store.tables import AssignmentRow, CaseRow, PersonRow
from worklist.trail.chain import Entry


@dataclass(frozen=True)
class Held:
    """A case that somebody has."""

    accession_number: str
    reader: str
    """Login."""
    since_utc: datetime
    by: str
    """Who gave it."""
    state: CaseState
    deadline_utc: datetime


def assign(store: Store, actor: Actor, accession_number: str, reader: str, *, seen: Case | None = None) -> Case:
    """Gives an open case to a reader; again changes nothing.

    A coordinator may give on what another reader has; a reader only what is their own or nobody's. seen: the case as
    the actor saw it. Raises NotAllowedError, UnknownCaseError, UnknownReaderError, HeldError, SignedOutError for a case
    that is off the list, and ChangedCaseError where somebody else has changed what was seen.
    """
    with store.changing(actor, "assign") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        require_reader(session, reader)
        if row.assigned_to != reader:
            require_as_seen(row, seen)
            require_not_begun(row, seen, actor)
            require_own(row, actor)
            before = row.assigned_to
            hand_to(session, row, reader, actor.name, store.now())
            told = {"to": reader, "from": before}
            entries.append(Entry(actor, "assign", store.now(), accession_number, told))
        return to_case(row)


def take(store: Store, actor: Actor, accession_number: str, *, seen: Case | None = None) -> Case:
    """The actor takes a case that nobody has; raises as `assign` does."""
    return assign(store, actor, accession_number, actor.name, seen=seen)


def give_back(store: Store, actor: Actor, accession_number: str, *, seen: Case | None = None) -> Case:
    """The case waits for a reader again; where nobody has it, nothing changes.

    Raises as `assign` does, and OpinionError while a second opinion is open: its answer needs somebody to come to.
    """
    with store.changing(actor, "assign") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        if row.assigned_to is not None:
            require_as_seen(row, seen)
            require_not_begun(row, seen, actor)
            require_own(row, actor)
            if asked := open_opinions(session, row):
                raise OpinionError(
                    f"case {accession_number} waits for the second opinion of {asked[0].to_whom}: give the case to"
                    " another reader, or withdraw the question first"
                )
            entries.append(Entry(actor, "assign", store.now(), accession_number, {"to": None, "from": row.assigned_to}))
            release(session, row, store.now())
            back_to_wait(row)
        return to_case(row)


def held_cases(store: Store, reader: str | None = None) -> list[Held]:
    """Who has what, by reader and then by deadline."""
    wanted = (
        select(CaseRow, AssignmentRow)
        .join(AssignmentRow, AssignmentRow.case_id == CaseRow.id)
        .where(AssignmentRow.until_utc.is_(None))
        .order_by(AssignmentRow.person, CaseRow.deadline_utc, CaseRow.accession_number)
    )
    if reader is not None:
        wanted = wanted.where(AssignmentRow.person == reader)
    with store.reading() as session:
        return [
            Held(
                case.accession_number,
                held.person,
                held.since_utc,
                held.by,
                cast("CaseState", case.state),
                case.deadline_utc,
            )
            for case, held in session.execute(wanted)
        ]


def require_open(row: CaseRow) -> None:
    """Raises SignedOutError for a case that is off the list."""
    if row.signed_out_utc is not None:
        raise SignedOutError(
            f"case {row.accession_number}: {row.signed_out_by} signed it out at"
            f" {row.signed_out_utc:%Y-%m-%d %H:%M} UTC; a coordinator can reopen it"
        )


def require_own(row: CaseRow, actor: Actor) -> None:
    """Raises HeldError where another reader has the case; whoever may reopen cases may move them, too."""
    if row.assigned_to not in (None, actor.name) and not may(actor, "reopen"):
        raise HeldError(
            f"case {row.accession_number} is with {row.assigned_to}; ask them, or have a coordinator give it on"
        )


def require_reader(session: Session, login: str) -> None:
    """Raises UnknownReaderError unless somebody of that login works here and may read cases."""
    person = session.get(PersonRow, login)
    if person is None or not person.active or not may(Actor(login, cast("Role", person.role)), "read"):
        readers = session.scalars(
            select(PersonRow.login)
            .where(PersonRow.active, PersonRow.role == "pathologist")
            .order_by(PersonRow.login)
            .limit(20)
        )
        raise UnknownReaderError(f"{login} reads no cases here; readers are: {', '.join(readers) or 'nobody yet'}")
