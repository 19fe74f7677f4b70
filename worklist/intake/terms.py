"""What the orders of a case ask for, taken together: its pathway, urgency and deadline, by the stricter rule.

Where several pathways or specimens are asked for, the one that is due first counts. A pathway that nobody knows gets
the strictest of the usual targets: an urgency is never lost in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from worklist.calendar import deadline
from worklist.cases import SpecimenKind
from worklist.errors import UnknownPathwayError
from worklist.intake.events import OrderedSpecimen
from worklist.intake.facts import OrderFacts, heard, newest
from worklist.pathways import PathwayTable, Usual

NOT_TOLD: Final = "routine"
"""The pathway of a case of which no order names one (A)."""
UNKNOWN: Final = "unknown: "
"""How the key of a pathway begins that the pathways file does not hold; what was told follows."""


@dataclass(frozen=True)
class Terms:
    """What was asked for a case and when it is due: columns of its row."""

    pathway: str
    pathway_name: str
    specimen_kind: SpecimenKind
    urgency: int
    received_utc: datetime
    deadline_utc: datetime
    site: str
    subspecialty: str

    @property
    def has_unknown_pathway(self) -> bool:
        """Whether the pathways file does not hold its pathway."""
        return self.pathway.startswith(UNKNOWN)

    def changes_to(self, other: "Terms") -> dict[str, str]:
        """What differs, by column, as "old > new"."""
        names = [field.name for field in fields(self)]
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in names}
        return {name: f"{_shown(old)} > {_shown(new)}" for name, (old, new) in pairs.items() if old != new}


def terms_of(orders: Sequence[OrderFacts], table: PathwayTable, standing: Terms | None) -> Terms:
    """What the orders of one case ask for; what none of them tells stays as it stands.

    standing: the case as it is on the list; None where it is new. Its deadline stands as well unless the pathway, the
    kind of specimen or the time of receipt is another one, so that a new pathways file changes no case by itself.
    """
    received = _received(orders, standing)
    kinds = {it.kind for it in _specimens(orders)} or {standing.specimen_kind if standing else "tissue"}
    wanted = [str(it) for it in heard(orders, "pathway")] or [standing.pathway if standing else NOT_TOLD]
    deadline_utc, urgency, pathway, name, kind = min(
        _due(told, kind, received, table) for told in wanted for kind in sorted(kinds)
    )
    if standing and (standing.pathway, standing.specimen_kind, standing.received_utc) == (pathway, kind, received):
        deadline_utc, name = standing.deadline_utc, standing.pathway_name
    return Terms(
        pathway=pathway,
        pathway_name=name,
        specimen_kind=kind,
        urgency=min([urgency, *(int(str(it)) for it in heard(orders, "urgency"))]),
        received_utc=received,
        deadline_utc=deadline_utc,
        site=newest(orders, "site") or (standing.site if standing else ""),
        subspecialty=newest(orders, "subspecialty") or (standing.subspecialty if standing else ""),
    )


def cancelled_utc(orders: Iterable[OrderFacts]) -> datetime | None:
    """When the last order of a case was taken back; None while one stands."""
    times = [order.cancelled_utc for order in orders]
    return None if None in times else max(time for time in times if time is not None)


def _specimens(orders: Sequence[OrderFacts]) -> list[OrderedSpecimen]:
    telling = [order for order in orders if order.specimens]
    standing = [order for order in telling if order.cancelled_utc is None]
    return [specimen for order in standing or telling for _, specimen in order.specimens.values()]


def _received(orders: Sequence[OrderFacts], standing: Terms | None) -> datetime:
    """The earliest that was told; where none was, when the first message was sent."""
    told = [datetime.fromisoformat(str(it)) for it in heard(orders, "received")]
    if told:
        return min(told)
    sent = [order.first_sent_utc for order in orders]
    return min([*sent, standing.received_utc] if standing else sent)


def _due(
    told: str, kind: SpecimenKind, received_utc: datetime, table: PathwayTable
) -> tuple[datetime, int, str, str, SpecimenKind]:
    """Deadline, urgency, key and name of a pathway, and the kind; the least is the strictest."""
    try:
        key = table.find(told)
    except UnknownPathwayError:
        days = min(getattr(table.usual, it).working_days for it in Usual.model_fields)
        most_urgent = min(pathway.urgency for pathway in table.pathways.values())
        asked = told.removeprefix(UNKNOWN)
        name = f"{asked} (unknown pathway)"
        return deadline(received_utc, days, table.calendar), most_urgent, UNKNOWN + asked, name, kind
    found = table.pathways[key]
    return table.deadline(key, kind, received_utc), found.urgency, key, found.name, kind


def _shown(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M}Z" if isinstance(value, datetime) else str(value)
