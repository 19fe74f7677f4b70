"""The operations list: what happened that needs a person's hand, once each, counted where it happens again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast, get_args

from sqlalchemy import func, select
from sqlalchemy import text as clause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worklist.errors import ChangedOperationError, UnknownOperationError
from worklist.people import Actor
from worklist.store.tables import OperationRow

if TYPE_CHECKING:
    from worklist.store.store import Store

OperationKind = Literal[
    "unmatched slide",
    "refused message",
    "unknown site",
    "unknown pathway",
    "another patient",
    "no patient",
    "look-alike number",
    "late slide",
    "late change",
    "same slide twice",
    "watched folder",
    "dead job",
    "drift",
    "discordance",
    "late answer",
    "rescan",
    "clock",
    "store",
]
"""late slide, late change, late answer: of a case that had been signed out. drift, discordance: of a model."""

KINDS: tuple[OperationKind, ...] = get_args(OperationKind)

_OPEN = clause("closed_utc IS NULL")


@dataclass(frozen=True)
class Operation:
    """One entry that nobody has closed."""

    id: int
    kind: OperationKind
    subject: str
    """What it is about: an accession number, a path's hash, a model."""
    text: str
    """What happened and what to do; no patient's identity."""
    times: int
    first_utc: datetime
    last_utc: datetime


def raise_operation(session: Session, kind: OperationKind, subject: str, text: str, now_utc: datetime) -> None:
    """Puts it on the list within the session's change; one that is open already is counted up and gets the newest text.

    One statement, so that two who raise the same at once make one entry and lose no count.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    row = {"kind": kind, "subject": subject, "text": text, "times": 1, "first_utc": now_utc, "last_utc": now_utc}
    session.execute(
        insert(OperationRow)
        .values(row)
        .on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=_OPEN,
            set_={"times": OperationRow.times + 1, "text": text, "last_utc": now_utc},
        )
        .execution_options(synchronize_session=False)
    )


def open_operations(store: "Store", kinds: Collection[OperationKind] = (), limit: int | None = None) -> list[Operation]:
    """What is open, the latest first. kinds: only these, where any is given; limit: so many at most."""
    latest = (OperationRow.last_utc.desc(), OperationRow.id.desc())
    wanted = select(OperationRow).where(OperationRow.closed_utc.is_(None)).order_by(*latest).limit(limit)
    if kinds:
        wanted = wanted.where(OperationRow.kind.in_(kinds))
    with store.reading() as session:
        return [_told(row) for row in session.scalars(wanted)]


def operation_counts(store: "Store") -> dict[OperationKind, int]:
    """How many are open of each kind that has any, the most frequent first."""
    number = func.count()
    wanted = select(OperationRow.kind, number).where(OperationRow.closed_utc.is_(None)).group_by(OperationRow.kind)
    with store.reading() as session:
        rows = session.execute(wanted.order_by(number.desc(), OperationRow.kind))
        return {cast("OperationKind", kind): count for kind, count in rows}


def close_operation(store: "Store", actor: Actor, operation_id: int, *, seen: Operation | None = None) -> Operation:
    """Takes it off the list in the actor's name; the same thing later is a new entry.

    seen: the entry as the actor saw it. Raises NotAllowedError, UnknownOperationError where none of that number is
    open, and ChangedOperationError where it happened again since it was seen.
    """
    with store.acting(actor, "close operation", details={"operation": operation_id}) as session:
        wanted = select(OperationRow).where(OperationRow.id == operation_id, OperationRow.closed_utc.is_(None))
        row = session.scalar(wanted.with_for_update())
        if row is None:
            raise UnknownOperationError(f"no open operation {operation_id}; `forrang operations` lists those that are")
        if seen is not None and row.times != seen.times:
            raise ChangedOperationError(
                f"operation {operation_id} ({row.kind}) happened again since it was shown ({row.times} times by now):"
                " it was not closed; look at it again"
            )
        row.closed_utc, row.closed_by = store.now(), actor.name
        return _told(row)


def _told(row: OperationRow) -> Operation:
    kind = cast("OperationKind", row.kind)
    return Operation(row.id, kind, row.subject, row.text, row.times, row.first_utc, row.last_utc)
