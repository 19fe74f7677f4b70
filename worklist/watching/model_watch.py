"""Watches the models on the list: reads what they saw and what readers said of it, and raises what needs a hand."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.people import Actor
from worklist.reading.verdict import counting
from worklist.store.store import Store
from worklist.store.tables import CaseRow, FactRow, SlideRow, VerdictRow
from worklist.watching.agreement import (
    Agreed,
    Arrived,
    WeekRate,
    arrival_rates,
    is_alarm,
    reading_rates,
)
from worklist.watching.drift import REFERENCE_SLIDES, Reference, Seen, Shift, reference_of, shifts
from worklist.watching.operations import raise_operation

WEEKS: Final = 8
"""How far back is looked (A)."""


@dataclass(frozen=True)
class ModelWatch:
    """What was found of one model over the last weeks."""

    model: str
    reference_hash: str | None
    """Of the slides that later ones are judged against; None while there are too few."""
    reference_until_utc: datetime | None
    gathered: int
    """Slides with a score so far, at most as many as make a reference."""
    shifts: tuple[Shift, ...]
    readings: tuple[WeekRate, ...]


@dataclass(frozen=True)
class Watch:
    """All models, and what became of the slides that arrived."""

    arrivals: tuple[WeekRate, ...]
    models: tuple[ModelWatch, ...]


def watch_models(store: Store, actor: Actor, zone: ZoneInfo) -> Watch:
    """Judges every model by its own first slides, which are kept, with their hash, as soon as there are enough.

    Raises `drift` and `discordance` on the operations list, for the newest week that has them. Raises NotAllowedError.
    """
    now = store.now()
    since = now - timedelta(weeks=WEEKS)
    with store.acting(actor, "see figures", details={"what": "models"}) as session:
        arrived = select(SlideRow.arrived_utc, SlideRow.state).where(SlideRow.arrived_utc >= since)
        arrivals = arrival_rates((Arrived(at, state) for at, state in session.execute(arrived) if at), zone)
        names = session.scalars(
            select(SlideRow.model).where(SlideRow.model.is_not(None)).distinct().order_by(SlideRow.model)
        )
        models = [_watch(session, name, since, zone) for name in names.all() if name]
        for it in models:
            _raise_drift(session, it, now)
            _raise_discordance(session, it, now)
        return Watch(tuple(arrivals), tuple(models))


def _watch(session: Session, model: str, since_utc: datetime, zone: ZoneInfo) -> ModelWatch:
    reference, gathered = _reference(session, model)
    wanted = counting().where(VerdictRow.model == model, VerdictRow.verdict.in_(("positive", "negative")))
    verdicts = [
        Agreed(row.at_utc, row.verdict == "positive", bool(row.ai_flagged))
        for _, _, row in session.execute(wanted)
        if row.ai_flagged is not None
    ]
    readings = [it for it in reading_rates(verdicts, zone) if it.week >= since_utc.astimezone(zone).date()]
    if reference is None:
        return ModelWatch(model, None, None, gathered, (), tuple(readings))
    found = shifts(_seen(session, model, since_utc), reference, zone)
    return ModelWatch(model, hash_of(reference), reference.until_utc, gathered, tuple(found), tuple(readings))


def hash_of(reference: Reference) -> str:
    """SHA-256 of a reference, in hex; it stands for what a model is judged against."""
    return hashlib.sha256(_as_text(reference).encode()).hexdigest()


def _reference(session: Session, model: str) -> tuple[Reference | None, int]:
    """The reference that is kept; else the one that the first slides make, which is kept from now on."""
    name = f"first slides of {model}"
    kept = session.get(FactRow, name)
    if kept is not None:
        told = json.loads(kept.value)
        until = datetime.fromisoformat(told["until_utc"])
        return Reference(tuple(told["scores"]), told["quality"], until), REFERENCE_SLIDES
    first: list[Seen] = []
    gathered = 0
    for it in _seen(session, model, None):
        first.append(it)
        gathered += it.score is not None
        if gathered == REFERENCE_SLIDES:
            break
    reference = reference_of(first)
    if reference is not None:
        session.add(FactRow(name=name, value=_as_text(reference)))
    return reference, gathered


def _as_text(reference: Reference) -> str:
    told = {"scores": reference.scores, "quality": reference.quality, "until_utc": reference.until_utc.isoformat()}
    return json.dumps(told, sort_keys=True)


def _seen(session: Session, model: str, since_utc: datetime | None) -> Iterable[Seen]:
    columns = (SlideRow.scored_utc, SlideRow.score, SlideRow.quality, SlideRow.scanner, CaseRow.site)
    wanted = select(*columns).join(CaseRow).where(SlideRow.model == model, SlideRow.scored_utc.is_not(None))
    if since_utc is not None:
        wanted = wanted.where(SlideRow.scored_utc >= since_utc)
    for at, score, quality, scanner, site in session.execute(wanted.order_by(SlideRow.scored_utc, SlideRow.id)):
        if at is not None:
            yield Seen(at, score, quality, scanner or "", site)


def _raise_drift(session: Session, it: ModelWatch, now_utc: datetime) -> None:
    newest = max((shift.week for shift in it.shifts), default=None)
    moved = [shift for shift in it.shifts if shift.week == newest and shift.level in ("moved", "moved far")]
    if moved:
        told = "; ".join(
            f"{one.what}, {one.group}: PSI {one.psi:.2f} on {one.slides} slides ({one.level})" for one in moved
        )
        text = f"Week of {newest}: {told}. Look at slides of these groups; what scanner, stain or case mix changed?"
        raise_operation(session, "drift", it.model, text, now_utc)


def _raise_discordance(session: Session, it: ModelWatch, now_utc: datetime) -> None:
    newest = max((one.week for one in it.readings), default=None)
    risen = [one for one in it.readings if one.week == newest and is_alarm(one)]
    if risen:
        told = "; ".join(f"{one.rate}: {one.count} of {one.of} ({one.value.value:.0%})" for one in risen)
        text = f"Week of {newest}: more than before: {told}. `forrang verdict discordant` lists them, the worst first."
        raise_operation(session, "discordance", it.model, text, now_utc)
