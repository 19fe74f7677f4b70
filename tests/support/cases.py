"""Cases and slides as the tests of the worklist tell them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from worklist.cases import Case, CaseSlide

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
"""A Wednesday morning in Copenhagen."""
MODEL = "idc-screen@1.0.0"


def case(number: str, *slides: str, **changes: object) -> Case:
    """An open case as it comes in, received a day ago and due in three."""
    told: dict[str, object] = {
        "accession_number": number,
        "pathway": "breast",
        "pathway_name": "kræftpakke bryst",
        "specimen_kind": "biopsy",
        "urgency": 2,
        "received_utc": NOW - timedelta(days=1),
        "deadline_utc": NOW + timedelta(days=3),
        "site": "Rigshospitalet",
        "subspecialty": "mamma",
        "slides": tuple(CaseSlide(path=Path(path)) for path in slides),
    }
    return Case.model_validate(told | changes)


def kept(came_in: Case, **changes: object) -> Case:
    """The case as the store gives it back: its slides have arrived, and its state follows from them."""
    slides = [slide.model_copy(update={"arrived_utc": slide.arrived_utc or NOW}) for slide in came_in.slides]
    state = "scanned" if slides else "received"
    return came_in.model_copy(update={"slides": tuple(slides), "state": state, **changes})


def scored(path: str, score: float = 0.9, model: str = MODEL) -> CaseSlide:
    """What scoring tells of a slide that arrived now; flagged above one half."""
    return CaseSlide(
        path=Path(path),
        state="scored",
        score=score,
        flagged=score > 0.5,
        quality="warn",
        model=model,
        result_folder=Path("/results/a"),
        scored_utc=NOW,
        arrived_utc=NOW,
    )
