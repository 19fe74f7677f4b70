"""The store: every case that came in, what is known of its slides, and who signed it out.

Nothing here deletes a case. Whatever is written is written whole or not at all, with its row on the audit trail.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Self

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from worklist.cases import Case, CaseSlide, changes_since
from worklist.errors import ChangedCaseError, OpinionError, SignedOutError, UnknownCaseError
from worklist.people import Act, Actor, require
from worklist.settings import Settings
from worklist.states import move
from worklist.store.database import open_engine, reading, writing
from worklist.store.findings import put_finding
from worklist.store.holding import open_opinions, release
from worklist.store.look_alikes import ask_about_look_alikes
from worklist.store.rows import settle, to_case, to_row, to_slide_row
from worklist.store.tables import CaseRow, SlideRow
from worklist.trail.chain import Entry, Told, append, hold

Clock = Callable[[], datetime]
"""Says what time it is, in UTC."""

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
    look_alikes: tuple[Conflict, ...] = ()
    """New cases whose number differs from another case's by capitals alone; they are on the list."""


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

    @property
    def engine(self) -> Engine:
        """The database, for what works on it as a whole: backup, checks, benchmarks."""
        return self._engine

    def reading(self) -> AbstractContextManager[Session]:
        """One consistent view of the store."""
        return reading(self._engine)

    def writing(self) -> AbstractContextManager[Session]:
        """A change by machinery that touches no case and needs no row on the trail: leases, signs of life."""
        return writing(self._engine)

    @contextmanager
    def acting(
        self, actor: Actor, act: Act, accession_number: str | None = None, details: Told | None = None
    ) -> Iterator[Session]:
        """A change by somebody: it is written together with its row on the audit trail, or not at all.

        Raises NotAllowedError before anything is touched, and whatever the change raises; then nothing is written.
        """
        with self.changing(actor, act) as (session, entries):
            yield session
            entries.append(Entry(actor, act, self.now(), accession_number, details or {}))

    @contextmanager
    def changing(self, actor: Actor, act: Act) -> Iterator[tuple[Session, list[Entry]]]:
        """A change whose rows on the trail are put into the list that comes with it, as many as cases were changed.

        Changes are made one after the other on PostgreSQL too: each holds the trail's head from its start, so that
        what it looks up first stays true until it is written, and no two wait for each other.
        """
        require(actor, act)
        with writing(self._engine) as session:
            hold(session)
            entries: list[Entry] = []
            yield session, entries
            session.flush()
            append(session, *entries)

    def saw(self, actor: Actor, act: Act, accession_number: str | None = None, details: Told | None = None) -> None:
        """Puts on the trail that somebody looked at something. Raises NotAllowedError."""
        with self.acting(actor, act, accession_number, details):
            pass

    def add_cases(self, cases: Iterable[Case], actor: Actor) -> Added:
        """Takes cases in; the same case again changes nothing, and new slides of an open case join it.

        A known accession number with another pathway, specimen kind, time of receipt, site or subspecialty,
        or with new slides after the sign-out, is a conflict: the stored case stands and the caller is told.
        The new slides of an open case join it all the same, since no slide may be lost unseen.
        The numbers are in the form that `worklist.intake.accession` gives them.
        """
        new = extended = unchanged = 0
        conflicts: list[Conflict] = []
        look_alikes: list[Conflict] = []
        now = self.now()
        with self.changing(actor, "take in") as (session, entries):
            remaining = iter(cases)
            while chunk := list(islice(remaining, _CHUNK)):
                numbers = {case.accession_number for case in chunk}
                known = _locked(select(CaseRow).where(CaseRow.accession_number.in_(numbers)))
                rows = {row.accession_number: row for row in session.scalars(known)}
                fresh = numbers - rows.keys()
                for case in chunk:
                    row = rows.get(case.accession_number)
                    if row is None:
                        rows[case.accession_number] = row = to_row(case, now)
                        session.add(row)
                        entries.append(_came_in(actor, now, case, "new case", len(case.slides)))
                        new += 1
                        continue
                    further = _further_slides(row, case, now)
                    message = _conflict(row, case, len(further))
                    if message is not None:
                        conflicts.append(Conflict(case.accession_number, f"case {case.accession_number}: {message}"))
                    if further and row.signed_out_utc is None:
                        row.slides.extend(further)
                        settle(row)
                        entries.append(_came_in(actor, now, case, "further slides", len(further)))
                        extended += 1
                    elif message is None:
                        unchanged += 1
                session.flush()
                asked = ask_about_look_alikes(session, sorted(fresh), now)
                look_alikes += [Conflict(number, f"case {number}: {words}") for number, words in asked.items()]
        return Added(new, extended, unchanged, tuple(conflicts), tuple(look_alikes))

    def cases(self, *, include_signed_out: bool = False) -> list[Case]:
        """The open cases, or all of them, in the order in which they came in."""
        wanted = select(CaseRow).order_by(CaseRow.id)
        if not include_signed_out:
            wanted = wanted.where(CaseRow.signed_out_utc.is_(None))
        with reading(self._engine) as session:
            return [to_case(row) for row in session.scalars(wanted)]

    def signed_out(self, limit: int) -> SignedOut:
        """The latest `limit` signed-out cases."""
        is_done = CaseRow.signed_out_utc.is_not(None)
        latest = (CaseRow.signed_out_utc.desc(), CaseRow.accession_number.desc())
        with reading(self._engine) as session:
            total = session.scalar(select(func.count()).select_from(CaseRow).where(is_done)) or 0
            rows = session.scalars(select(CaseRow).where(is_done).order_by(*latest).limit(limit))
            return SignedOut(tuple(to_case(row) for row in rows), total)

    def case(self, accession_number: str) -> Case:
        """One case, open or signed out. Raises UnknownCaseError."""
        with reading(self._engine) as session:
            row = session.scalar(_by_accession_number(accession_number))
            if row is None:
                raise _unknown(accession_number)
            return to_case(row)

    def search(self, text: str, limit: int = 50) -> list[Case]:
        """Cases, open or signed out, whose accession number begins with the text or with the text in capitals.

        In the order of their numbers, `limit` at most; none for an empty text.
        """
        found: dict[int, Case] = {}
        with reading(self._engine) as session:
            for begins in dict.fromkeys((text.strip(), text.strip().upper())):
                if begins:
                    rows = session.scalars(_beginning_with(begins).limit(limit))
                    found |= {row.id: to_case(row) for row in rows}
        return sorted(found.values(), key=lambda it: it.accession_number)[:limit]

    def record_result(self, slide: CaseSlide, actor: Actor) -> int:
        """Puts what was found out about a slide into every case that holds it; returns how many those are.

        What is told last stands, but that a failure takes no score away: it is only noted beside it, so that
        the case keeps its flag until the slide has been read again. The same again changes nothing.
        """
        with self.changing(actor, "record finding") as (session, entries):
            done = put_finding(session, slide)
            entries += [
                Entry(actor, "record finding", self.now(), put.case.accession_number, put.told)
                for put in done
                if put.told is not None
            ]
            return len(done)

    def sign_out(
        self,
        accession_number: str,
        actor: Actor,
        at_utc: datetime | None = None,
        *,
        seen: Case | None = None,
        without_opinions: bool = False,
    ) -> Case:
        """Takes a case off the list in a person's name; again by the same person changes nothing.

        seen: the case as that person saw it. without_opinions: the person will not wait for the second opinions that
        are open. Raises NotAllowedError, UnknownCaseError, SignedOutError where somebody else was there before,
        OpinionError where second opinions are open and nobody said to go without them, and ChangedCaseError where the
        case's slides are not those that were seen, in the states seen.
        """
        by = actor.name.strip()
        if not by:
            raise SignedOutError("sign-out: no name given; a case is signed out by a person")
        with self.changing(actor, "sign out") as (session, entries):
            row = locked_case(session, accession_number)
            if row.signed_out_utc is None:
                if seen is not None and (changes := changes_since(seen, to_case(row))):
                    raise ChangedCaseError(
                        f"case {accession_number} has changed since it was shown: {'; '.join(changes)}."
                        " It was not signed out: look at it again, then sign it out"
                    )
                asked = open_opinions(session, row)
                if asked and not without_opinions:
                    raise OpinionError(
                        f"case {accession_number} waits for the second opinion of {asked[0].to_whom}: wait for it,"
                        " withdraw the question, or say that you sign out without it"
                    )
                row.state = move(accession_number, to_case(row).state, "signed out")
                row.signed_out_utc, row.signed_out_by = at_utc or self.now(), by
                release(session, row, row.signed_out_utc)
                without: Told = {"open second opinions": len(asked)} if asked else {}
                entries.append(Entry(actor, "sign out", self.now(), accession_number, without))
            elif row.signed_out_by != by:
                raise SignedOutError(
                    f"case {accession_number}: {row.signed_out_by} signed it out at"
                    f" {row.signed_out_utc:%Y-%m-%d %H:%M} UTC; nothing was changed"
                )
            return to_case(row)


