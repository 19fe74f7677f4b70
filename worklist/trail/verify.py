"""Checks the audit trail's chain, link by link, in batches: other work goes on meanwhile, and memory stays small.

What the chain shows: a row that was changed, taken out, put in or swapped, and a cut-off end. What it cannot show
alone: that somebody who may write to the database made a whole new chain, head and all. An anchor shows that: the
head's number and hash, kept where that person cannot write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import func, select

from worklist.errors import TrailError
from worklist.store.store import Store
from worklist.store.tables import AuditHeadRow, AuditRow
from worklist.trail.chain import START, link

_BATCH: Final = 5000
_ANCHOR: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
_TO_DO: Final = "keep the database as it is, and compare it with its backups"


@dataclass(frozen=True)
class Anchor:
    """The head of the trail at some time: all rows up to `number` are behind `hash`."""

    number: int
    hash: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From NUMBER:HASH, as `forrang audit head` writes it. Raises TrailError."""
        found = _ANCHOR.fullmatch(text.strip().lower())
        if found is None:
            raise TrailError(f"anchor {text!r}: give NUMBER:HASH, as `forrang audit head` wrote it")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Verified:
    """A trail that holds."""

    rows: int
    first: datetime | None
    """When the first act was; None on an empty trail."""
    last: datetime | None
    head: Anchor


def head(store: Store) -> Anchor:
    """The newest link. Raises TrailError where the row that keeps it is gone."""
    with store.reading() as session:
        found = session.get(AuditHeadRow, 1)
    if found is None:
        raise TrailError(f"the audit trail's head is missing: it was taken out; {_TO_DO}")
    return Anchor(found.number, found.hash)


def verify(store: Store, anchor: Anchor | None = None) -> Verified:
    """Goes through the whole trail. anchor: an earlier head, which the trail must still hold.

    Raises TrailError, which names the first row that is broken and what is wrong with it.
    """
    end = head(store)
    if anchor is not None and anchor.number > end.number:
        raise TrailError(
            f"the audit trail ends at row {end.number}, and had {anchor.number} rows when the anchor was written:"
            f" its end was cut off; {_TO_DO}"
        )
    number, previous = 0, START
    first = last = None
    for row in _rows(store, end.number):
        number += 1
        _check_link(row, number, previous)
        previous, last = row["hash"], row["at_utc"]
        first = first or last
        if anchor is not None and anchor.number == number and anchor.hash != previous:
            raise TrailError(
                f"audit row {number} has another hash than the anchor: the trail up to it was written anew; {_TO_DO}"
            )
    if number < end.number:
        raise TrailError(
            f"audit row {number + 1} is missing: the trail ends at row {number}, and its head says {end.number};"
            f" rows were taken out or the head was changed; {_TO_DO}"
        )
    if previous != end.hash:
        raise TrailError(f"audit row {number} does not have the head's hash: one of them was changed; {_TO_DO}")
    _check_that_nothing_follows(store)
    return Verified(number, first, last, end)


def _check_link(row: dict[str, Any], number: int, previous: str) -> None:
    if row["number"] != number:
        raise TrailError(f"audit row {number} is missing: the next one is row {row['number']}; {_TO_DO}")
    own = row["hash"]
    if link({name: value for name, value in row.items() if name != "hash"}) != own:
        raise TrailError(
            f"audit row {number} ({row['act']}, {row['at_utc']:%Y-%m-%d %H:%M} UTC) was changed after it was written:"
            f" its hash does not fit what it says; {_TO_DO}"
        )
    if row["previous"] != previous:
        raise TrailError(
            f"audit row {number} does not follow row {number - 1}: one of the two was put in or written anew; {_TO_DO}"
        )


def _check_that_nothing_follows(store: Store) -> None:
    """Whether a row stands behind the head; asked in one statement, since acts go on."""
    behind = select(func.min(AuditRow.number)).where(
        AuditRow.number > select(AuditHeadRow.number).where(AuditHeadRow.id == 1).scalar_subquery()
    )
    with store.reading() as session:
        number = session.scalar(behind)
    if number is not None:
        raise TrailError(f"audit row {number} was put in behind the head, or the head was set back; {_TO_DO}")


def _rows(store: Store, last: int) -> Iterator[dict[str, Any]]:
    """All rows up to number `last`, each batch read on its own."""
    columns = AuditRow.__table__
    at = 0
    while at < last:
        wanted = select(columns).where(columns.c.number > at, columns.c.number <= last)
        with store.reading() as session:
            batch = session.execute(wanted.order_by(columns.c.number).limit(_BATCH)).mappings().all()
        if not batch:
            return
        yield from (dict(row) for row in batch)
        at = batch[-1]["number"]
