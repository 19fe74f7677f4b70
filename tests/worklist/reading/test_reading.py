"""Reading is begun, noted upon, and undone by a coordinator with a reason."""

import pytest
from sqlalchemy import select

from tests.support.departments import ANNA, BO, CARL
from worklist.errors import HeldError, IdentityError, NotAllowedError, UnknownCaseError, WorklistError
from worklist.reading.assignment import assign
from worklist.reading.reading import notes_of, reopen, start_reading, write_note
from worklist.reading.words import MAX_LENGTH
from worklist.store.tables import AuditRow


def acts(store, number):
    with store.reading() as session:
        return list(
            session.scalars(select(AuditRow.act).where(AuditRow.accession_number == number).order_by(AuditRow.number))
        )


def test_whoever_begins_to_read_has_the_case(department):
    read = start_reading(department, ANNA, "26-1")
    assert (read.state, read.assigned_to) == ("in reading", "anna")
    start_reading(department, ANNA, "26-1")
    assert acts(department, "26-1") == ["take in", "read"]
    with pytest.raises(HeldError):
        start_reading(department, BO, "26-1")


def test_a_coordinator_does_not_read(department):
    with pytest.raises(NotAllowedError):
        start_reading(department, CARL, "26-1")


def test_a_case_in_reading_that_is_given_on_is_assigned_again(department):
    start_reading(department, ANNA, "26-1")
    assert assign(department, CARL, "26-1", "bo").state == "assigned"


def test_notes_stay_with_the_case_in_their_order(department, clock):
    write_note(department, ANNA, "26-1", " DCIS or IDC? ")
    clock.advance(hours=1)
    write_note(department, CARL, "26-1", "The requester called.")
    assert [(it.by, it.text) for it in notes_of(department, "26-1")] == [
        ("anna", "DCIS or IDC?"),
        ("carl", "The requester called."),
    ]
    assert notes_of(department, "26-2") == []


def test_a_patients_number_is_refused_and_not_repeated(department):
    for text in ("see 010190-1234", "0101901234"):
        with pytest.raises(IdentityError) as told:
            write_note(department, ANNA, "26-1", text)
        assert "1234" not in str(told.value)
    assert notes_of(department, "26-1") == []


def test_a_note_needs_words_and_an_end(department):
    for text in ("", "  ", "x" * (MAX_LENGTH + 1)):
        with pytest.raises(WorklistError, match="note"):
            write_note(department, ANNA, "26-1", text)


def test_a_reopened_case_is_on_the_list_again_and_tells_why(department):
    start_reading(department, ANNA, "26-1")
    department.sign_out("26-1", ANNA)
    assert [it.accession_number for it in department.cases()] == ["26-2"]
    again = reopen(department, CARL, "26-1", "a slide came late")
    assert (again.state, again.assigned_to, again.is_open) == ("scanned", None, True)
    assert {it.accession_number for it in department.cases()} == {"26-1", "26-2"}
    (note,) = notes_of(department, "26-1")
    assert note.text == "Reopened: a slide came late (signed out by anna at 2026-11-18 10:30 UTC)"
    assert acts(department, "26-1")[-1] == "reopen"
    reopen(department, CARL, "26-1", "again")
    assert len(notes_of(department, "26-1")) == 1


def test_only_a_coordinator_reopens_and_never_without_a_reason(department):
    department.sign_out("26-1", ANNA)
    with pytest.raises(NotAllowedError):
        reopen(department, ANNA, "26-1", "too soon")
    with pytest.raises(WorklistError, match="reason"):
        reopen(department, CARL, "26-1", " ")
    with pytest.raises(UnknownCaseError):
        reopen(department, CARL, "26-9", "why not")
    assert department.case("26-1").state == "signed out"
