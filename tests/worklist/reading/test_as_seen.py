"""Acts go by the case as it was seen: what somebody else did since is said and stands, also where an act is undone."""

import pytest

from tests.support.cases import scored
from tests.support.departments import ANNA, BO, CARL
from tests.support.people import SYSTEM
from worklist.calendar import WorkingCalendar
from worklist.errors import ChangedCaseError, OpinionError, SignedOutError, UnknownOperationError
from worklist.reading.assignment import assign, give_back, take
from worklist.reading.reading import start_reading
from worklist.reading.rescan import ask_rescan, rescans
from worklist.reading.second_opinion import Question, answer, ask, opinions
from worklist.reading.undo import Done, can_undo, undo
from worklist.reading.urgent import mark_urgent
from worklist.reading.verdict import give_verdict, verdicts
from worklist.watching.operations import close_operation, open_operations

CALENDAR = WorkingCalendar()
QUESTION = Question("person", "bo", "digital", "DCIS?")


def test_a_case_that_went_elsewhere_is_not_given_on_unseen(department):
    seen = department.case("26-1")
    take(department, BO, "26-1", seen=seen)
    for act in (
        lambda: assign(department, CARL, "26-1", "anna", seen=seen),
        lambda: take(department, ANNA, "26-1", seen=seen),
    ):
        with pytest.raises(ChangedCaseError, match="it is with bo now"):
            act()
    assert department.case("26-1").assigned_to == "bo"
    assert take(department, BO, "26-1", seen=seen).assigned_to == "bo", "the same again is no conflict"


def test_a_case_that_its_reader_has_begun_to_read_is_not_fetched_back_unseen(department):
    before = department.case("26-1")
    after = assign(department, CARL, "26-1", "bo", seen=before)
    start_reading(department, BO, "26-1")
    with pytest.raises(ChangedCaseError, match="bo has begun to read it"):
        undo(department, CARL, Done("assign", before, after))
    with pytest.raises(ChangedCaseError, match="bo has begun to read it"):
        assign(department, CARL, "26-1", "anna", seen=after)
    assert department.case("26-1").assigned_to == "bo"
    assert give_back(department, BO, "26-1", seen=after).assigned_to is None, "it is the reader's own"


def test_a_case_of_another_number_is_never_acted_upon(department):
    with pytest.raises(ChangedCaseError, match="case 26-2 was shown, not 26-1"):
        take(department, ANNA, "26-1", seen=department.case("26-2"))
    assert department.case("26-1").assigned_to is None


def test_a_question_is_not_asked_of_a_case_that_was_given_on(department):
    seen = take(department, ANNA, "26-1")
    assign(department, CARL, "26-1", "bo")
    with pytest.raises(ChangedCaseError):
        ask(department, CARL, "26-1", QUESTION, CALENDAR, seen=seen)
    assert opinions(department) == []


def test_a_verdict_is_not_set_against_a_score_that_its_reader_had_not_seen(department):
    seen = department.case("26-1")
    department.record_result(scored("b.svs"), SYSTEM)
    give_verdict(department, ANNA, "26-1", "a.svs", "negative", seen=seen)
    with pytest.raises(ChangedCaseError, match=r"b\.svs is now flagged"):
        give_verdict(department, ANNA, "26-1", "b.svs", "negative", seen=seen)
    assert [it.slide for it in verdicts(department)] == ["a.svs"]


def test_what_was_given_taken_or_given_back_is_put_back(department):
    before = department.case("26-1")
    after = take(department, ANNA, "26-1", seen=before)
    done = Done("assign", before, after)
    assert can_undo(ANNA, done)
    undo(department, ANNA, done)
    assert department.case("26-1") == before
    taken = take(department, ANNA, "26-1")
    back = Done("assign", taken, give_back(department, ANNA, "26-1", seen=taken))
    undo(department, ANNA, back)
    assert department.case("26-1").assigned_to == "anna"


def test_who_gives_a_case_away_cannot_fetch_it_but_a_coordinator_can(department):
    before = take(department, ANNA, "26-1")
    done = Done("assign", before, assign(department, ANNA, "26-1", "bo"))
    assert not can_undo(ANNA, done)
    assert can_undo(CARL, done)
    undo(department, CARL, done)
    assert department.case("26-1").assigned_to == "anna"


def test_nothing_that_somebody_did_since_is_undone(department):
    before = department.case("26-1")
    done = Done("assign", before, assign(department, CARL, "26-1", "anna"))
    assign(department, CARL, "26-1", "bo")
    with pytest.raises(ChangedCaseError, match="it is with bo now, and was with anna"):
        undo(department, CARL, done)
    department.sign_out("26-1", BO)
    with pytest.raises(SignedOutError):
        undo(department, CARL, done)


def test_a_mark_a_question_and_a_rescan_are_taken_back(department):
    before = department.case("26-1")
    undo(department, CARL, Done("urgent", before, mark_urgent(department, CARL, "26-1", "now", CALENDAR)))
    assert department.case("26-1") == before
    asked = ask_rescan(department, ANNA, "26-1", "a.svs", "stitching")
    undo(department, ANNA, Done("rescan", before, before, asked.id))
    assert not rescans(department, only_open=True)
    taken = take(department, ANNA, "26-1")
    question = ask(department, ANNA, "26-1", QUESTION, CALENDAR)
    undo(department, ANNA, Done("second opinion", taken, department.case("26-1"), question.id))
    assert department.case("26-1").state == "assigned"


def test_what_was_answered_or_scanned_cannot_be_taken_back(department):
    taken = take(department, ANNA, "26-1")
    question = ask(department, ANNA, "26-1", QUESTION, CALENDAR)
    answer(department, BO, question.id, "", agrees=True)
    with pytest.raises(OpinionError):
        undo(department, ANNA, Done("second opinion", taken, taken, question.id))
    asked = ask_rescan(department, ANNA, "26-1", "a.svs", "stitching")
    close_operation(department, CARL, open_operations(department)[0].id)
    with pytest.raises(UnknownOperationError):
        undo(department, ANNA, Done("rescan", taken, taken, asked.id))
