"""A slide is asked for once, stands on the operations list, and ends with its new file or by a person."""

import pytest

from tests.support.cases import scored
from tests.support.departments import ANNA, CARL, RIE
from tests.support.people import SYSTEM
from worklist.errors import ChangedCaseError, NotAllowedError, UnknownOperationError, UnknownSlideError, WorklistError
from worklist.reading.rescan import ask_rescan, rescans, withdraw_rescan
from worklist.store.findings import NEW_FILE
from worklist.watching.operations import close_operation, open_operations


def test_a_rescan_stands_on_the_operations_list_once(department):
    asked = ask_rescan(department, ANNA, "26-1", "a.svs", "out of focus", "left half")
    assert ask_rescan(department, CARL, "26-1", "a.svs", "dirt or pen") == asked
    (operation,) = open_operations(department)
    assert operation.kind == "rescan"
    assert "26-1, slide a.svs: anna asks for a rescan (out of focus: left half)" in operation.text
    assert rescans(department, "26-1") == [asked]
    assert rescans(department, "26-2") == []


def test_whoever_closes_it_on_the_operations_list_ends_it(department):
    ask_rescan(department, ANNA, "26-1", "a.svs", "out of focus")
    close_operation(department, CARL, open_operations(department)[0].id)
    (ended,) = rescans(department)
    assert (ended.is_open, ended.ended_by, ended.withdrawn) == (False, "carl", False)
    assert rescans(department, only_open=True) == []
    assert ask_rescan(department, ANNA, "26-1", "a.svs", "out of focus").id != ended.id


def test_a_new_file_of_the_slide_ends_it_and_the_old_one_read_again_does_not(department):
    first = scored("a.svs").model_copy(update={"sha256": "1" * 64})
    department.record_result(first, SYSTEM)
    ask_rescan(department, ANNA, "26-1", "a.svs", "stitching")
    department.record_result(first.model_copy(update={"score": 0.8}), SYSTEM)
    assert rescans(department)[0].is_open
    department.record_result(first.model_copy(update={"sha256": "2" * 64}), SYSTEM)
    (ended,) = rescans(department)
    assert ended.ended_by == NEW_FILE
    assert open_operations(department) == []


def test_it_is_taken_back_while_it_is_open(department):
    asked = ask_rescan(department, ANNA, "26-1", "a.svs", "wrong slide")
    assert withdraw_rescan(department, ANNA, asked.id).withdrawn
    assert open_operations(department) == []
    with pytest.raises(UnknownOperationError):
        withdraw_rescan(department, ANNA, asked.id)


def test_what_cannot_be_asked_for_is_refused(department):
    with pytest.raises(NotAllowedError):
        ask_rescan(department, RIE, "26-1", "a.svs", "out of focus")
    with pytest.raises(UnknownSlideError):
        ask_rescan(department, ANNA, "26-1", "c.svs", "out of focus")
    with pytest.raises(WorklistError, match="what is wrong"):
        ask_rescan(department, ANNA, "26-1", "a.svs", "other")
    seen = department.case("26-1")
    department.record_result(scored("a.svs"), SYSTEM)
    with pytest.raises(ChangedCaseError, match=r"a\.svs is now flagged"):
        ask_rescan(department, ANNA, "26-1", "a.svs", "out of focus", seen=seen)
    assert rescans(department) == []
