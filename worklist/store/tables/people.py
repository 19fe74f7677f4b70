"""Sites, people, the key table of pseudonyms, and what holds for the store as a whole."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worklist.store.tables.base import Base, UtcTime


class SiteRow(Base):
    """A hospital or laboratory that sends cases or reads them."""

    __tablename__ = "sites"

    code: Mapped[str] = mapped_column(primary_key=True)
    """As messages and files write it."""
    name: Mapped[str]
    region: Mapped[str]
    active: Mapped[bool]


class PersonRow(Base):
    """Somebody who works here; rows are never deleted, since the audit trail speaks of them."""

    __tablename__ = "people"

    login: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    site: Mapped[str]
    active: Mapped[bool]


class PseudonymRow(Base):
    """The key table of research exports: what a pseudonym stands for, and by how many days its dates are shifted."""

    __tablename__ = "pseudonyms"
    __table_args__ = (UniqueConstraint("kind", "original"),)

    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """One of: case, patient, slide, person."""
    original: Mapped[str]
    shift_days: Mapped[int]
    made_utc: Mapped[datetime] = mapped_column(UtcTime)


class FactRow(Base):
    """Something that holds for the whole store, such as the fingerprint of the site's key."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
