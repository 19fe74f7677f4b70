"""The store: every case that came in, what is known of its slides, and who signed it out.

Nothing here deletes a case. Whatever is written is written whole or not at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Self

from sqlalchemy import Select, func, or_, select

from worklist.cases import Case, CaseSlide, SlideState, changes_since
from worklist.database import open_engine, reading, writing
from worklist.errors import ChangedCaseError, SignedOutError, UnknownCaseError
from worklist.settings import Settings
from worklist.tables import CaseRow, SlideRow

Clock = Callable[[], datetime]
"""Says what time it is, in UTC."""

RETRIED: frozenset[SlideState] = frozenset({"failed", "rejected"})
"""Slides that are looked at again: they may have been copied or scanned anew, or been told their resolution."""

_CHUNK = 500
"""Cases that are looked up and written together."""


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Conflict:
    """A case that came in again with another content; the stored one stands."""

    accession_number: str
    message: str
    """Begins with the case's number."""

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class SignedOut:
    """The latest of the signed-out cases."""

    cases: tuple[Case, ...]
    """The latest first."""
    total: int
    """How many signed-out cases there are."""


@dataclass(frozen=True)
class Added:
    """What became of cases that came in."""

    new: int
    extended: int
    """Known cases that got further slides."""
    unchanged: int
    conflicts: tuple[Conflict, ...]


class Store:
    """The list of cases in a database; opening it brings its schema up to date."""

    def __init__(self, url: str, clock: Clock = utc_now) -> None:
        self._engine = open_engine(url)
        self._clock = clock

    @classmethod
    def open(cls, url: str | None = None, clock: Clock = utc_now) -> Self:
        """Opens the store at `url`, or the one that the settings name. Raises StoreError."""
        return cls(url or Settings().store_url, clock)

    @property
    def url(self) -> str:
        """The store's address, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    def now(self) -> datetime:
        """The store's time, in UTC."""
        return self._clock().astimezone(UTC)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def add_cases(self, cases: Iterable[Case]) -> Added:
        """Takes cases in; the same case again changes nothing, and new slides of an open case join it.

        A known accession number with another pathway, specimen kind, time of receipt, site or subspecialty,
        or with new slides after the sign-out, is a conflict: the stored case stands and the caller is told.
        The new slides of an open case join it all the same, since no slide may be lost unseen.
        """
        new = extended = unchanged = 0
        conflicts: list[Conflict] = []
        now = self.now()
        with writing(self._engine) as session:
            remaining = iter(cases)
            while chunk := list(islice(remaining, _CHUNK)):
                numbers = {case.accession_number for case in chunk}
                known = _locked(select(CaseRow).where(CaseRow.accession_number.in_(numbers)))
                rows = {row.accession_number: row for row in session.scalars(known)}
                for case in chunk:
                    row = rows.get(case.accession_number)
                    if row is None:
                        rows[case.accession_number] = row = _to_row(case, now)
                        session.add(row)
                        new += 1
                        continue
                    further = _further_slides(row, case)
                    message = _conflict(row, case, len(further))
                    if message is not None:
                        conflicts.append(Conflict(case.accession_number, f"case {case.accession_number}: {message}"))
                    if further and row.signed_out_utc is None:
                        row.slides.extend(further)
                        extended += 1
                    elif message is None:
                        unchanged += 1
                session.flush()
        return Added(new, extended, unchanged, tuple(conflicts))

    def cases(self, *, include_signed_out: bool = False) -> list[Case]:
        """The open cases, or all of them, in the order in which they came in."""
        wanted = select(CaseRow).order_by(CaseRow.id)
        if not include_signed_out:
            wanted = wanted.where(CaseRow.signed_out_utc.is_(None))
        with reading(self._engine) as session:
            return [_to_case(row) for row in session.scalars(wanted)]

    def signed_out(self, limit: int) -> SignedOut:
        """The latest `limit` signed-out cases."""
        is_done = CaseRow.signed_out_utc.is_not(None)
        latest = (CaseRow.signed_out_utc.desc(), CaseRow.accession_number.desc())
        with reading(self._engine) as session:
            total = session.scalar(select(func.count()).select_from(CaseRow).where(is_done)) or 0
            rows = session.scalars(select(CaseRow).where(is_done).order_by(*latest).limit(limit))
            return SignedOut(tuple(_to_case(row) for row in rows), total)

    def case(self, accession_number: str) -> Case:
        """One case, open or signed out. Raises UnknownCaseError."""
        with reading(self._engine) as session:
            row = session.scalar(_by_accession_number(accession_number))
            if row is None:
                raise _unknown(accession_number)
            return _to_case(row)

    def record_result(self, slide: CaseSlide) -> int:
        """Puts what was found out about a slide into every case that holds it; returns how many those are.

        What is told last stands, but that a failure takes no score away: it is only noted beside it, so that
        the case keeps its flag until the slide has been read again. The same again changes nothing.
        """
        with writing(self._engine) as session:
            rows = session.scalars(select(SlideRow).where(SlideRow.path == str(slide.path))).all()
            for row in rows:
                if slide.state == "failed" and row.state == "scored":
                    row.later_failure = slide.reason
                else:
                    _fill(row, slide)
            return len(rows)

    def sign_out(
        self, accession_number: str, by: str, at_utc: datetime | None = None, *, seen: Case | None = None
    ) -> Case:
        """Takes a case off the list in a person's name; again by the same person changes nothing.

        seen: the case as that person saw it. Raises UnknownCaseError, SignedOutError where somebody else was there
        before, and ChangedCaseError where the case's slides are not those that were seen, in the states seen.
        """
        if not by.strip():
            raise SignedOutError("sign-out: no name given; a case is signed out by a person")
        with writing(self._engine) as session:
            row = session.scalar(_locked(_by_accession_number(accession_number)))
            if row is None:
                raise _unknown(accession_number)
            if row.signed_out_utc is None:
                if seen is not None and (changes := changes_since(seen, _to_case(row))):
                    raise ChangedCaseError(
                        f"case {accession_number} has changed since it was shown: {'; '.join(changes)}."
                        " It was not signed out: look at it again, then sign it out"
                    )
                row.signed_out_utc, row.signed_out_by = at_utc or self.now(), by.strip()
            elif row.signed_out_by != by.strip():
                raise SignedOutError(
                    f"case {accession_number}: {row.signed_out_by} signed it out at"
                    f" {row.signed_out_utc:%Y-%m-%d %H:%M} UTC; nothing was changed"
                )
            session.flush()
            return _to_case(row)

    def slides_to_score(self, model: str, retry: frozenset[SlideState] = RETRIED) -> list[Path]:
        """Slides of open cases that lack a current finding by `model` (name@version), each once.

        Those are the unscored, those that another model read, and those whose state is in `retry`; a slide whose
        score stands from before a failure counts as failed too.
        """
        lacking = [SlideRow.state.in_({"unscored", *retry}), SlideRow.model.is_distinct_from(model)]
        if "failed" in retry:
            lacking.append(SlideRow.later_failure.is_not(None))
        wanted = (
            select(SlideRow)
            .join(CaseRow)
            .where(CaseRow.signed_out_utc.is_(None))
            .where(or_(*lacking))
            .order_by(SlideRow.id)
        )
        with reading(self._engine) as session:
            return list(dict.fromkeys(Path(row.path) for row in session.scalars(wanted)))


