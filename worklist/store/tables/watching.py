"""What is watched: forecasts, where shadow mode would have put a case, and what needs a hand."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class ForecastRow(Base):
    """The newest forecast of a case."""

    __tablename__ = "forecasts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    made_utc: Mapped[datetime] = mapped_column(UtcTime)
    late_probability: Mapped[float]
    """That the case misses its deadline, 0 to 1."""
    scenario_hash: Mapped[str]


class ShadowPlaceRow(Base):
    """Where the AI would have put a case while it was computed and not used."""

    __tablename__ = "shadow_places"
    __table_args__ = (UniqueConstraint("case_id", "at_utc"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at_utc: Mapped[datetime] = mapped_column(UtcTime)
    clinical_place: Mapped[int]
    ai_place: Mapped[int]


class OperationRow(Base):
    """Something that needs a person's hand; the same thing again is counted, not listed twice."""

    __tablename__ = "operations"
    __table_args__ = (
        Index(
            "uq_operations_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("closed_utc IS NULL"),
            postgresql_where=text("closed_utc IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """An OperationKind."""
    subject: Mapped[str]
    """What it is about: an accession number, a path's hash, a model."""
    text: Mapped[str]
    """What happened and what to do; no patient's identity."""
    times: Mapped[int]
    first_utc: Mapped[datetime] = mapped_column(UtcTime)
    last_utc: Mapped[datetime] = mapped_column(UtcTime)
    closed_utc: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    closed_by: Mapped[str | None]


class ActionMonthRow(Base):
    """How many actions of a class people did in the app in a month (UTC), and how many within the limit."""

    __tablename__ = "action_months"

    month: Mapped[str] = mapped_column(primary_key=True)
    """Such as 2026-11."""
    action: Mapped[str] = mapped_column(primary_key=True)
    actions: Mapped[int]
    within: Mapped[int]


class ActionHourRow(Base):
    """The same of one hour, with the longest that an action of the class took in it."""

    __tablename__ = "action_hours"

    hour_utc: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    """When the hour began."""
    action: Mapped[str] = mapped_column(primary_key=True)
    actions: Mapped[int]
    within: Mapped[int]
    longest_s: Mapped[float] = mapped_column(Double)


class StorageDayRow(Base):
    """How full a disk, or how large the list's database, was on a day (UTC), when it was last looked at."""

    __tablename__ = "storage_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    """Machine and mount point, such as lab-2:/mnt/slides; or "the list" for the database."""
    used_bytes: Mapped[int] = mapped_column(BigInteger)
    free_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """None for the database, which has no room of its own."""
