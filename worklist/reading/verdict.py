"""A reader's verdict on a slide, set against what the AI had said of it by then; and where the two differ."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import Select, func, select

from worklist.cases import Case
from worklist.errors import UnknownSlideError
from worklist.people import Actor
from worklist.reading.as_seen import require_ai_as_seen
from worklist.reading.regions import checked_regions
from worklist.reading.words import checked
from worklist.store.store import Store, locked_case
from worklist.store.tables import CaseRow, SlideRow, VerdictRow
from worklist.trail.chain import Entry, Told

Reading = Literal["positive", "negative", "uncertain", "not assessable"]
"""What a reader saw: the model's positive class or not, or neither can be told."""

Discord = Literal["AI did not flag, reader positive", "AI had no score, reader positive", "AI flagged, reader negative"]
"""The worst first: what the AI would have left behind, what it could not help with, what it raised in vain."""

_WORST_FIRST: Final[tuple[Discord, ...]] = get_args(Discord)


@dataclass(frozen=True)
class Verdict:
    """One reader's verdict on one slide."""

    accession_number: str
    slide: str
    """Its number, or its file's name where it has none."""
    site: str
    scanner: str
    by: str
    at_utc: datetime
    verdict: Reading
    ai_score: float | None
    ai_flagged: bool | None
    """What the AI had said when the verdict was given."""
    model: str | None
    has_regions: bool
    comment: str

    @property
    def discord(self) -> Discord | None:
        """How reader and AI differ; None where they do not, or where the reader could not tell."""
        if self.verdict == "positive" and self.ai_flagged is None:
            return "AI had no score, reader positive"
        if self.verdict == "positive" and not self.ai_flagged:
            return "AI did not flag, reader positive"
        return "AI flagged, reader negative" if self.verdict == "negative" and self.ai_flagged else None


def give_verdict(
    store: Store,
    actor: Actor,
    accession_number: str,
    slide: str,
    verdict: Reading,
    *,
    regions: object = None,
    comment: str = "",
    seen: Case | None = None,
) -> Verdict:
    """Keeps the actor's verdict; a later one of the same reader on the same slide counts in its place.

    slide: its number, path or file name. regions: GeoJSON in level-0 px, where there is any. The same again, with the
    AI where it was, changes nothing. seen: the case as the actor saw it: a verdict is not set against what the AI said
    after it was formed. Raises NotAllowedError, UnknownCaseError, UnknownSlideError, ChangedCaseError where the AI says
    something else of that slide by now, RegionsError and IdentityError.
    """
    comment = checked("comment", comment, needed=False)
    drawn = None if regions is None else checked_regions(regions)
    with store.changing(actor, "give verdict") as (session, entries):
        case = locked_case(session, accession_number)
        row = find_slide(case, slide)
        given = VerdictRow(
            slide_id=row.id,
            by=actor.name,
            at_utc=store.now(),
            verdict=verdict,
            ai_score=row.score,
            ai_flagged=row.flagged,
            model=row.model,
            regions=drawn,
            comment=comment,
        )
        before = session.scalar(
            select(VerdictRow)
            .where(VerdictRow.slide_id == row.id, VerdictRow.by == actor.name)
            .order_by(VerdictRow.id.desc())
            .limit(1)
        )
        if before is not None and _content(before) == _content(given):
            given = before
        else:
            require_ai_as_seen(case, seen, row.path)
            session.add(given)
            told: Told = {"slide": row.id, "verdict": verdict, "AI score": row.score, "regions": drawn is not None}
            entries.append(Entry(actor, "give verdict", store.now(), accession_number, told))
        return _told(case, row, given)


def verdicts(store: Store, accession_number: str | None = None, since_utc: datetime | None = None) -> list[Verdict]:
    """The verdict that counts of each reader on each slide, the oldest first."""
    wanted = counting().order_by(VerdictRow.id)
    if accession_number is not None:
        wanted = wanted.where(CaseRow.accession_number == accession_number)
    if since_utc is not None:
        wanted = wanted.where(VerdictRow.at_utc >= since_utc)
    with store.reading() as session:
        return [_told(*found) for found in session.execute(wanted)]


def discordant(store: Store, since_utc: datetime | None = None) -> list[Verdict]:
    """Where reader and AI differ, the worst first: the lowest score that was read as positive leads, and of what was
    flagged in vain the highest."""

    def badness(it: Verdict) -> tuple[int, float, datetime]:
        assert it.discord is not None
        score = it.ai_score or 0.0
        return _WORST_FIRST.index(it.discord), score if it.verdict == "positive" else -score, it.at_utc

    return sorted((it for it in verdicts(store, since_utc=since_utc) if it.discord), key=badness)


def counting() -> Select[CaseRow, SlideRow, VerdictRow]:
    """Selects case, slide and verdict of the verdicts that count: of each reader on each slide the latest."""
    latest = select(func.max(VerdictRow.id)).group_by(VerdictRow.slide_id, VerdictRow.by)
    return (
        select(CaseRow, SlideRow, VerdictRow)
        .join(SlideRow, SlideRow.case_id == CaseRow.id)
        .join(VerdictRow, VerdictRow.slide_id == SlideRow.id)
        .where(VerdictRow.id.in_(latest))
    )


def find_slide(case: CaseRow, name: str) -> SlideRow:
    """The slide of that number, path or file name. Raises UnknownSlideError."""
    fits = [it for it in case.slides if name in (it.slide_id, it.path)]
    fits = fits or [it for it in case.slides if Path(it.path).name == name]
    if len(fits) != 1:
        there = ", ".join(slide_name(it) for it in case.slides) or "none yet"
        how = "several slides" if fits else "no slide"
        raise UnknownSlideError(f"case {case.accession_number} holds {how} {name!r}; its slides are: {there}")
    return fits[0]


def slide_name(row: SlideRow) -> str:
    """A slide's number, or its file's name where it has none."""
    return row.slide_id or Path(row.path).name


def _content(row: VerdictRow) -> tuple[Any, ...]:
    return row.verdict, row.ai_score, row.ai_flagged, row.model, row.regions, row.comment


def _told(case: CaseRow, slide: SlideRow, row: VerdictRow) -> Verdict:
    return Verdict(
        case.accession_number,
        slide_name(slide),
        case.site,
        slide.scanner or "",
        row.by,
        row.at_utc,
        cast("Reading", row.verdict),
        row.ai_score,
        row.ai_flagged,
        row.model,
        row.regions is not None,
        row.comment,
    )
