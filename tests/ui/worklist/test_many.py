"""One act on many cases: each on its own, as it was shown, and taken back where nobody has touched it since."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.people import SYSTEM
from ui.worklist.many import assign_many, give_back_many, mark_many, undo_many
from worklist.calendar import WorkingCalendar
from worklist.cases import Case
from worklist.people import Actor
from worklist.store.store import Store
from worklist.trail.directory import add_person

COORDINATOR = Actor("karen", "coordinator", "test")
ADMIN = Actor("root", "admin", "test")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'worklist.db'}")
    now = store.now()
    common = {"pathway": "p", "pathway_name": "p", "received_utc": now, "deadline_utc": now + timedelta(days=9)}
    store.add_cases([Case.model_validate(common | {"accession_number": it}) for it in "ABC"], SYSTEM)
    for login in ("anna", "bo"):
        add_person(store, ADMIN, login, login, "pathologist")
    yield store
    store.close()


def shown(store: Store, *numbers: str) -> list[Case]:
    return [store.case(number) for number in numbers]


def test_a_case_that_somebody_changed_since_it_was_shown_is_refused_and_the_others_are_done(store: Store) -> None:
    seen = shown(store, "A", "B")
    assign_many(store, COORDINATOR, shown(store, "B"), "bo")
    outcome = assign_many(store, COORDINATOR, seen, "anna")
    assert [it.after.accession_number for it in outcome.done] == ["A"]
    ((number, why),) = outcome.refused
    assert number == "B"
    assert "bo" in why
    assert [store.case(it).assigned_to for it in "ABC"] == ["anna", "bo", None]


def test_what_was_done_is_taken_back_but_not_what_somebody_did_since(store: Store) -> None:
    outcome = assign_many(store, COORDINATOR, shown(store, "A", "B"), "anna")
    assign_many(store, COORDINATOR, shown(store, "B"), "bo")
    ((number, _),) = undo_many(store, COORDINATOR, outcome)
    assert number == "B"
    assert [store.case(it).assigned_to for it in "AB"] == [None, "bo"]


def test_many_are_marked_urgent_and_given_back(store: Store) -> None:
    mark_many(store, COORDINATOR, shown(store, "A", "C"), "operation is waiting", WorkingCalendar())
    assert [store.case(it).urgent_by for it in "ABC"] == ["karen", None, "karen"]
    assign_many(store, COORDINATOR, shown(store, "A"), "anna")
    give_back_many(store, COORDINATOR, shown(store, "A"))
    assert store.case("A").assigned_to is None


def test_a_role_that_may_not_is_refused_for_each_case(store: Store) -> None:
    outcome = assign_many(store, Actor("m", "manager", "test"), shown(store, "A", "B"), "anna")
    assert not outcome.done
    assert len(outcome.refused) == 2
