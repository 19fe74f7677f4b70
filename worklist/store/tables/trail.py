"""The audit trail: append-only rows, each holding the hash of the one before."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class AuditRow(Base):
    """One act: who did what to which case, when and from where."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_who", "who", "number"), Index("ix_audit_act", "act", "number"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 ... without a gap."""
    at_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    who: Mapped[str]
    role: Mapped[str]
    source: Mapped[str]
    act: Mapped[str]
    accession_number: Mapped[str | None] = mapped_column(String(64), index=True)
    details: Mapped[str]
    """JSON, keys sorted."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The trail's one newest link; whoever appends holds this row, so the chain never forks."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
