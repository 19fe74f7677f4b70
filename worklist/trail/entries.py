"""Reads the audit trail: who did what, to which case, when and from where."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from worklist.people import Actor, require
from worklist.store.store import Store
from worklist.store.tables import AuditRow

_BATCH: Final = 1000
_LOOKS: Final = ("see case", "see list", "see label", "see audit")


@dataclass(frozen=True)
class Wanted:
    """Which rows; what is None does not matter."""

    accession_number: str | None = None
    who: str | None = None
    act: str | None = None
    since_utc: datetime | None = None
    until_utc: datetime | None = None
    before: int | None = None
    """Only rows with a lower number: where a page of rows ended."""


@dataclass(frozen=True)
class TrailEntry:
    """A row of the trail, with all that its hash is made of."""

    number: int
    at_utc: datetime
    who: str
    role: str
    source: str
    act: str
    accession_number: str | None
    details: str
    """JSON, as it was hashed."""
    previous: str
    hash: str

    def as_record(self) -> dict[str, Any]:
        """All of it, for a file of JSON lines."""
        return asdict(self) | {"at_utc": self.at_utc.isoformat()}

    @property
    def told(self) -> str:
        """Its details as words: `slides 2, what new case`."""
        return ", ".join(f"{name} {value}" for name, value in json.loads(self.details).items() if value is not None)


def latest(store: Store, actor: Actor, wanted: Wanted, limit: int) -> list[TrailEntry]:
    """The latest rows, the newest first; that they were looked at is on the trail too. Raises NotAllowedError."""
    store.saw(actor, "see audit", wanted.accession_number, {"what": "list"})
    return list(_entries(store, wanted, limit, newest_first=True))


def export(store: Store, actor: Actor, wanted: Wanted) -> Iterator[TrailEntry]:
    """All rows, the oldest first, read in batches; that they were looked at is on the trail. Raises NotAllowedError."""
    store.saw(actor, "see audit", wanted.accession_number, {"what": "export"})
    return _entries(store, wanted, None, newest_first=False)


def of_case(store: Store, actor: Actor, accession_number: str, limit: int) -> list[TrailEntry]:
    """What was done to one case, the newest first, for whoever may see it; that others looked at it is left out.

    Raises NotAllowedError.
    """
    require(actor, "see case")
    columns = AuditRow.__table__.c
    wanted = select(AuditRow.__table__).where(columns.accession_number == accession_number)
    done = wanted.where(columns.act.not_in(_LOOKS)).order_by(columns.number.desc()).limit(limit)
    with store.reading() as session:
        return [TrailEntry(**row) for row in session.execute(done).mappings()]


def _entries(store: Store, wanted: Wanted, limit: int | None, *, newest_first: bool) -> Iterator[TrailEntry]:
    columns = AuditRow.__table__.c
    query = select(AuditRow.__table__).order_by(columns.number.desc() if newest_first else columns.number)
    for column in ("accession_number", "who", "act"):
        if (value := getattr(wanted, column)) is not None:
            query = query.where(columns[column] == value)
    if wanted.since_utc is not None:
        query = query.where(columns.at_utc >= wanted.since_utc)
    if wanted.until_utc is not None:
        query = query.where(columns.at_utc < wanted.until_utc)
    if wanted.before is not None:
        query = query.where(columns.number < wanted.before)
    at: int | None = None
    left = limit
    while left is None or left > 0:
        size = _BATCH if left is None else min(left, _BATCH)
        further = query if at is None else query.where(columns.number < at if newest_first else columns.number > at)
        with store.reading() as session:
            batch = session.execute(further.limit(size)).mappings().all()
        yield from (TrailEntry(**row) for row in batch)
        if len(batch) < size:
            return
        at, left = batch[-1]["number"], None if left is None else left - size