def _by_accession_number(accession_number: str) -> Select[CaseRow]:
    return select(CaseRow).where(CaseRow.accession_number == accession_number)


def _locked(wanted: Select[CaseRow]) -> Select[CaseRow]:
    """The same rows, held until the change is made, in one order for all; SQLite holds the whole list by itself."""
    return wanted.order_by(CaseRow.id).with_for_update()


def _unknown(accession_number: str) -> UnknownCaseError:
    return UnknownCaseError(f"no case {accession_number} on the list; look at its number, or take it in first")


def _conflict(row: CaseRow, case: Case, further: int) -> str | None:
    """What the case says that the stored one does not; the deadline follows from it and is not compared.

    further: how many slides it has that the stored one has not.
    """
    told = []
    fields = ("pathway", "specimen_kind", "received_utc", "site", "subspecialty")
    differing = [field for field in fields if getattr(row, field) != getattr(case, field)]
    if differing:
        pairs = ", ".join(f"{it}: {getattr(row, it)} on the list, {getattr(case, it)} now" for it in differing)
        kept = "only its further slides were added" if further and row.signed_out_utc is None else "that stands"
        told.append(f"is on the list already with another content ({pairs}); {kept}")
    if row.signed_out_utc is not None and further:
        told.append(f"was signed out by {row.signed_out_by}; its further slides were not added: tell that person")
    return "; ".join(told) or None


def _further_slides(row: CaseRow, case: Case) -> list[SlideRow]:
    known = {slide.path for slide in row.slides}
    return [_to_slide_row(slide) for slide in case.slides if str(slide.path) not in known]


def _to_row(case: Case, added_utc: datetime) -> CaseRow:
    plain = case.model_dump(exclude={"slides"})
    return CaseRow(**plain, added_utc=added_utc, slides=[_to_slide_row(slide) for slide in case.slides])


def _to_slide_row(slide: CaseSlide) -> SlideRow:
    row = SlideRow(path=str(slide.path))
    _fill(row, slide)
    return row


def _fill(row: SlideRow, slide: CaseSlide) -> None:
    row.state, row.score, row.flagged = slide.state, slide.score, slide.flagged
    row.reason, row.quality, row.model = slide.reason, slide.quality, slide.model
    row.result_folder = str(slide.result_folder) if slide.result_folder else None
    row.scored_utc, row.later_failure = slide.scored_utc, slide.later_failure


def _to_case(row: CaseRow) -> Case:
    fields = {name: getattr(row, name) for name in Case.model_fields if name != "slides"}
    return Case.model_validate(fields | {"slides": tuple(_to_slide(slide) for slide in row.slides)})


def _to_slide(row: SlideRow) -> CaseSlide:
    return CaseSlide.model_validate({name: getattr(row, name) for name in CaseSlide.model_fields})
