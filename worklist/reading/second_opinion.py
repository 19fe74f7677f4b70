"""Second opinions ("revision"): asked of a person, a site or a region, digitally or by post, each with its own clock.

A case waits for every opinion that was asked for until it is answered or withdrawn. An answer that comes after the
sign-out, or after the question was withdrawn, is kept and put on the operations list: somebody must look at it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.calendar import WorkingCalendar, deadline
from worklist.cases import Case
from worklist.errors import HeldError, OpinionError, UnknownReaderError
from worklist.people import Actor
from worklist.reading.as_seen import require_as_seen
from worklist.reading.assignment import require_open, require_own, require_reader
from worklist.reading.words import checked
from worklist.store.holding import has_begun, open_opinions, put
from worklist.store.store import Store, locked_case
from worklist.store.tables import CaseRow, PersonRow, SecondOpinionRow, SiteRow
from worklist.trail.chain import Entry, Told
from worklist.watching.operations import raise_operation

ToKind = Literal["person", "site", "region"]
Way = Literal["digital", "post"]

DUE_WORKING_DAYS: Final[dict[Way, int]] = {"digital": 2, "post": 5}
"""Working days until the answer is due, where the question names no other number (A)."""


@dataclass(frozen=True)
class Opinion:
    """One second opinion, from question to answer."""

    id: int
    accession_number: str
    asked_by: str
    asked_utc: datetime
    to_kind: ToKind
    to_whom: str
    way: Way
    question: str
    due_utc: datetime
    sent_utc: datetime | None
    received_utc: datetime | None
    answered_utc: datetime | None
    answered_by: str | None
    agrees: bool | None
    answer: str | None
    withdrawn_utc: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether its case waits for it."""
        return self.answered_utc is None and self.withdrawn_utc is None


@dataclass(frozen=True)
class Question:
    """What is asked of whom."""

    to_kind: ToKind
    to_whom: str
    """Login of a person, code of a site, or name of a region."""
    way: Way
    text: str
    due_working_days: int | None = None
    """None: as `DUE_WORKING_DAYS` says for its way."""


def ask(
    store: Store,
    actor: Actor,
    accession_number: str,
    question: Question,
    calendar: WorkingCalendar,
    *,
    seen: Case | None = None,
) -> Opinion:
    """Asks for a second opinion on a case that a reader has; what goes digitally is sent at once.

    seen: the case as the actor saw it. Raises NotAllowedError, UnknownCaseError, SignedOutError, ChangedCaseError where
    somebody else has changed what was seen, HeldError where nobody or somebody else has the case, UnknownReaderError
    where nobody of that name can be asked, CalendarError, WorklistError and IdentityError.
    """
    text = checked("question", question.text)
    with store.changing(actor, "ask second opinion") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        require_as_seen(row, seen)
        if row.assigned_to is None:
            raise HeldError(f"nobody has case {accession_number}, so no answer would reach a reader; take it first")
        require_own(row, actor)
        _require_known(session, question, row.assigned_to)
        now = store.now()
        days = DUE_WORKING_DAYS[question.way] if question.due_working_days is None else question.due_working_days
        asked = SecondOpinionRow(
            case_id=row.id,
            asked_by=actor.name,
            asked_utc=now,
            to_kind=question.to_kind,
            to_whom=question.to_whom,
            way=question.way,
            question=text,
            due_utc=deadline(now, days, calendar),
            sent_utc=now if question.way == "digital" else None,
        )
        session.add(asked)
        session.flush()
        put(session, row, "second opinion")
        told: Told = {"opinion": asked.id, "what": "asked", "of": question.to_whom, "way": question.way}
        entries.append(Entry(actor, "ask second opinion", now, accession_number, told))
        return _told(row, asked)


def mark_sent(store: Store, actor: Actor, opinion_id: int, at_utc: datetime | None = None) -> Opinion:
    """It has left by post; again changes nothing. at_utc: when, where that is not now. Raises OpinionError."""
    return _mark(store, actor, opinion_id, "sent", at_utc)


