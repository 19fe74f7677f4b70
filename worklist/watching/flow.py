"""What came in, what was read and what went wrong: slides by hour and by scanner, failures and rescans by reason.

Counted by the database from its indexes, over a stretch of time: no case and no slide is read for it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, func, select
from sqlalchemy.orm import InstrumentedAttribute

from worklist.jobs.job import JobState
from worklist.store.store import Store
from worklist.store.tables import JobRow, OperationRow, RescanRow, SlideRow
from worklist.watching.measures import reason_class

NOT_TOLD: Final = ""
"""The scanner of a slide whose name and attributes do not tell it."""

_FAULTY: Final = ("rejected", "failed")


@dataclass(frozen=True)
class Arrived:
    """Slides that arrived in an hour from a scanner, and what became of them since."""

    hour_utc: datetime
    scanner: str
    state: str
    """A SlideState."""
    slides: int


@dataclass(frozen=True)
class Finished:
    """Jobs that ended in an hour."""

    hour_utc: datetime
    state: JobState
    jobs: int


@dataclass(frozen=True)
class Fault:
    """Slides of a scanner that have no score, or were asked for again, for one reason."""

    scanner: str
    what: str
    """One of: rejected, failed, rescan."""
    reason: str
    """A class of reasons: as `worklist.watching.measures` has them, or a RescanReason."""
    slides: int
    still_open: int
    """Of rescans, those that the laboratory still has to do; 0 for the others."""


def arrived(store: Store, since_utc: datetime) -> list[Arrived]:
    """The slides that arrived since, by hour, scanner and state, the oldest first. Raises StoreError."""
    hour = _hour(SlideRow.arrived_utc)
    scanner = func.coalesce(SlideRow.scanner, NOT_TOLD)
    wanted = _counted(hour, scanner, SlideRow.state).where(SlideRow.arrived_utc >= since_utc)
    with store.reading() as session:
        return [Arrived(_at(it[0]), it[1], it[2], it[3]) for it in session.execute(wanted)]


def finished(store: Store, since_utc: datetime) -> list[Finished]:
    """The jobs that ended since, by hour and state, the oldest first. Raises StoreError."""
    wanted = _counted(_hour(JobRow.finished_utc), JobRow.state).where(JobRow.finished_utc >= since_utc)
    with store.reading() as session:
        return [Finished(_at(it[0]), it[1], it[2]) for it in session.execute(wanted)]


def faults(store: Store, since_utc: datetime) -> list[Fault]:
    """What went wrong with slides that arrived since, and the rescans asked for since, the most frequent first.

    A rescan that was taken back is none. Raises StoreError.
    """
    faulty = (
        select(func.coalesce(SlideRow.scanner, NOT_TOLD), SlideRow.state, SlideRow.reason, func.count())
        .where(SlideRow.arrived_utc >= since_utc, SlideRow.state.in_(_FAULTY))
        .group_by(SlideRow.scanner, SlideRow.state, SlideRow.reason)
    )
    is_open = OperationRow.closed_utc.is_(None)
    asked = (
        select(RescanRow.scanner, RescanRow.reason, func.count(), func.count().filter(is_open))
        .join(OperationRow, OperationRow.id == RescanRow.operation_id)
        .where(RescanRow.at_utc >= since_utc, RescanRow.withdrawn.is_(False))
        .group_by(RescanRow.scanner, RescanRow.reason)
    )
    with store.reading() as session:
        counted: Counter[tuple[str, str, str]] = Counter()
        for scanner, state, reason, slides in session.execute(faulty):
            counted[scanner, state, reason_class(reason)] += slides
        found = [Fault(*key, slides, 0) for key, slides in counted.items()]
        for scanner, reason, slides, still in session.execute(asked):
            found.append(Fault(scanner, "rescan", reason, slides, still))
    return sorted(found, key=lambda it: (-it.slides, it.scanner, it.what, it.reason))


def by_scanner(slides: Iterable[Arrived]) -> Counter[str]:
    """How many slides came from each scanner."""
    counted: Counter[str] = Counter()
    for it in slides:
        counted[it.scanner] += it.slides
    return counted


def _hour(instant: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Whole hours since 1970, on both databases the same, whatever zone a connection is in.

    PostgreSQL rounds to a second: what was in the last half of an hour's last second counts with the next hour.
    """
    return cast(extract("epoch", instant), BigInteger) // 3600


def _counted(*by: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    return select(*by, func.count()).group_by(*by).order_by(*by)


def _at(hour: Any) -> datetime:
    return datetime.fromtimestamp(int(hour) * 3600, UTC)
