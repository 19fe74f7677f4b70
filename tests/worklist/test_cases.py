"""What the AI can say of a whole case, and what no case or slide may say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from worklist.cases import Case, CaseSlide

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


def slide(state: str, score: float | None = None) -> CaseSlide:
    told: dict[str, object] = {"path": Path("a.svs"), "state": state}
    if state == "scored":
        told |= {"score": score, "flagged": score is not None and score >= 0.5}
    elif state != "unscored":
        told |= {"reason": f"it is {state}"}
    return CaseSlide.model_validate(told)


def case(*slides: CaseSlide) -> Case:
    numbered = tuple(it.model_copy(update={"path": Path(f"{number}.svs")}) for number, it in enumerate(slides))
    return Case(
        accession_number="P1",
        pathway="breast",
        pathway_name="kræftpakke bryst",
        received_utc=NOW,
        deadline_utc=NOW + timedelta(days=4),
        slides=numbered,
    )


LOW, HIGH, WAITS = slide("scored", 0.1), slide("scored", 0.8), slide("unscored")
REJECTED, FAILED = slide("rejected"), slide("failed")


@pytest.mark.parametrize(
    ("slides", "state", "score"),
    [
        ((), "no slides", None),
        ((LOW, LOW), "not flagged", 0.1),
        ((LOW, HIGH), "flagged", 0.8),
        ((HIGH, FAILED, WAITS), "flagged", 0.8),
        ((LOW, FAILED), "partly scored", 0.1),
        ((LOW, REJECTED), "partly scored", 0.1),
        ((LOW, WAITS), "partly scored", 0.1),
        ((WAITS, FAILED), "unscored", None),
        ((FAILED, REJECTED), "failed", None),
        ((REJECTED, REJECTED), "rejected", None),
    ],
)
def test_the_state_of_a_case_follows_from_all_its_slides(
    slides: tuple[CaseSlide, ...], state: str, score: float | None
) -> None:
    assert (case(*slides).ai_state, case(*slides).ai_score) == (state, score)


@given(st.lists(st.sampled_from([LOW, HIGH, WAITS, REJECTED, FAILED]), max_size=6))
def test_a_case_is_not_flagged_only_when_every_slide_was_scored(slides: list[CaseSlide]) -> None:
    judged = case(*slides)
    if judged.ai_state == "not flagged":
        assert slides
        assert all(it.state == "scored" and not it.flagged for it in slides)
    assert (judged.ai_state == "flagged") == any(it.flagged for it in slides)
    assert (judged.ai_score is None) == all(it.state != "scored" for it in slides)


def test_the_problem_of_a_case_counts_its_spoilt_slides_and_gives_each_reason_once() -> None:
    assert case(LOW, WAITS).ai_problem is None
    assert case(FAILED).ai_problem == "AI could not read 1 of 1 slide: it is failed"
    assert case(LOW, FAILED, FAILED).ai_problem == "AI could not read 2 of 3 slides: it is failed"


@pytest.mark.parametrize(
    "told",
    [
        {"state": "scored", "score": 0.4},
        {"state": "scored", "score": float("nan"), "flagged": False},
        {"state": "scored", "score": 1.1, "flagged": True},
        {"state": "failed", "reason": "cut short", "score": 0.4},
        {"state": "rejected"},
        {"state": "unscored", "flagged": False},
        {"state": "failed", "reason": "cut short", "later_failure": "cut short"},
        {"state": "done"},
    ],
)
def test_a_slide_cannot_claim_what_its_state_does_not_know(told: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CaseSlide.model_validate({"path": Path("a.svs")} | told)


def test_a_case_has_zoned_times_each_slide_once_and_a_person_at_its_sign_out() -> None:
    good = case(LOW).model_dump()
    for change in (
        {"received_utc": NOW.replace(tzinfo=None)},
        {"slides": (LOW, LOW)},
        {"signed_out_utc": NOW},
        {"signed_out_by": "A. Reader"},
        {"accession_number": ""},
    ):
        with pytest.raises(ValidationError):
            Case.model_validate(good | change)