def mark_received(store: Store, actor: Actor, opinion_id: int, at_utc: datetime | None = None) -> Opinion:
    """It is in the hands of whoever answers; again changes nothing. Raises OpinionError."""
    return _mark(store, actor, opinion_id, "received", at_utc)


def answer(
    store: Store, actor: Actor, opinion_id: int, text: str, *, agrees: bool, answered_by: str | None = None
) -> Opinion:
    """Keeps the answer; once no other is open the case is with its reader again. The same again changes nothing.

    answered_by: who answered, where the actor enters it for somebody who has no access here. Raises NotAllowedError,
    OpinionError where it was answered already, where it was asked of another person, where the person who asked
    answers in their own name, or where answered_by could answer themselves, and IdentityError.
    """
    text, by = checked("answer", text, needed=not agrees), checked("answered by", answered_by or actor.name)
    with store.changing(actor, "answer second opinion") as (session, entries):
        row, asked = _opinion(session, opinion_id)
        if asked.answered_utc is not None:
            if (asked.agrees, asked.answer, asked.answered_by) == (agrees, text, by):
                return _told(row, asked)
            raise OpinionError(
                f"second opinion {opinion_id}: {asked.answered_by} answered it at"
                f" {asked.answered_utc:%Y-%m-%d %H:%M} UTC; that stands: put what is new into a note, or ask again"
            )
        if by in (asked.asked_by, row.assigned_to, row.signed_out_by) or (
            asked.to_kind == "person" and by != asked.to_whom
        ):
            raise OpinionError(
                f"second opinion {opinion_id} was asked of {asked.to_whom}, not of {by}; say who answered where you"
                " enter it for them"
            )
        if by != actor.name and _is_active(session, by):
            raise OpinionError(f"{by} has access here and answers in their own name; nothing was changed")
        now = store.now()
        asked.answered_utc, asked.answered_by, asked.agrees, asked.answer = now, by, agrees, text
        asked.received_utc = asked.received_utc or now
        if row.signed_out_utc is not None or asked.withdrawn_utc is not None:
            _raise_late(session, row, asked, now)
        _go_on(session, row)
        told: Told = {"opinion": opinion_id, "what": "answered", "by": by, "agrees": agrees}
        entries.append(Entry(actor, "answer second opinion", now, row.accession_number, told))
        return _told(row, asked)


def withdraw(store: Store, actor: Actor, opinion_id: int, reason: str) -> Opinion:
    """The case waits for it no longer; again changes nothing. Raises OpinionError where it was answered."""
    reason = checked("reason to withdraw", reason)
    with store.changing(actor, "ask second opinion") as (session, entries):
        row, asked = _opinion(session, opinion_id)
        if asked.answered_utc is not None:
            raise OpinionError(
                f"second opinion {opinion_id} was answered by {asked.answered_by}; it cannot be withdrawn"
            )
        if asked.withdrawn_utc is None:
            require_own(row, actor)
            asked.withdrawn_utc = store.now()
            _go_on(session, row)
            told: Told = {"opinion": opinion_id, "what": "withdrawn", "reason": reason}
            entries.append(Entry(actor, "ask second opinion", store.now(), row.accession_number, told))
        return _told(row, asked)


def opinions(store: Store, accession_number: str | None = None, *, only_open: bool = False) -> list[Opinion]:
    """Second opinions, of one case or of all, by when they are or were due."""
    wanted = select(CaseRow, SecondOpinionRow).join(SecondOpinionRow, SecondOpinionRow.case_id == CaseRow.id)
    if accession_number is not None:
        wanted = wanted.where(CaseRow.accession_number == accession_number)
    if only_open:
        wanted = wanted.where(SecondOpinionRow.answered_utc.is_(None), SecondOpinionRow.withdrawn_utc.is_(None))
    with store.reading() as session:
        rows = session.execute(wanted.order_by(SecondOpinionRow.due_utc, SecondOpinionRow.id))
        return [_told(case, asked) for case, asked in rows]


