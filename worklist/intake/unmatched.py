"""Slides that came without a case to put them in: they wait here, and leave by their order or by a person's hand."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Select, func, or_, select

from worklist.errors import IntakeError, SignedOutError
from worklist.intake.arrivals import join_waiting, take_waiting
from worklist.intake.change import intake
from worklist.people import Actor
from worklist.store.store import Store, locked_case
from worklist.store.tables import CaseRow, UnmatchedSlideRow

_Wanted = TypeVar("_Wanted")


@dataclass(frozen=True)
class WaitingSlide:
    """One slide of the unmatched list."""

    path: Path
    accession_number: str | None
    """What its name or attributes say, where they say it."""
    slide_id: str | None
    reason: str
    """Why it is here."""
    arrived_utc: datetime
    is_there: bool
    """Whether its file still is; a file that was renamed has come in under its new name."""


def waiting_slides(store: Store, text: str = "", limit: int | None = None) -> list[WaitingSlide]:
    """The unmatched slides, those that came first, first.

    text: only those whose path or number holds it; limit: so many at most.
    """
    open_ones = _waiting(select(UnmatchedSlideRow), text).order_by(UnmatchedSlideRow.id).limit(limit)
    with store.reading() as session:
        return [
            WaitingSlide(
                Path(row.path), row.accession_number, row.slide_id, row.reason, row.arrived_utc, Path(row.path).exists()
            )
            for row in session.scalars(open_ones)
        ]


def count_waiting(store: Store, text: str = "") -> int:
    """How many slides wait for their case. text: as for `waiting_slides`."""
    with store.reading() as session:
        return session.scalar(_waiting(select(func.count()).select_from(UnmatchedSlideRow), text)) or 0


def match_slide(store: Store, path: Path, accession_number: str, actor: Actor) -> None:
    """Puts an unmatched slide into an open case because a person says so; again into the same case changes nothing.

    Raises IntakeError where no such slide waits, UnknownCaseError, SignedOutError and NotAllowedError.
    """
    with intake(store, actor, "match slide") as change:
        row = change.session.scalar(
            select(UnmatchedSlideRow).where(UnmatchedSlideRow.path == str(path)).with_for_update()
        )
        if row is None:
            raise IntakeError(f"{path.name}: does not wait on the unmatched list; `forrang intake unmatched` shows it")
        if row.matched_case == accession_number:
            return
        if row.matched_case is not None:
            raise IntakeError(f"{path.name}: {row.matched_by} matched it to case {row.matched_case} before")
        case = locked_case(change.session, accession_number)
        if case.signed_out_utc is not None:
            raise SignedOutError(
                f"case {accession_number} was signed out by {case.signed_out_by}; have it reopened, then match it"
            )
        join_waiting(change, case, row)
        change.record(accession_number, "slide matched by a person", unmatched=row.id)


def match_known(store: Store, actor: Actor) -> int:
    """Puts every waiting slide whose case is open into it, whatever way the case came; returns how many."""
    matchable = (
        select(CaseRow)
        .join(UnmatchedSlideRow, UnmatchedSlideRow.accession_number == CaseRow.accession_number)
        .where(UnmatchedSlideRow.matched_utc.is_(None), CaseRow.signed_out_utc.is_(None))
        .order_by(CaseRow.id)
    )
    with store.reading() as session:
        if session.scalar(matchable.limit(1)) is None:
            return 0
    matched = 0
    with intake(store, actor) as change:
        for case in change.session.scalars(matchable.with_for_update(of=CaseRow)).unique().all():
            slides = take_waiting(change, case)
            if slides:
                change.record(case.accession_number, "further slides", slides=slides)
            matched += slides
    return matched


def _waiting(wanted: Select[_Wanted], text: str) -> Select[_Wanted]:
    wanted = wanted.where(UnmatchedSlideRow.matched_utc.is_(None))
    if text:
        columns = (UnmatchedSlideRow.path, UnmatchedSlideRow.accession_number)
        wanted = wanted.where(or_(*(it.icontains(text, autoescape=True) for it in columns)))
    return wanted
