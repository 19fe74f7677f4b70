"""A slide is asked for to be scanned again: that stands on the operations list until it was done or taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.cases import Case
from worklist.errors import UnknownOperationError
from worklist.people import Actor
from worklist.reading.as_seen import require_ai_as_seen
from worklist.reading.assignment import require_open
from worklist.reading.verdict import find_slide, slide_name
from worklist.reading.words import checked
from worklist.store.store import Store, locked_case
from worklist.store.tables import CaseRow, OperationRow, RescanRow, SlideRow
from worklist.trail.chain import Entry, Told
from worklist.watching.operations import raise_operation

RescanReason = Literal[
    "out of focus", "tissue missing", "wrong slide", "dirt or pen", "stitching", "file damaged", "other"
]
"""stitching: the scanner put its stripes together wrong. other: in the words beside it."""

RESCAN_REASONS: Final[tuple[RescanReason, ...]] = get_args(RescanReason)


@dataclass(frozen=True)
class Rescan:
    """A slide that somebody wants scanned again."""

    id: int
    accession_number: str
    slide: str
    """Its number, or its file's name where it has none."""
    by: str
    at_utc: datetime
    reason: RescanReason
    words: str
    scanner: str
    """That the slide had come from; empty where nobody told."""
    ended_utc: datetime | None
    """When it was scanned again, as far as a person or a new file tells, or was taken back."""
    ended_by: str | None
    withdrawn: bool

    @property
    def is_open(self) -> bool:
        """Whether the laboratory still has to scan it."""
        return self.ended_utc is None


def ask_rescan(
    store: Store,
    actor: Actor,
    accession_number: str,
    slide: str,
    reason: RescanReason,
    words: str = "",
    *,
    seen: Case | None = None,
) -> Rescan:
    """Asks the laboratory to scan a slide of an open case again; while that is open, again changes nothing.

    slide: its number, path or file name. It ends when a new file of that name was read, or when a person closes it on
    the operations list. seen: the case as the actor saw it. Raises NotAllowedError, UnknownCaseError,
    UnknownSlideError, SignedOutError, ChangedCaseError, WorklistError where "other" has no words, and IdentityError.
    """
    words = checked("what is wrong with the slide", words, needed=reason == "other")
    with store.changing(actor, "ask rescan") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        of = find_slide(row, slide)
        known = _found(session, row, of)
        if known is not None:
            return known
        require_ai_as_seen(row, seen, of.path)
        now = store.now()
        operation = _raised(session, row, of, reason, words, actor, now)
        asked = RescanRow(
            slide_id=of.id,
            operation_id=operation.id,
            by=actor.name,
            at_utc=now,
            reason=reason,
            words=words,
            scanner=of.scanner or "",
            withdrawn=False,
        )
        session.add(asked)
        told: Told = {"slide": of.id, "what": "asked", "reason": reason}
        entries.append(Entry(actor, "ask rescan", now, accession_number, told))
        session.flush()
        return _told(row, of, asked, operation)


def withdraw_rescan(store: Store, actor: Actor, rescan_id: int) -> Rescan:
    """The slide need not be scanned again. Raises NotAllowedError, and UnknownOperationError where it has ended."""
    with store.changing(actor, "ask rescan") as (session, entries):
        wanted = (
            select(CaseRow, SlideRow, RescanRow, OperationRow)
            .join(SlideRow, SlideRow.case_id == CaseRow.id)
            .join(RescanRow, RescanRow.slide_id == SlideRow.id)
            .join(OperationRow, OperationRow.id == RescanRow.operation_id)
            .where(RescanRow.id == rescan_id, OperationRow.closed_utc.is_(None))
        )
        found = session.execute(wanted.with_for_update()).first()
        if found is None:
            raise UnknownOperationError(f"rescan {rescan_id} is not open any more; nothing was changed")
        row, of, asked, operation = found
        operation.closed_utc, operation.closed_by, asked.withdrawn = store.now(), actor.name, True
        told: Told = {"slide": of.id, "what": "withdrawn"}
        entries.append(Entry(actor, "ask rescan", store.now(), row.accession_number, told))
        return _told(row, of, asked, operation)


def rescans(
    store: Store, accession_number: str | None = None, since_utc: datetime | None = None, *, only_open: bool = False
) -> list[Rescan]:
    """What was asked for, of one case or of all, the oldest first."""
    wanted = (
        select(CaseRow, SlideRow, RescanRow, OperationRow)
        .join(SlideRow, SlideRow.case_id == CaseRow.id)
        .join(RescanRow, RescanRow.slide_id == SlideRow.id)
        .join(OperationRow, OperationRow.id == RescanRow.operation_id)
        .order_by(RescanRow.id)
    )
    if accession_number is not None:
        wanted = wanted.where(CaseRow.accession_number == accession_number)
    if since_utc is not None:
        wanted = wanted.where(RescanRow.at_utc >= since_utc)
    if only_open:
        wanted = wanted.where(OperationRow.closed_utc.is_(None))
    with store.reading() as session:
        return [_told(*found) for found in session.execute(wanted)]


def _found(session: Session, row: CaseRow, slide: SlideRow) -> Rescan | None:
    """What is open of that slide already."""
    wanted = select(RescanRow, OperationRow).join(OperationRow, OperationRow.id == RescanRow.operation_id)
    open_of_slide = (RescanRow.slide_id == slide.id, OperationRow.closed_utc.is_(None))
    found = session.execute(wanted.where(*open_of_slide)).first()
    return None if found is None else _told(row, slide, *found)


def _raised(
    session: Session, row: CaseRow, slide: SlideRow, reason: RescanReason, words: str, actor: Actor, now: datetime
) -> OperationRow:
    subject = f"slide {slide.id}"
    told = ": ".join(filter(None, (reason, words)))
    text = (
        f"Case {row.accession_number}, slide {slide_name(slide)}: {actor.name} asks for a rescan ({told})."
        " Scan it again under the same file name, or close this once the case has its new file."
    )
    raise_operation(session, "rescan", subject, text, now)
    wanted = select(OperationRow).where(
        OperationRow.kind == "rescan", OperationRow.subject == subject, OperationRow.closed_utc.is_(None)
    )
    return session.scalars(wanted).one()


def _told(case: CaseRow, slide: SlideRow, row: RescanRow, operation: OperationRow) -> Rescan:
    return Rescan(
        row.id,
        case.accession_number,
        slide_name(slide),
        row.by,
        row.at_utc,
        cast("RescanReason", row.reason),
        row.words,
        row.scanner,
        operation.closed_utc,
        operation.closed_by,
        row.withdrawn,
    )
