"""The open list in numbers, counted by the database: how many cases there are of each kind that a page tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from worklist.store.filters import IS_OPEN
from worklist.store.store import Store
from worklist.store.tables import CaseRow


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


def overview(store: Store, now_utc: datetime) -> Sequence[Alike]:
    """All open cases by kind. Raises StoreError."""
    kinds = (CaseRow.pathway_name, CaseRow.site, CaseRow.subspecialty, CaseRow.ai_state, CaseRow.state)
    late = func.sum(case((CaseRow.deadline_utc < now_utc, 1), else_=0)).label("late")
    wanted = select(*kinds, func.count().label("number"), late).where(IS_OPEN).group_by(*kinds)
    with store.reading() as session:
        rows = session.execute(wanted).all()
    return [Alike(it.pathway_name, it.site, it.subspecialty, it.ai_state, it.state, it.number, it.late) for it in rows]