def locked_case_if_any(session: Session, accession_number: str) -> CaseRow | None:
    """The row of a case, held until the change is made; None where no such case has come."""
    return session.scalar(_locked(_by_accession_number(accession_number)))


def locked_case(session: Session, accession_number: str) -> CaseRow:
    """The row of a case, held until the change is made. Raises UnknownCaseError."""
    row = locked_case_if_any(session, accession_number)
    if row is None:
        raise _unknown(accession_number)
    return row


def _came_in(actor: Actor, now_utc: datetime, case: Case, what: str, slides: int) -> Entry:
    return Entry(actor, "take in", now_utc, case.accession_number, {"what": what, "slides": slides})


def _by_accession_number(accession_number: str) -> Select[CaseRow]:
    return select(CaseRow).where(CaseRow.accession_number == accession_number)


def _beginning_with(text: str) -> Select[CaseRow]:
    """By a range, which the index of the numbers answers on both databases; U+10FFFF is no character of any text."""
    number = CaseRow.accession_number
    return select(CaseRow).where(number >= text, number < f"{text}\U0010ffff").order_by(number)


def _locked(wanted: Select[CaseRow]) -> Select[CaseRow]:
    """The same rows, held until the change is made, in one order for all; SQLite holds the whole list by itself."""
    return wanted.order_by(CaseRow.id).with_for_update()


