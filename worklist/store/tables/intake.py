"""What came in: messages that were handled, and slides whose case is not known."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class MessageRow(Base):
    """A message that was handled, so that the same one again does nothing; its text is not kept."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("source", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    message_id: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    received_utc: Mapped[datetime] = mapped_column(UtcTime)
    outcome: Mapped[str]
    """One of: applied, unchanged, refused."""
    reason: Mapped[str | None]


class UnmatchedSlideRow(Base):
    """A slide that came without a case to put it in; it waits here until an order or a person says whose it is."""

    __tablename__ = "unmatched_slides"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(unique=True)
    accession_number: Mapped[str | None] = mapped_column(String(64), index=True)
    """What its name or attributes say, where they say it."""
    slide_id: Mapped[str | None]
    block: Mapped[str | None]
    stain: Mapped[str | None]
    scanner: Mapped[str | None]
    reason: Mapped[str]
    arrived_utc: Mapped[datetime] = mapped_column(UtcTime)
    matched_utc: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    matched_case: Mapped[str | None] = mapped_column(String(64))
    matched_by: Mapped[str | None]