def _mark(
    store: Store, actor: Actor, opinion_id: int, what: Literal["sent", "received"], at: datetime | None
) -> Opinion:
    with store.changing(actor, "ask second opinion") as (session, entries):
        row, asked = _opinion(session, opinion_id)
        if asked.answered_utc is not None or asked.withdrawn_utc is not None:
            raise OpinionError(f"second opinion {opinion_id} is not open any more; nothing was changed")
        if getattr(asked, f"{what}_utc") is None:
            after = asked.sent_utc if what == "received" and asked.sent_utc else asked.asked_utc
            now = max(store.now(), after)
            before = asked.received_utc if what == "sent" and asked.received_utc else now
            at = at or now
            if not after <= at <= before:
                raise OpinionError(
                    f"second opinion {opinion_id}: {what} at {at:%Y-%m-%d %H:%M} UTC cannot be: give a time from"
                    f" {after:%Y-%m-%d %H:%M} to {before:%Y-%m-%d %H:%M} UTC"
                )
            setattr(asked, f"{what}_utc", at)
            entries.append(
                Entry(actor, "ask second opinion", now, row.accession_number, {"opinion": opinion_id, "what": what})
            )
        return _told(row, asked)


def _require_known(session: Session, question: Question, has_it: str) -> None:
    if question.to_kind == "person":
        if question.to_whom == has_it:
            raise UnknownReaderError(f"{has_it} has the case already; a second opinion is somebody else's")
        require_reader(session, question.to_whom)
        return
    column = SiteRow.code if question.to_kind == "site" else SiteRow.region
    known = session.scalars(select(column).where(SiteRow.active).distinct().order_by(column)).all()
    if question.to_whom not in known:
        raise UnknownReaderError(
            f"no {question.to_kind} {question.to_whom!r} here; there are: {', '.join(known) or 'none yet'}"
        )


def _is_active(session: Session, login: str) -> bool:
    person = session.get(PersonRow, login)
    return person is not None and person.active


def _opinion(session: Session, opinion_id: int) -> tuple[CaseRow, SecondOpinionRow]:
    number = session.scalar(
        select(CaseRow.accession_number).join(SecondOpinionRow).where(SecondOpinionRow.id == opinion_id)
    )
    if number is None:
        raise OpinionError(f"no second opinion {opinion_id}; `forrang opinion list` shows them")
    row = locked_case(session, number)
    return row, session.get_one(SecondOpinionRow, opinion_id, populate_existing=True)


def _go_on(session: Session, row: CaseRow) -> None:
    """Once it waits for no opinion, the case is where its reader has it: in reading only where they began to read."""
    session.flush()
    if row.state == "second opinion" and not open_opinions(session, row):
        put(session, row, "in reading" if has_begun(session, row) else "assigned")


def _raise_late(session: Session, row: CaseRow, asked: SecondOpinionRow, now_utc: datetime) -> None:
    says = "agrees" if asked.agrees else "DIFFERS"
    late = f"the sign-out by {row.signed_out_by}" if row.signed_out_utc else "the question was withdrawn"
    todo = "read it; a coordinator can reopen the case" if row.signed_out_utc else "read it before the sign-out"
    text = f"The second opinion of {asked.answered_by} came after {late}, and {says}: {todo}."
    raise_operation(session, "late answer", row.accession_number, text, now_utc)


def _told(row: CaseRow, asked: SecondOpinionRow) -> Opinion:
    return Opinion(
        asked.id,
        row.accession_number,
        asked.asked_by,
        asked.asked_utc,
        cast("ToKind", asked.to_kind),
        asked.to_whom,
        cast("Way", asked.way),
        asked.question,
        asked.due_utc,
        asked.sent_utc,
        asked.received_utc,
        asked.answered_utc,
        asked.answered_by,
        asked.agrees,
        asked.answer,
        asked.withdrawn_utc,
    )