def _unknown(accession_number: str) -> UnknownCaseError:
    return UnknownCaseError(f"no case {accession_number} on the list; look at its number, or take it in first")


def _conflict(row: CaseRow, case: Case, further: int) -> str | None:
    """What the case says that the stored one does not; the deadline follows from it and is not compared.

    A site or subspecialty that it leaves empty says nothing.

    further: how many slides it has that the stored one has not.
    """
    told = []
    fields = ("pathway", "specimen_kind", "received_utc", "site", "subspecialty")
    differing = [field for field in fields if getattr(case, field) not in ("", getattr(row, field))]
    if differing:
        pairs = ", ".join(
            f"{it.removesuffix('_utc')}: {_shown(getattr(row, it))} on the list, {_shown(getattr(case, it))} now"
            for it in differing
        )
        kept = "only its further slides were added" if further and row.signed_out_utc is None else "that stands"
        told.append(f"is on the list already with another content ({pairs}); {kept}")
    if row.signed_out_utc is not None and further:
        told.append(f"was signed out by {row.signed_out_by}; its further slides were not added: tell that person")
    return "; ".join(told) or None


def _further_slides(row: CaseRow, case: Case, arrived_utc: datetime) -> list[SlideRow]:
    known = {slide.path for slide in row.slides}
    return [to_slide_row(slide, arrived_utc) for slide in case.slides if str(slide.path) not in known]


def _shown(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value) or "nothing"
