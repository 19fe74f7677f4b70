"""Cases and slides as rows, and back; and what a case's row says of its slides."""

from datetime import datetime

from worklist.cases import Case, CaseSlide
from worklist.states import WAITING, move, waiting_state
from worklist.store.tables import CaseRow, SlideRow

_FOLLOWS = frozenset({"slides", "state"})
"""Fields of a case that its row gets from its slides and from what people do."""


def to_row(case: Case, added_utc: datetime) -> CaseRow:
    """A new row for a case that came in."""
    plain = case.model_dump(exclude=set(_FOLLOWS))
    row = CaseRow(**plain, state="received", added_utc=added_utc)
    row.slides = [to_slide_row(slide, added_utc) for slide in case.slides]
    settle(row)
    return row


def to_case(row: CaseRow) -> Case:
    """The case that a row holds."""
    fields = {name: getattr(row, name) for name in Case.model_fields if name != "slides"}
    return Case.model_validate(fields | {"slides": tuple(to_slide(slide) for slide in row.slides)})


def to_slide_row(slide: CaseSlide, arrived_utc: datetime) -> SlideRow:
    """A new row for a slide."""
    row = SlideRow(path=str(slide.path), arrived_utc=slide.arrived_utc or arrived_utc)
    row.slide_id, row.block, row.stain, row.scanner = slide.slide_id, slide.block, slide.stain, slide.scanner
    fill(row, slide)
    return row


def to_slide(row: SlideRow) -> CaseSlide:
    """The slide that a row holds."""
    return CaseSlide.model_validate({name: getattr(row, name) for name in CaseSlide.model_fields})


def fill(row: SlideRow, slide: CaseSlide) -> None:
    """Puts what the AI found out about a slide into its row."""
    row.state, row.score, row.flagged = slide.state, slide.score, slide.flagged
    row.reason, row.quality, row.model = slide.reason, slide.quality, slide.model
    row.result_folder = str(slide.result_folder) if slide.result_folder else None
    row.scored_utc, row.later_failure = slide.scored_utc, slide.later_failure
    row.sha256 = slide.sha256 or row.sha256


def settle(row: CaseRow) -> None:
    """Brings what a case's row says of its slides up to date; a case that people have keeps its state."""
    slides = tuple(to_slide(slide) for slide in row.slides)
    told = Case.model_construct(slides=slides)
    row.ai_state = told.ai_state
    row.flag_score = told.ai_score if told.ai_state == "flagged" else None
    if row.signed_out_utc is not None:
        row.state = "signed out"
    elif row.state in WAITING:
        waits = waiting_state((slide.state, slide.reason is not None) for slide in slides)
        row.state = move(row.accession_number, row.state, waits)
