"""What readers did with a case."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class AssignmentRow(Base):
    """A case was given to a reader."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    person: Mapped[str] = mapped_column(index=True)
    by: Mapped[str]
    since_utc: Mapped[datetime] = mapped_column(UtcTime)
    until_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class SecondOpinionRow(Base):
    """A second opinion ("revision") that was asked for, and its answer."""

    __tablename__ = "second_opinions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    asked_by: Mapped[str]
    asked_utc: Mapped[datetime] = mapped_column(UtcTime)
    to_kind: Mapped[str]
    """One of: person, site, region."""
    to_whom: Mapped[str]
    way: Mapped[str]
    """One of: digital, post."""
    question: Mapped[str]
    due_utc: Mapped[datetime] = mapped_column(UtcTime)
    sent_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    received_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it was in the hands of whoever answers."""
    answered_utc: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    answered_by: Mapped[str | None]
    agrees: Mapped[bool | None]
    answer: Mapped[str | None]
    withdrawn_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class RescanRow(Base):
    """A slide that was asked for to be scanned again; open as long as its entry on the operations list is."""

    __tablename__ = "rescans"

    id: Mapped[int] = mapped_column(primary_key=True)
    slide_id: Mapped[int] = mapped_column(ForeignKey("case_slides.id"), index=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"), unique=True)
    by: Mapped[str]
    at_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    reason: Mapped[str]
    """A RescanReason."""
    words: Mapped[str]
    """What else was said of it."""
    scanner: Mapped[str]
    """That the slide had come from; empty where nobody told."""
    withdrawn: Mapped[bool]
    """Whether it was taken back before anybody scanned again."""


class VerdictRow(Base):
    """What a reader saw on a slide, against what the AI said at that time; a later one of the same reader counts."""

    __tablename__ = "verdicts"

    id: Mapped[int] = mapped_column(primary_key=True)
    slide_id: Mapped[int] = mapped_column(ForeignKey("case_slides.id"), index=True)
    by: Mapped[str]
    at_utc: Mapped[datetime] = mapped_column(UtcTime, index=True)
    verdict: Mapped[str]
    """One of: positive, negative, uncertain, not assessable."""
    ai_score: Mapped[float | None]
    ai_flagged: Mapped[bool | None]
    model: Mapped[str | None]
    regions: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """GeoJSON in level-0 pixels, with a class each."""
    comment: Mapped[str]


class NoteRow(Base):
    """A note on a case."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    by: Mapped[str]
    at_utc: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str]
