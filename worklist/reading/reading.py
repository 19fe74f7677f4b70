"""Reading a case: begun, noted upon, and put back on the list where it was signed out too soon."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from worklist.cases import Case
from worklist.people import Actor
from worklist.reading.assignment import require_open, require_own, require_reader
from worklist.reading.words import checked
from worklist.store.holding import back_to_wait, hand_to, has_begun, put
from worklist.store.rows import to_case
from worklist.store.store import Store, locked_case
from worklist.store.tables import CaseRow, NoteRow
from worklist.trail.chain import Entry


@dataclass(frozen=True)
class Note:
    """A note on a case."""

    by: str
    at_utc: datetime
    text: str


def start_reading(store: Store, actor: Actor, accession_number: str) -> Case:
    """The actor reads the case now, and has it from now on; again changes nothing.

    A case that waits for a second opinion can be read, and still waits for it. Raises NotAllowedError,
    UnknownCaseError, UnknownReaderError, SignedOutError, and HeldError where somebody else has it.
    """
    with store.changing(actor, "read") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        require_reader(session, actor.name)
        if row.assigned_to not in (None, actor.name):
            require_own(row, actor)
        had_begun, before = has_begun(session, row), (row.assigned_to, row.state)
        if row.assigned_to is None:
            hand_to(session, row, actor.name, actor.name, store.now())
        put(session, row, "in reading")
        if not had_begun or (row.assigned_to, row.state) != before:
            entries.append(Entry(actor, "read", store.now(), accession_number))
        return to_case(row)


def write_note(store: Store, actor: Actor, accession_number: str, text: str) -> Note:
    """Puts a note on a case, open or signed out.

    Raises NotAllowedError, UnknownCaseError, WorklistError for an empty text, and IdentityError for a patient's number.
    """
    text = checked("note", text)
    with store.acting(actor, "note", accession_number) as session:
        row = locked_case(session, accession_number)
        note = NoteRow(case_id=row.id, by=actor.name, at_utc=store.now(), text=text)
        session.add(note)
        return Note(note.by, note.at_utc, note.text)


def notes_of(store: Store, accession_number: str) -> list[Note]:
    """The notes on a case, the oldest first."""
    wanted = select(NoteRow).join(CaseRow).where(CaseRow.accession_number == accession_number).order_by(NoteRow.id)
    with store.reading() as session:
        return [Note(row.by, row.at_utc, row.text) for row in session.scalars(wanted)]


def reopen(store: Store, actor: Actor, accession_number: str, reason: str) -> Case:
    """Puts a signed-out case back on the list, to wait for a reader; on an open case nothing changes.

    The reason, and who had signed it out when, stay with the case as a note. Raises NotAllowedError, UnknownCaseError,
    WorklistError without a reason, and IdentityError for a patient's number in it.
    """
    reason = checked("reason to reopen", reason)
    with store.changing(actor, "reopen") as (session, entries):
        row = locked_case(session, accession_number)
        if row.signed_out_utc is not None:
            told = f"Reopened: {reason} (signed out by {row.signed_out_by} at {row.signed_out_utc:%Y-%m-%d %H:%M} UTC)"
            session.add(NoteRow(case_id=row.id, by=actor.name, at_utc=store.now(), text=told))
            row.signed_out_utc = row.signed_out_by = None
            back_to_wait(row)
            entries.append(Entry(actor, "reopen", store.now(), accession_number, {"reason": reason}))
        return to_case(row)
