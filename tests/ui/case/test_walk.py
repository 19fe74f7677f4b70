"""From case to case in the order of the list that was shown, or of the whole list where it was none of that."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import streamlit as st

from tests.support.cases import NOW, case
from tests.support.people import SYSTEM
from ui.case.walk import Neighbours, keep_walk, neighbours
from ui.shell.desk import Desk
from worklist.priority.open_list import OpenList
from worklist.priority.policy import Policy
from worklist.store.store import Store


@pytest.fixture
def desk(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    store = Store(f"sqlite:///{tmp_path / 'w.db'}", lambda: NOW)
    store.add_cases([case(f"26-{n}", deadline_utc=NOW + timedelta(days=n)) for n in range(1, 6)], SYSTEM)
    yield Desk(store, Policy(), NOW, OpenList(store))
    store.close()


def beside(desk: Desk, number: str) -> Neighbours:
    return neighbours(desk, number, desk.place(number, use_ai=True), use_ai=True)


def test_without_a_list_before_it_a_case_stands_between_its_neighbours_in_rank(desk: Desk) -> None:
    assert beside(desk, "26-3") == Neighbours("26-2", "26-4")
    assert beside(desk, "26-1") == Neighbours(None, "26-2")
    assert beside(desk, "26-5") == Neighbours("26-4", None)


def test_the_list_that_was_shown_decides_also_for_a_case_that_was_signed_out_since(desk: Desk) -> None:
    keep_walk(["26-5", "26-3", "26-1"])
    assert beside(desk, "26-3") == Neighbours("26-5", "26-1")
    assert neighbours(desk, "26-3", None, use_ai=True) == Neighbours("26-5", "26-1")
    assert beside(desk, "26-2") == Neighbours("26-1", "26-3")


def test_a_signed_out_case_of_no_list_has_no_neighbours(desk: Desk) -> None:
    assert neighbours(desk, "26-9", None, use_ai=True) == Neighbours(None, None)
