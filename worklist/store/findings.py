"""Putting what was found out about a slide into every case that holds it, within a change of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.cases import CaseSlide
from worklist.store.rows import fill, settle, to_slide
from worklist.store.tables import CaseRow, OperationRow, RescanRow, SlideRow
from worklist.trail.chain import Told
from worklist.watching.operations import raise_operation

NEW_FILE: Final = "a new file of the slide"
"""Who ends a rescan where no person did."""


@dataclass(frozen=True)
class Put:
    """A case that holds the slide."""

    case: CaseRow
    told: Told | None
    """For the audit trail; None where the case knew it all already."""


def holding_cases(session: Session, path: str) -> Sequence[CaseRow]:
    """The cases that hold the slide, held until the change is made, in one order for all."""
    holding = select(SlideRow.case_id).where(SlideRow.path == path)
    return session.scalars(select(CaseRow).where(CaseRow.id.in_(holding)).order_by(CaseRow.id).with_for_update()).all()


def put_finding(session: Session, slide: CaseSlide) -> list[Put]:
    """Puts it into every case that holds the slide.

    What is told last stands, but that a failure takes no score away: it is only noted beside it, so that the case
    keeps its flag until the slide has been read again. The same again changes nothing.
    """
    done = []
    for case in holding_cases(session, str(slide.path)):
        (row,) = (it for it in case.slides if it.path == str(slide.path))
        before = to_slide(row)
        if slide.state == "failed" and row.state == "scored":
            row.later_failure = slide.reason
        else:
            fill(row, slide)
        settle(case)
        same = to_slide(row) == before
        if row.sha256 != before.sha256:
            if before.sha256 is not None:
                _end_rescan(session, row, slide.scored_utc)
            _tell_twin(session, row, slide.scored_utc)
        told: Told = {"slide": row.id, "state": slide.state, "score": slide.score, "model": slide.model}
        done.append(Put(case, None if same else told))
    return done


def _end_rescan(session: Session, row: SlideRow, scored_utc: datetime | None) -> None:
    """Another file stands under the slide's name, so whoever asked for it has got it."""
    asked = select(RescanRow.operation_id).where(RescanRow.slide_id == row.id)
    wanted = select(OperationRow).where(OperationRow.id.in_(asked), OperationRow.closed_utc.is_(None))
    for operation in session.scalars(wanted.with_for_update()):
        operation.closed_utc, operation.closed_by = scored_utc or operation.last_utc, NEW_FILE


def _tell_twin(session: Session, row: SlideRow, scored_utc: datetime | None) -> None:
    """Asks a person to look where the same file is a slide under another name too, now that its hash is known."""
    same_file = select(SlideRow).where(SlideRow.sha256 == row.sha256, SlideRow.path != row.path)
    twin = session.scalar(same_file.order_by(SlideRow.id).limit(1))
    if twin is None or scored_utc is None:
        return
    one, other = (f"{Path(it.path).name} of case {it.case.accession_number}" for it in (row, twin))
    words = f"{one} is the same file as {other}. Check whose slide it is, and remove one of the two files."
    raise_operation(session, "same slide twice", row.case.accession_number, words, scored_utc)
