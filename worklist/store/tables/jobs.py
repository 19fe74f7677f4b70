"""The lease table: which slide waits for which model, who works on it, and what became of it."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class JobRow(Base):
    """One slide to be scored by one model; a slide in two cases is one job."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("path", "model"),
        Index("ix_jobs_claim", "state", "model", "due_s", "id"),
        Index("ix_jobs_lease", "state", "lease_until_utc"),
        Index("ix_jobs_finished", "finished_utc", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    model: Mapped[str]
    """name@version."""
    state: Mapped[str]
    """A JobState: waiting, leased, done, dead, cancelled."""
    due_s: Mapped[float]
    """Order of claims, least first: seconds since 1970 at which the most pressing case of the slide counts as due."""
    attempts: Mapped[int]
    """How often reading the slide has failed since it was queued."""
    losses: Mapped[int]
    """How many leases ended with the death of whoever held them; the slide is read alone from then on."""
    not_before_utc: Mapped[datetime] = mapped_column(UtcTime)
    """A retry waits until then."""
    lease_owner: Mapped[str | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    """Of this lease alone; who comes with another has lost it."""
    lease_until_utc: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str | None]
    """Why it was retried, died or was cancelled."""
    stamp: Mapped[str | None]
    """Size and time of the file that was scored; another file under the same name is scored anew."""
    created_utc: Mapped[datetime] = mapped_column(UtcTime)
    finished_utc: Mapped[datetime | None] = mapped_column(UtcTime)


class WorkerRow(Base):
    """A worker and when it last gave a sign of life."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    started_utc: Mapped[datetime] = mapped_column(UtcTime)
    seen_utc: Mapped[datetime] = mapped_column(UtcTime)
    draining: Mapped[bool]
    """It was asked to finish what it has and stop."""
