"""What a reader drew on the slides of a case, to be shown to that reader again."""

from collections.abc import Mapping
from typing import Any

from worklist.people import Actor, require
from worklist.reading.verdict import Reading, counting
from worklist.store.store import Store
from worklist.store.tables import CaseRow, VerdictRow


def drawn_by(
    store: Store, actor: Actor, accession_number: str
) -> dict[str, tuple[Reading, Mapping[str, Any] | None, str]]:
    """The actor's verdict that counts, its regions as GeoJSON in level-0 px and its comment, by the slide's path.

    Raises NotAllowedError: only who reads has drawn.
    """
    require(actor, "give verdict")
    wanted = counting().where(CaseRow.accession_number == accession_number, VerdictRow.by == actor.name)
    with store.reading() as session:
        return {
            slide.path: (verdict.verdict, verdict.regions, verdict.comment)  # type: ignore[misc]
            for _, slide, verdict in session.execute(wanted)
        }
