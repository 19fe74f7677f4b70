"""A case, its order, its specimens and blocks, and its slides."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from worklist.store.tables.base import Base, UtcTime

_OPEN = text("signed_out_utc IS NULL")
_DONE = text("signed_out_utc IS NOT NULL")
_UNREAD = text("state = 'unscored' AND reason IS NULL")
_NUMBER = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorts by code point on both databases, as Python does, whatever language the database was set up for."""


class CaseRow(Base):
    """A case; rows are never deleted. The columns from `state` on follow from the slides and from what people do."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "ix_cases_clinical_order",
            "deadline_utc",
            "urgency",
            "received_utc",
            "accession_number",
            "flag_score",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_cases_open_kinds",
            *("pathway_name", "site", "subspecialty", "ai_state", "state", "deadline_utc", "urgency", "received_utc"),
            *("accession_number", "flag_score", "assigned_to"),
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_cases_open_reader", "assigned_to", "deadline_utc", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_cases_signed_out_utc", "signed_out_utc", sqlite_where=_DONE, postgresql_where=_DONE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    accession_number: Mapped[str] = mapped_column(_NUMBER, unique=True)
    pathway: Mapped[str]
    pathway_name: Mapped[str]
    specimen_kind: Mapped[str]
    urgency: Mapped[int]
    received_utc: Mapped[datetime] = mapped_column(UtcTime)
    deadline_utc: Mapped[datetime] = mapped_column(UtcTime)
    site: Mapped[str]
    subspecialty: Mapped[str]
    added_utc: Mapped[datetime] = mapped_column(UtcTime)
    signed_out_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    signed_out_by: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="received", server_default="received")
    """A CaseState."""
    ai_state: Mapped[str] = mapped_column(default="no slides", server_default="no slides")
    """An AiState: what the slides say together."""
    flag_score: Mapped[float | None]
    """The highest score of the slides, where one is flagged; all that the order needs of the AI."""
    assigned_to: Mapped[str | None]
    """Login of the reader who has it."""
    order_cancelled_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the requester took the order back; the case stays until a person signs it out."""
    urgent_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a person marked it urgent; its deadline and urgency are then theirs."""
    urgent_by: Mapped[str | None]
    urgent_reason: Mapped[str | None]
    ordered_deadline_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    """Of a case marked urgent: the deadline that its orders give it."""
    ordered_urgency: Mapped[int | None]
    """Of a case marked urgent: the urgency that its orders give it."""
    patient_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed hash of the patient's number; groups a patient's cases, and names nobody."""
    slides: Mapped[list["SlideRow"]] = relationship(
        back_populates="case", order_by="SlideRow.id", lazy="selectin", cascade="save-update, merge"
    )


class SlideRow(Base):
    """A slide of a case and the newest thing known of it."""

    __tablename__ = "case_slides"
    __table_args__ = (
        UniqueConstraint("case_id", "path"),
        Index("ix_case_slides_path", "path"),
        Index("ix_case_slides_arrivals", "arrived_utc", "scanner", "state"),
        Index("ix_case_slides_unread", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    path: Mapped[str]
    state: Mapped[str]
    score: Mapped[float | None]
    flagged: Mapped[bool | None]
    reason: Mapped[str | None]
    quality: Mapped[str | None]
    model: Mapped[str | None]
    result_folder: Mapped[str | None]
    scored_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    later_failure: Mapped[str | None]
    slide_id: Mapped[str | None] = mapped_column(index=True)
    """The slide's own number, as its barcode or its scanner's attributes say it."""
    block: Mapped[str | None]
    stain: Mapped[str | None]
    scanner: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of the file, once it was read."""
    arrived_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    case: Mapped[CaseRow] = relationship(back_populates="slides")


class OrderRow(Base):
    """What an order tells of a case, as the requesting system knows it; of each fact the newest message decides.

    One order number may ask for several cases, and several orders for one.
    """

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("source", "order_number", "accession_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    """The sending system."""
    order_number: Mapped[str]
    accession_number: Mapped[str] = mapped_column(String(64), index=True)
    """Of the case; the case itself may come later."""
    state: Mapped[str]
    """One of: ordered, cancelled."""
    sent_utc: Mapped[datetime] = mapped_column(UtcTime)
    """When the newest message was sent that this row knows."""
    told: Mapped[Any] = mapped_column(JSON)
    """Every fact with the stamp of the message it is from, as `worklist.intake.facts` reads it."""


class SpecimenRow(Base):
    """A specimen of a case."""

    __tablename__ = "specimens"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[str]
    kind: Mapped[str]
    description: Mapped[str]


class BlockRow(Base):
    """A paraffin block of a specimen."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("specimen_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    specimen_id: Mapped[int] = mapped_column(ForeignKey("specimens.id"))
    label: Mapped[str]
