"""The store's tables. A change here needs a migration in worklist/migrations/versions."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, MetaData, String, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcTime(TypeDecorator[datetime]):
    """An instant in UTC, on databases with time zones and on SQLite, which knows none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses a time without a zone rather than guess one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; the store holds UTC")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Gives every instant back in UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of the tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CaseRow(Base):
    """A case; rows are never deleted."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    accession_number: Mapped[str] = mapped_column(String(64), unique=True)
    pathway: Mapped[str]
    pathway_name: Mapped[str]
    specimen_kind: Mapped[str]
    urgency: Mapped[int]
    received_utc: Mapped[datetime] = mapped_column(UtcTime)
    deadline_utc: Mapped[datetime] = mapped_column(UtcTime)
    site: Mapped[str]
    subspecialty: Mapped[str]
    added_utc: Mapped[datetime] = mapped_column(UtcTime)
    signed_out_utc: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    signed_out_by: Mapped[str | None]
    slides: Mapped[list["SlideRow"]] = relationship(
        back_populates="case", order_by="SlideRow.id", lazy="selectin", cascade="save-update, merge"
    )


class SlideRow(Base):
    """A slide of a case and the newest thing known of it."""

    __tablename__ = "case_slides"
    __table_args__ = (UniqueConstraint("case_id", "path"), Index("ix_case_slides_path", "path"))

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
    case: Mapped[CaseRow] = relationship(back_populates="slides")
