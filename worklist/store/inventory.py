"""What a store holds and how it is kept: for `forrang store info` and `forrang doctor`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from worklist.store.database import revision
from worklist.store.store import Store
from worklist.store.tables import AuditHeadRow, Base


@dataclass(frozen=True)
class Inventory:
    """One store, at one instant."""

    url: str
    """Without a password."""
    database: str
    """Name and version of the database."""
    journal_mode: str | None
    """SQLite's; None on PostgreSQL."""
    revision: str | None
    """Of the schema."""
    bytes: int
    audit_number: int
    audit_hash: str
    rows: dict[str, int]
    """How many each table has."""


def take_inventory(store: Store) -> Inventory:
    """Counts everything. Raises StoreError."""
    with store.reading() as session:
        connection = session.connection()
        head = session.scalars(select(AuditHeadRow)).one()
        if connection.dialect.name == "sqlite":
            version = f"SQLite {session.scalar(select(func.sqlite_version()))}"
            mode = str(session.scalar(text("PRAGMA journal_mode"))).upper()
        else:
            version = f"PostgreSQL {str(session.scalar(text('SHOW server_version'))).split()[0]}"
            mode = None
        rows = {
            it.name: session.scalar(select(func.count()).select_from(it)) or 0 for it in Base.metadata.sorted_tables
        }
        return Inventory(
            store.url, version, mode, revision(connection), size_bytes(session), head.number, head.hash, rows
        )


def size_bytes(session: Session) -> int:
    """Of the database, as it lies on its disk."""
    if session.connection().dialect.name == "sqlite":
        pages, size = (int(session.scalar(text(f"PRAGMA {it}")) or 0) for it in ("page_count", "page_size"))
        return pages * size
    return int(session.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def clock_difference_s(store: Store) -> float | None:
    """By how much the database's clock is ahead of this machine's, in s; None where it has none of its own."""
    with store.reading() as session:
        if session.connection().dialect.name == "sqlite":
            return None
        theirs: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return (theirs - store.now()).total_seconds()
