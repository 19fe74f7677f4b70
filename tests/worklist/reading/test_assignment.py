"""A case is with one reader at a time."""

import threading

import pytest
from sqlalchemy import func, select

from tests.support.departments import ANNA, BO, CARL, RIE
from worklist.errors import HeldError, NotAllowedError, SignedOutError, UnknownCaseError, UnknownReaderError
from worklist.reading.assignment import assign, give_back, held_cases, take
from worklist.store.tables import AssignmentRow, AuditRow


def open_assignments(store):
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(AssignmentRow).where(AssignmentRow.until_utc.is_(None)))


def test_a_reader_takes_a_case_and_everybody_can_see_who_has_it(department):
    taken = take(department, ANNA, "26-1")
    assert (taken.state, taken.assigned_to) == ("assigned", "anna")
    (held,) = held_cases(department)
    assert (held.accession_number, held.reader, held.by, held.state) == ("26-1", "anna", "anna", "assigned")
    assert held.since_utc == department.now()
    assert held_cases(department, "bo") == []


def test_taking_again_changes_nothing_and_puts_nothing_on_the_trail(department):
    take(department, ANNA, "26-1")
    with department.reading() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow))
    take(department, ANNA, "26-1")
    with department.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == before
    assert open_assignments(department) == 1


def test_no_reader_snatches_a_case_but_a_coordinator_gives_it_on(department):
    take(department, ANNA, "26-1")
    with pytest.raises(HeldError, match="is with anna"):
        take(department, BO, "26-1")
    assert assign(department, CARL, "26-1", "bo").assigned_to == "bo"
    assert [it.reader for it in held_cases(department)] == ["bo"]
    assert open_assignments(department) == 1


def test_of_many_who_take_one_case_at_once_one_has_it(department):
    refused = []

    def try_to_take(actor):
        try:
            take(department, actor, "26-1")
        except HeldError:
            refused.append(actor.name)

    threads = [threading.Thread(target=try_to_take, args=(actor,)) for actor in (ANNA, BO) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (held,) = held_cases(department)
    assert refused == [{"anna": "bo", "bo": "anna"}[held.reader]] * 3
    assert open_assignments(department) == 1


def test_a_case_that_is_given_back_waits_in_the_state_of_its_slides(department):
    take(department, ANNA, "26-1")
    with pytest.raises(HeldError):
        give_back(department, BO, "26-1")
    back = give_back(department, ANNA, "26-1")
    assert (back.state, back.assigned_to) == ("scanned", None)
    assert give_back(department, BO, "26-1").state == "scanned"
    assert held_cases(department) == []


def test_the_sign_out_ends_the_assignment(department):
    take(department, ANNA, "26-1")
    assert department.sign_out("26-1", ANNA).assigned_to is None
    assert open_assignments(department) == 0
    with pytest.raises(SignedOutError, match="a coordinator can reopen"):
        take(department, BO, "26-1")


def test_only_somebody_who_reads_here_is_given_a_case(department):
    for reader in ("nobody", "old", "rie", "carl"):
        with pytest.raises(UnknownReaderError, match="readers are: anna, bo"):
            assign(department, CARL, "26-1", reader)


def test_who_may_not_assign_does_not_and_an_unknown_case_is_named(department):
    with pytest.raises(NotAllowedError):
        take(department, RIE, "26-1")
    with pytest.raises(UnknownCaseError):
        take(department, ANNA, "26-9")
