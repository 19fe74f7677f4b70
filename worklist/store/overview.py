"""The open list in numbers, counted by the database: how many cases there are of each kind that a page tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from worklist.store.filters import Filter, conditions
from worklist.store.store import Store
from worklist.store.tables import AuditHeadRow, CaseRow


@dataclass(frozen=True)
class Alike:
    """Open cases of one kind."""

    pathway_name: str
    site: str
    subspecialty: str
    ai_state: str
    """An AiState."""
    state: str
    """A CaseState."""
    count: int
    overdue: int
    """How many of them."""


def overview(store: Store, now_utc: datetime, chosen: Filter | None = None) -> Sequence[Alike]:
    """All open cases by kind, or those that were chosen. Raises StoreError."""
    kinds = (CaseRow.pathway_name, CaseRow.site, CaseRow.subspecialty, CaseRow.ai_state, CaseRow.state)
    late = func.sum(case((CaseRow.deadline_utc < now_utc, 1), else_=0)).label("late")
    with store.reading() as session:
        kept = conditions(session, chosen or Filter())
        rows = session.execute(select(*kinds, func.count().label("number"), late).where(*kept).group_by(*kinds)).all()
    return [Alike(it.pathway_name, it.site, it.subspecialty, it.ai_state, it.state, it.number, it.late) for it in rows]


def newest_act(store: Store) -> int:
    """Number of the newest act on the audit trail: while it stays, so does every case. Raises StoreError."""
    with store.reading() as session:
        return session.scalar(select(AuditHeadRow.number)) or 0
