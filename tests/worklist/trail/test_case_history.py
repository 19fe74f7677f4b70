"""The trail of one case, for whoever may see it: what was done, not who looked."""

import pytest

from tests.support.cases import case
from tests.support.departments import ANNA, CARL, RIE
from tests.support.people import SYSTEM
from worklist.errors import NotAllowedError
from worklist.reading.reading import write_note
from worklist.store.store import Store
from worklist.trail.entries import of_case


def test_it_holds_that_cases_acts_alone_the_newest_first_and_no_looks(store: Store) -> None:
    store.add_cases([case("26-1", "a.svs"), case("26-2")], SYSTEM)
    store.saw(ANNA, "see case", "26-1")
    write_note(store, CARL, "26-1", "the requester called")
    write_note(store, CARL, "26-2", "another")
    assert [(it.who, it.act) for it in of_case(store, ANNA, "26-1", 9)] == [("carl", "note"), ("a system", "take in")]
    assert [it.act for it in of_case(store, ANNA, "26-1", 1)] == ["note"]


def test_who_may_not_see_a_case_may_not_see_its_history(store: Store) -> None:
    with pytest.raises(NotAllowedError):
        of_case(store, RIE, "26-1", 9)
