"""Shadow mode's log: where the AI would have put each case, while the clinical order stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from worklist.people import Actor, require
from worklist.priority.order import in_order
from worklist.priority.policy import Policy
from worklist.priority.standings import all_standings
from worklist.store.store import Store
from worklist.store.tables import CaseRow, ShadowPlaceRow


@dataclass(frozen=True)
class ShadowPlace:
    """A case's place in both orders."""

    case_id: int
    accession_number: str
    clinical_place: int
    ai_place: int

    @property
    def raised_by(self) -> int:
        """How many places further up the AI would have it; negative where others would be raised past it."""
        return self.clinical_place - self.ai_place


def shadow_places(session: Session, now_utc: datetime, policy: Policy) -> Iterator[ShadowPlace]:
    """Every open case with its place in both orders, in the AI's. policy: of which only the shadow is lifted."""
    used = policy.model_copy(update={"shadow": False})
    for it in in_order(all_standings(session, now_utc, used), now_utc, used):
        yield ShadowPlace(it.standing.case_id, it.standing.accession_number, it.standing.clinical_place, it.place)


def log_shadow(store: Store, actor: Actor, now_utc: datetime, policy: Policy) -> list[ShadowPlace]:
    """Logs the open cases that the AI would move otherwise than when they were logged last; returns those.

    A case that it would leave where it is gets a row only after one in which it was moved: so the log stays small, and
    its last row of a case is always true. Raises NotAllowedError and StoreError.
    """
    require(actor, "record finding")
    with store.reading() as session:
        last = _last_moves(session)
        told = [it for it in shadow_places(session, now_utc, policy) if it.raised_by != last.get(it.case_id, 0)]
    if told:
        details = {"shadow places": len(told)}
        with store.acting(actor, "record finding", details=details) as session:
            session.execute(insert(ShadowPlaceRow), [_row(it, now_utc) for it in told])
    return told


def _last_moves(session: Session) -> dict[int, int]:
    """Of each open case that was ever logged, how many places it was raised then."""
    newest = (
        select(func.max(ShadowPlaceRow.id))
        .join(CaseRow, CaseRow.id == ShadowPlaceRow.case_id)
        .where(CaseRow.signed_out_utc.is_(None))
        .group_by(ShadowPlaceRow.case_id)
    )
    moved = (ShadowPlaceRow.clinical_place - ShadowPlaceRow.ai_place).label("moved")
    rows = session.execute(select(ShadowPlaceRow.case_id, moved).where(ShadowPlaceRow.id.in_(newest)))
    return {row.case_id: row.moved for row in rows}


def _row(it: ShadowPlace, now_utc: datetime) -> dict[str, object]:
    places = {"clinical_place": it.clinical_place, "ai_place": it.ai_place}
    return {"case_id": it.case_id, "at_utc": now_utc, **places}
