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
    """The outcome that was answered, as `worklist.intake.events.Applied` has them."""
    reason: Mapped[str | None]
    """The words that were answered, so that the same message again gets the same answer."""


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
    unreadable: Mapped[str | None]
    """Why the file cannot be read, where it cannot."""
    reason: Mapped[str]
    """Why it is here."""
    arrived_utc: Mapped[datetime] = mapped_column(UtcTime)
    matched_utc: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    matched_case: Mapped[str | None] = mapped_column(String(64))
    matched_by: Mapped[str | None]


class FhirPartRow(Base):
    """What a FHIR resource told last, without its patient, so that what belongs to it finds it whenever it comes."""

    __tablename__ = "fhir_parts"
    __table_args__ = (UniqueConstraint("source", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str]
    """Type and id; the same for all versions of the resource."""
    request: Mapped[str] = mapped_column(index=True)
    """Name or number of the ServiceRequest that it belongs to; empty where nobody said it."""
    accession_number: Mapped[str] = mapped_column(String(64), index=True)
    order_number: Mapped[str] = mapped_column(String(64), index=True)
    told: Mapped[str | None]
    """A Part (worklist.intake.fhir.parts) in JSON; None where only its name is known yet."""
    composed_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    """Of a ServiceRequest: the stamp under which it was last told to the list."""
    asked: Mapped[bool]
    """Of a ServiceRequest: a version of it asked for something, even where a newer one took that back."""
    alone: Mapped[bool]
    """Of a specimen: it came with a case's number before its ServiceRequest, and stands for the case."""
