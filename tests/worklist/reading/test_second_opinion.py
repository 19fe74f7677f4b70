"""A case waits for every second opinion that was asked for, and a late answer is not lost."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.departments import ANNA, BO, CARL, RIE
from worklist.calendar import WorkingCalendar
from worklist.errors import HeldError, IdentityError, NotAllowedError, OpinionError, UnknownReaderError, WorklistError
from worklist.reading.assignment import assign, give_back, take
from worklist.reading.reading import reopen, start_reading
from worklist.reading.second_opinion import (
    Question,
    answer,
    ask,
    mark_received,
    mark_sent,
    opinions,
    withdraw,
)
from worklist.watching.operations import open_operations

CALENDAR = WorkingCalendar()
OF_BO = Question("person", "bo", "digital", "invasive?")
OF_ODENSE = Question("site", "OUH", "post", "invasive?", due_working_days=3)


@pytest.fixture
def in_reading(department):
    start_reading(department, ANNA, "26-1")
    return department


def test_the_case_waits_until_all_are_answered(in_reading):
    first = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    second = ask(in_reading, ANNA, "26-1", OF_ODENSE, CALENDAR)
    assert in_reading.case("26-1").state == "second opinion"
    answer(in_reading, BO, first.id, "yes", agrees=True)
    assert in_reading.case("26-1").state == "second opinion"
    told = answer(in_reading, ANNA, second.id, "no invasion", agrees=False, answered_by="Dr Hansen")
    assert (told.answered_by, told.agrees) == ("Dr Hansen", False)
    assert in_reading.case("26-1").state == "in reading"
    assert opinions(in_reading, only_open=True) == []


def test_a_case_that_nobody_began_to_read_is_assigned_again_after_the_answer(department):
    take(department, ANNA, "26-2")
    asked = ask(department, CARL, "26-2", OF_BO, CALENDAR)
    answer(department, BO, asked.id, "", agrees=True)
    assert department.case("26-2").state == "assigned"
    assert start_reading(department, ANNA, "26-2").state == "in reading"
    withdraw(department, ANNA, ask(department, ANNA, "26-2", OF_BO, CALENDAR).id, "no need")
    assert department.case("26-2").state == "in reading"
    assign(department, CARL, "26-2", "bo")
    withdraw(department, BO, ask(department, BO, "26-2", OF_ODENSE, CALENDAR).id, "no need")
    assert department.case("26-2").state == "assigned", "it was anna who had begun"


def test_a_case_that_is_begun_while_it_waits_is_in_reading_after_the_answer(department):
    take(department, ANNA, "26-2")
    asked = ask(department, ANNA, "26-2", OF_BO, CALENDAR)
    assert start_reading(department, ANNA, "26-2").state == "second opinion"
    answer(department, BO, asked.id, "", agrees=True)
    assert department.case("26-2").state == "in reading"


def test_its_clock_runs_in_working_days(in_reading):
    # asked on Wednesday 18 November 2026; Copenhagen closes at 15:00 UTC
    assert ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR).due_utc == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert ask(in_reading, ANNA, "26-1", OF_ODENSE, CALENDAR).due_utc == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_digital_is_sent_at_once_and_post_when_somebody_says_so(in_reading, clock):
    digital, post = (ask(in_reading, ANNA, "26-1", it, CALENDAR) for it in (OF_BO, OF_ODENSE))
    assert (digital.sent_utc, post.sent_utc) == (clock(), None)
    clock.advance(hours=5)
    assert mark_sent(in_reading, CARL, post.id).sent_utc == clock()
    clock.advance(days=2)
    noon = clock() - timedelta(hours=3)
    assert mark_received(in_reading, CARL, post.id, noon).received_utc == noon
    assert mark_received(in_reading, CARL, post.id).received_utc == noon


def test_a_time_before_the_question_or_in_the_future_is_refused(in_reading, clock):
    post = ask(in_reading, ANNA, "26-1", OF_ODENSE, CALENDAR)
    for wrong in (clock() - timedelta(minutes=1), clock() + timedelta(minutes=1)):
        with pytest.raises(OpinionError, match="cannot be"):
            mark_sent(in_reading, CARL, post.id, wrong)


def test_a_clock_that_jumped_back_loses_no_mark(in_reading, clock):
    post = ask(in_reading, ANNA, "26-1", OF_ODENSE, CALENDAR)
    clock.advance(days=-1)
    assert mark_sent(in_reading, CARL, post.id).sent_utc == post.asked_utc


def test_a_withdrawn_question_is_not_waited_for(in_reading):
    asked = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    with pytest.raises(HeldError):
        withdraw(in_reading, BO, asked.id, "not mine")
    withdraw(in_reading, ANNA, asked.id, "the immunostain settled it")
    assert in_reading.case("26-1").state == "in reading"
    assert in_reading.sign_out("26-1", ANNA).state == "signed out"


def test_nobody_signs_out_over_an_open_opinion_without_saying_so(in_reading):
    ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    with pytest.raises(OpinionError, match="waits for the second opinion of bo"):
        in_reading.sign_out("26-1", ANNA)
    assert in_reading.case("26-1").is_open
    assert in_reading.sign_out("26-1", ANNA, without_opinions=True).state == "signed out"


def test_an_answer_after_the_sign_out_is_kept_and_needs_a_hand(in_reading):
    asked = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    in_reading.sign_out("26-1", ANNA, without_opinions=True)
    answer(in_reading, BO, asked.id, "DCIS only", agrees=False)
    (late,) = open_operations(in_reading)
    assert (late.kind, late.subject) == ("late answer", "26-1")
    assert "DIFFERS" in late.text
    assert in_reading.case("26-1").state == "signed out"
    assert opinions(in_reading, "26-1")[0].answer == "DCIS only"


def test_an_answer_after_the_withdrawal_needs_a_hand_too(in_reading):
    asked = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    withdraw(in_reading, ANNA, asked.id, "no need")
    answer(in_reading, BO, asked.id, "", agrees=True)
    assert [it.kind for it in open_operations(in_reading)] == ["late answer"]
    assert in_reading.case("26-1").state == "in reading"


def test_a_case_that_was_reopened_still_waits_for_what_is_open(in_reading):
    ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    in_reading.sign_out("26-1", ANNA, without_opinions=True)
    reopen(in_reading, CARL, "26-1", "too soon")
    assert in_reading.case("26-1").state == "scanned"
    assert take(in_reading, ANNA, "26-1").state == "second opinion"


def test_a_case_that_waits_can_be_given_on_and_read_but_not_given_back(in_reading):
    ask(in_reading, CARL, "26-1", Question("region", "Syddanmark", "post", "?"), CALENDAR)
    with pytest.raises(OpinionError, match="Syddanmark"):
        give_back(in_reading, ANNA, "26-1")
    assert assign(in_reading, CARL, "26-1", "bo").state == "second opinion"
    assert start_reading(in_reading, BO, "26-1").state == "second opinion"


def test_only_somebody_who_is_there_and_has_not_got_the_case_is_asked(in_reading):
    strangers = [("person", "nobody"), ("person", "rie"), ("person", "anna"), ("site", "XXX"), ("region", "Nowhere")]
    for kind, whom in strangers:
        with pytest.raises(UnknownReaderError):
            ask(in_reading, ANNA, "26-1", Question(kind, whom, "digital", "?"), CALENDAR)
    assert in_reading.case("26-1").state == "in reading"


def test_nobody_asks_about_a_case_that_no_reader_or_another_has(in_reading):
    with pytest.raises(HeldError, match="nobody has case 26-2"):
        ask(in_reading, ANNA, "26-2", OF_BO, CALENDAR)
    with pytest.raises(HeldError, match="is with anna"):
        ask(in_reading, BO, "26-1", OF_ODENSE, CALENDAR)
    with pytest.raises(NotAllowedError):
        ask(in_reading, RIE, "26-1", OF_BO, CALENDAR)


def test_a_person_asked_answers_in_person_and_nobody_answers_their_own_question(in_reading):
    of_bo = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    of_odense = ask(in_reading, ANNA, "26-1", OF_ODENSE, CALENDAR)
    with pytest.raises(OpinionError, match="was asked of bo"):
        answer(in_reading, ANNA, of_bo.id, "", agrees=True)
    with pytest.raises(OpinionError, match="was asked of OUH"):
        answer(in_reading, ANNA, of_odense.id, "", agrees=True)
    with pytest.raises(OpinionError, match="bo has access here"):
        answer(in_reading, ANNA, of_bo.id, "", agrees=True, answered_by="bo")
    with pytest.raises(NotAllowedError):
        answer(in_reading, CARL, of_odense.id, "", agrees=True, answered_by="Dr Hansen")


def test_the_same_answer_again_changes_nothing_and_another_is_refused(in_reading):
    asked = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    first = answer(in_reading, BO, asked.id, "yes", agrees=True)
    assert answer(in_reading, BO, asked.id, "yes", agrees=True) == first
    with pytest.raises(OpinionError, match="that stands"):
        answer(in_reading, BO, asked.id, "no", agrees=False)
    with pytest.raises(OpinionError, match="cannot be withdrawn"):
        withdraw(in_reading, ANNA, asked.id, "why")
    with pytest.raises(OpinionError, match="not open"):
        mark_received(in_reading, BO, asked.id)
    with pytest.raises(OpinionError, match="no second opinion 99"):
        withdraw(in_reading, ANNA, 99, "why")


def test_an_answer_that_differs_needs_words_and_none_holds_a_patients_number(in_reading):
    asked = ask(in_reading, ANNA, "26-1", OF_BO, CALENDAR)
    with pytest.raises(WorklistError, match="answer"):
        answer(in_reading, BO, asked.id, "", agrees=False)
    with pytest.raises(IdentityError):
        answer(in_reading, BO, asked.id, "as in 010190-1234", agrees=True)
    with pytest.raises(IdentityError):
        ask(in_reading, ANNA, "26-1", Question("person", "bo", "digital", "0101901234?"), CALENDAR)
