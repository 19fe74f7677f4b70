"""Where a case's slides and what was found in them lie: all that a picture of one needs, asked for with each tile."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from worklist.store.store import Store
from worklist.store.tables import CaseRow, SlideRow


@dataclass(frozen=True)
class SlideFile:
    """A slide of a case."""

    path: Path
    result_folder: Path | None
    """Of its newest score; None for a slide that has none."""


def slide_files(store: Store, accession_number: str) -> list[SlideFile]:
    """Those of a case, open or signed out; none where there is no such case. Raises StoreError."""
    wanted = (
        select(SlideRow.path, SlideRow.state, SlideRow.result_folder)
        .join(CaseRow, CaseRow.id == SlideRow.case_id)
        .where(CaseRow.accession_number == accession_number)
    )
    with store.reading() as session:
        return [
            SlideFile(Path(path), Path(folder) if folder and state == "scored" else None)
            for path, state, folder in session.execute(wanted)
        ]
