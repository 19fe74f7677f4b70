"""The open list in numbers, counted by the database: how many cases there are of each kind that a page tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

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
    overdue: bool
    count: int


def overview(store: Store, now_utc: datetime) -> Sequence[Alike]:
    """All open cases by kind. Raises StoreError."""
    overdue = (CaseRow.deadline_utc < now_utc).label("overdue")
    kinds = (CaseRow.pathway_name, CaseRow.site, CaseRow.subspecialty, CaseRow.ai_state, overdue)
    wanted = select(*kinds, func.count().label("number")).where(CaseRow.signed_out_utc.is_(None)).group_by(*kinds)
    with store.reading() as session:
        rows = session.execute(wanted).all()
    return [Alike(it.pathway_name, it.site, it.subspecialty, it.ai_state, bool(it.overdue), it.number) for it in rows]
