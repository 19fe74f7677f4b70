"""Places in words: what a reader of the list sees behind each rank."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from worklist.cases import Case, CaseSlide
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.priority.reasons import ordinal, working_time

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
DAY = timedelta(hours=8)


def reason(due: timedelta, *slides: CaseSlide, policy: Policy | None = None) -> str:
    case = Case(
        accession_number="P1",
        pathway="lung",
        pathway_name="kræftpakke lunge",
        received_utc=NOW - timedelta(hours=1),
        deadline_utc=NOW + due,
        slides=slides,
    )
    (only,) = rank([case], NOW, policy or Policy())
    return only.reason


def scored(score: float) -> CaseSlide:
    return CaseSlide(path=Path("a.svs"), state="scored", score=score, flagged=score >= 0.5)


def test_numbers_of_places_are_english() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 123)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "123rd",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "0 working minutes"),
        (1 / 60, "1 working minute"),
        (0.75, "45 working minutes"),
        (1, "1 working hour"),
        (7.9, "7 working hours"),
        (8, "1 working day"),
        (-17.5, "2 working days 1 h"),
    ],
)
def test_working_times_are_rounded_down_to_what_is_surely_left(hours: float, words: str) -> None:
    assert str(working_time(timedelta(hours=hours), DAY)) == words


def test_each_state_has_its_own_words() -> None:
    left = "1st: 3 working hours left of kræftpakke lunge; "
    due = timedelta(hours=3)
    assert reason(due) == left + "no slides yet: keeps its clinical place"
    assert reason(due, CaseSlide(path=Path("a.svs"))) == left + ("AI has not read it yet; keeps its clinical place")
    assert reason(due, scored(0.25)) == left + "AI 0.25, not flagged: clinical place"
    assert reason(due, scored(0.75)) == left + "AI 0.75 flagged it, with no case that it may pass"
    assert reason(due, scored(0.25), CaseSlide(path=Path("b.svs"))) == left + (
        "AI has read 1 of 2 slides and flagged none; keeps its clinical place"
    )
    rejected = CaseSlide(path=Path("b.svs"), state="rejected", reason="rescan: 62% is out of focus.")
    assert reason(due, rejected) == left + (
        "AI could not read 1 of 1 slide: rescan: 62% is out of focus; keeps its clinical place"
    )
    assert reason(due, scored(0.75), rejected) == left + (
        "AI 0.75 flagged it, with no case that it may pass; "
        "AI could not read 1 of 2 slides: rescan: 62% is out of focus"
    )
    assert reason(due, scored(0.75), policy=Policy(use_ai=False)) == left + "clinical order, AI not used"


def test_what_lets_one_doubt_a_score_is_said_beside_it_and_moves_nothing() -> None:
    left = "1st: 3 working hours left of kræftpakke lunge; "
    due = timedelta(hours=3)
    inked = scored(0.05).model_copy(update={"quality": "warn", "reason": "pen covers 20% of the tissue: look there."})
    assert reason(due, inked) == left + (
        "AI 0.05, not flagged, but: pen covers 20% of the tissue: look there; keeps its clinical place"
    )
    other = CaseSlide(path=Path("b.svs"))
    assert reason(due, inked, other) == left + (
        "AI has read 1 of 2 slides and flagged none; but: a.svs: pen covers 20% of the tissue: look there;"
        " keeps its clinical place"
    )
    stale = scored(0.75).model_copy(update={"quality": "warn", "later_failure": "a.svs is cut short"})
    assert reason(due, stale) == left + (
        "AI 0.75 flagged it, with no case that it may pass; but: its quality is doubtful;"
        " a later try failed, the score is from before it: a.svs is cut short"
    )


def test_an_overdue_case_says_since_how_much_working_time() -> None:
    assert reason(-timedelta(hours=1)).startswith("1st: 1 working hour overdue on kræftpakke lunge; ")
    evening = NOW.replace(hour=15)
    case = Case(
        accession_number="P1",
        pathway="lung",
        pathway_name="kræftpakke lunge",
        received_utc=NOW,
        deadline_utc=evening,
    )
    (only,) = rank([case], evening + timedelta(hours=3), Policy())
    assert only.overdue
    assert only.reason.startswith("1st: kræftpakke lunge was due at the end of the last working day; ")


def test_in_shadow_mode_a_place_says_what_the_ai_would_do_and_that_it_is_not_done() -> None:
    cases = [
        Case(
            accession_number=f"P{number:02}",
            pathway="lung",
            pathway_name="kræftpakke lunge",
            received_utc=NOW - timedelta(hours=1),
            deadline_utc=NOW + timedelta(days=2),
            slides=(scored(0.94),) if number == 11 else (),
        )
        for number in range(12)
    ]
    ranked = rank(cases, NOW, Policy(shadow=True))
    assert [it.case.accession_number for it in ranked] == [it.accession_number for it in cases]
    assert ranked[-1].reason.endswith("AI 0.94 would raise it by 11 places (shadow mode: not used)")
    assert (ranked[-1].would_overtake, ranked[-1].overtakes, ranked[0].overtaken_by) == (11, 0, 0)
    assert reason(timedelta(hours=3), scored(0.75), policy=Policy(shadow=True)).endswith(
        "AI 0.75 would raise it past no case (shadow mode: not used)"
    )


def test_a_forecast_that_moves_a_case_is_named_as_what_moved_it() -> None:
    policy = Policy(forecast_raise_working_hours=16)
    due = {"deadline_utc": NOW + timedelta(days=2), "pathway": "lung", "pathway_name": "lung", "received_utc": NOW}
    cases = [Case(accession_number=f"P{number}", **due) for number in range(3)]
    cases.append(Case(accession_number="P8", slides=(scored(0.6),), **due))
    cases.append(Case(accession_number="P9", slides=(scored(0.2),), **due))
    ranked = rank(cases, NOW, policy, {"P9": 0.9, "P8": 0.8, "P0": 0.49})
    assert [it.reason.split("; ", 1)[1] for it in ranked[:3]] == [
        "AI 0.20, not flagged; forecast 90% to be late: raised it by 4 places",
        "AI 0.60 flagged it; forecast 80% to be late: raised it by 3 places; 1 case raised past it",
        "no slides yet: keeps its clinical place; 2 cases raised past it",
    ]
    assert "forecast" not in rank(cases, NOW, Policy(), {"P9": 0.9})[0].reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "assigned", "assigned_to": "akj"}, "assigned to akj"),
        ({"state": "in reading", "assigned_to": "akj"}, "akj is reading it"),
        ({"state": "second opinion"}, "a second opinion was asked for and is not there yet"),
        ({"order_cancelled_utc": NOW}, "its order was cancelled; it stays until a person signs it out"),
    ],
)
def test_a_place_says_who_has_the_case_and_what_it_waits_for(change: dict[str, object], words: str) -> None:
    case = Case(
        accession_number="P1", pathway="lung", pathway_name="lung", received_utc=NOW, deadline_utc=NOW
    ).model_copy(update=change)
    (only,) = rank([case], NOW, Policy())
    assert only.reason.endswith(f"no slides yet: keeps its clinical place; {words}")
