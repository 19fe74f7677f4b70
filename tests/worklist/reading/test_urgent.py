"""A case marked urgent is due when a person wants it; its orders' deadline is kept, and comes back without the mark."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cases import NOW
from tests.support.departments import ANNA, BO, CARL, RIE
from worklist.calendar import WorkingCalendar
from worklist.errors import ChangedCaseError, IdentityError, NotAllowedError, SignedOutError, WorklistError
from worklist.priority.page import first_page
from worklist.priority.policy import Policy
from worklist.reading.assignment import take
from worklist.reading.undo import Done, undo
from worklist.reading.urgent import mark_urgent, unmark_urgent, wanted_by
from worklist.trail.entries import of_case

CALENDAR = WorkingCalendar()


def places(store):
    return [it.case.accession_number for it in first_page(store, store.now(), Policy())]


def test_an_urgent_case_is_due_today_and_the_list_says_who_wants_it_so(department):
    before = department.case("26-2")
    assert places(department) == ["26-1", "26-2"]
    marked = mark_urgent(department, CARL, "26-2", "patient in theatre", CALENDAR)
    assert marked.deadline_utc == datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    assert (marked.urgency, marked.urgent_by, marked.ordered_deadline_utc) == (1, "carl", before.deadline_utc)
    assert places(department) == ["26-2", "26-1"]
    assert "carl marked it urgent: patient in theatre" in first_page(department, NOW, Policy())[0].reason


def test_without_the_mark_it_is_due_as_before(department):
    before = department.case("26-1")
    mark_urgent(department, ANNA, "26-1", "the ward called", CALENDAR)
    mark_urgent(department, BO, "26-1", "again", CALENDAR)
    assert department.case("26-1").urgent_by == "anna"
    assert unmark_urgent(department, CARL, "26-1") == before
    assert unmark_urgent(department, CARL, "26-1") == before


def test_a_mark_that_was_taken_off_is_put_back_as_it_was_and_the_trail_says_by_whom(department, clock):
    marked = mark_urgent(department, ANNA, "26-1", "the ward called", CALENDAR)
    clock.advance(minutes=1)
    undo(department, CARL, Done("not urgent", marked, unmark_urgent(department, CARL, "26-1", seen=marked)))
    assert department.case("26-1") == marked
    latest, *_ = of_case(department, CARL, "26-1", 1)
    assert (latest.who, latest.act) == ("carl", "mark urgent")
    assert json.loads(latest.details) == {"urgent": True, "reason": "the ward called", "mark of": "anna"}


def test_a_mark_is_not_put_back_over_one_that_somebody_else_set_meanwhile(department):
    marked = mark_urgent(department, ANNA, "26-1", "the ward called", CALENDAR)
    done = Done("not urgent", marked, unmark_urgent(department, ANNA, "26-1", seen=marked))
    mark_urgent(department, BO, "26-1", "theatre waits", CALENDAR)
    with pytest.raises(ChangedCaseError, match="bo marked it urgent"):
        undo(department, ANNA, done)
    assert department.case("26-1").urgent_reason == "theatre waits"


def test_what_was_due_earlier_stays_so(department, clock):
    clock.advance(days=9)
    overdue = department.case("26-1").deadline_utc
    assert mark_urgent(department, CARL, "26-1", "the ward called", CALENDAR).deadline_utc == overdue


def test_after_closing_time_today_is_the_next_working_day():
    friday_evening = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    monday, tuesday = datetime(2026, 11, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert wanted_by(friday_evening, 0, CALENDAR) == monday
    assert wanted_by(friday_evening, 1, CALENDAR) == monday
    assert wanted_by(friday_evening, 2, CALENDAR) == tuesday
    assert wanted_by(NOW, 1, CALENDAR) == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


def test_it_needs_a_reason_without_a_patients_number(department):
    with pytest.raises(WorklistError, match="reason"):
        mark_urgent(department, ANNA, "26-1", " ", CALENDAR)
    with pytest.raises(IdentityError):
        mark_urgent(department, ANNA, "26-1", "for 010190-1234", CALENDAR)
    assert department.case("26-1").urgent_by is None


def test_who_may_not_and_what_is_signed_out_is_refused(department):
    with pytest.raises(NotAllowedError):
        mark_urgent(department, RIE, "26-1", "now", CALENDAR)
    department.sign_out("26-1", ANNA)
    with pytest.raises(SignedOutError):
        mark_urgent(department, ANNA, "26-1", "now", CALENDAR)


def test_a_case_that_somebody_took_since_it_was_seen_is_left_alone(department):
    seen = department.case("26-1")
    take(department, BO, "26-1")
    with pytest.raises(ChangedCaseError, match="it is with bo now, and was with nobody"):
        mark_urgent(department, CARL, "26-1", "now", CALENDAR, seen=seen)
    assert department.case("26-1").urgent_by is None


def test_a_mark_goes_down_with_its_schema_to_the_orders_deadline(department):
    from worklist.store.database import change_schema

    before = department.case("26-1")
    mark_urgent(department, ANNA, "26-1", "now", CALENDAR)
    change_schema(department.engine, "0004", down=True)
    change_schema(department.engine)
    assert department.case("26-1") == before


def test_a_changed_order_moves_the_deadline_under_the_mark(department):
    from worklist.store.store import locked_case
    from worklist.store.urgent import keep_marked

    marked = mark_urgent(department, ANNA, "26-1", "now", CALENDAR)
    later = marked.deadline_utc + timedelta(days=9)
    with department.writing() as session:
        row = locked_case(session, "26-1")
        row.deadline_utc, row.urgency = later, 4
        keep_marked(row, marked.deadline_utc)
    now = department.case("26-1")
    assert (now.deadline_utc, now.urgency, now.ordered_deadline_utc) == (marked.deadline_utc, 1, later)
    assert (unmark_urgent(department, ANNA, "26-1").deadline_utc, department.case("26-1").urgency) == (later, 4)
