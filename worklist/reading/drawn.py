"""What a reader said and drew of the slides of a case, to be shown to that reader again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from worklist.people import Actor, require
from worklist.reading.verdict import Reading, counting
from worklist.store.store import Store
from worklist.store.tables import CaseRow, VerdictRow


@dataclass(frozen=True)
class Drawn:
    """The reader's verdict that counts on one slide."""

    verdict: Reading
    regions: Mapping[str, Any] | None
    """GeoJSON in level-0 px, where they drew any."""
    comment: str


def drawn_by(store: Store, actor: Actor, accession_number: str) -> dict[str, Drawn]:
    """What the actor said of each slide of the case, by the slide's path. Raises NotAllowedError for non-readers."""
    require(actor, "give verdict")
    wanted = counting().where(CaseRow.accession_number == accession_number, VerdictRow.by == actor.name)
    with store.reading() as session:
        return {
            slide.path: Drawn(cast("Reading", verdict.verdict), verdict.regions, verdict.comment)
            for _, slide, verdict in session.execute(wanted)
        }
