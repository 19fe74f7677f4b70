"""The open list in numbers."""

from datetime import timedelta

from tests.support.cases import NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from worklist.store.filters import Filter
from worklist.store.overview import Alike, overview
from worklist.store.store import Store


def test_open_cases_are_counted_by_kind_and_signed_out_ones_are_not(store: Store) -> None:
    late = {"deadline_utc": NOW - timedelta(hours=1)}
    store.add_cases([case("P1"), case("P2"), case("P3", "/3.svs"), case("P4", **late), case("P5")], SYSTEM)
    store.record_result(scored("/3.svs"), SYSTEM)
    store.sign_out("P5", pathologist("reader"))
    told = sorted(overview(store, NOW), key=lambda it: it.ai_state)
    where = ("kræftpakke bryst", "Rigshospitalet", "mamma")
    assert told == [
        Alike(*where, "flagged", "scored", count=1, overdue=0),
        Alike(*where, "no slides", "received", count=3, overdue=1),
    ]


def test_only_a_filter_that_can_hide_a_case_says_so() -> None:
    assert not Filter(reader="anna", text="  ").hides
    assert Filter(text="P1").hides
    assert Filter(whose="mine", reader="anna").hides
