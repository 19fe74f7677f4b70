"""Holds the audit trail against the cases: neither may know of something that the other does not.

The chain shows that no row of the trail was changed; this shows that no case was taken out of the store, put into it or
signed out past the trail. All is asked of the database as sets, so a list of a million cases takes seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from worklist.store.store import Store
from worklist.store.tables import AuditRow, CaseRow

_TOLD: Final = 5
"""How many cases of a kind are named."""
_CAME: Final = and_(AuditRow.act == "take in", AuditRow.details.contains('"what": "new case"', autoescape=True))


@dataclass(frozen=True)
class Disagreeing:
    """Cases of one kind of disagreement: how many, and the first of them."""

    count: int
    first: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.count} ({', '.join(self.first)}{', ...' if self.count > len(self.first) else ''})"


@dataclass(frozen=True)
class AgainstCases:
    """Where trail and cases disagree."""

    lost: Disagreeing
    """The trail says that they came in, and the store does not hold them."""
    unsigned: Disagreeing
    """Signed out in a name under which the trail holds no sign-out."""
    unexplained: Disagreeing
    """In the store, and no act on the trail brought them in."""
    too_old: int
    """Cases of which nothing can be said, since they came before the trail's first row."""


def against_cases(store: Store) -> AgainstCases:
    """What trail and cases say of each other, at one instant. Raises StoreError.

    A trail that was shortened, or begun later than the list, vouches for nothing before its first row; but what it saw
    come in was signed out after that, whatever the case says of the time.
    """
    number, when = CaseRow.accession_number, CaseRow.signed_out_utc
    of_case = AuditRow.accession_number == number
    signed = and_(AuditRow.act == "sign out", func.trim(AuditRow.who) == CaseRow.signed_out_by)
    with store.reading() as session:
        begin = session.scalar(select(AuditRow.at_utc).order_by(AuditRow.number).limit(1))
        no_act = ~exists().where(of_case, _CAME)
        old = CaseRow.added_utc < begin if begin else number.is_not(None)
        early = when < begin if begin else when.is_not(None)
        return AgainstCases(
            lost=_lost(session),
            unsigned=_cases(session, when.is_not(None), or_(~early, ~no_act), ~exists().where(of_case, signed)),
            unexplained=_cases(session, ~old, no_act),
            too_old=session.scalar(select(func.count()).select_from(CaseRow).where(old, no_act)) or 0,
        )


def _lost(session: Session) -> Disagreeing:
    """Only of what the trail names and the store does not hold, the rows of the trail are read."""
    named = select(AuditRow.accession_number).where(AuditRow.accession_number.is_not(None))
    unknown = named.except_(select(CaseRow.accession_number))
    wanted = select(AuditRow.accession_number).where(AuditRow.accession_number.in_(unknown), _CAME).distinct()
    return _told(session.scalars(wanted.order_by(AuditRow.accession_number)).all())


def _cases(session: Session, *chosen: ColumnElement[bool]) -> Disagreeing:
    return _told(session.scalars(select(CaseRow.accession_number).where(*chosen).order_by(CaseRow.id)).all())


def _told(numbers: Sequence[str | None]) -> Disagreeing:
    return Disagreeing(len(numbers), tuple(str(it) for it in numbers[:_TOLD]))
