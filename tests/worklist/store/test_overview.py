"""The open list in numbers."""

from datetime import timedelta

from tests.support.cases import NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from worklist.store.filters import Filter
from worklist.store.overview import Alike, newest_act, overview
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


def test_what_a_filter_keeps_is_counted_and_text_is_looked_for_in_numbers_then_words_then_slides(store: Store) -> None:
    store.add_cases([case("P1"), case("p12"), case("X7", "/slides/cut-9.svs", site="Ærø")], SYSTEM)

    def counted(chosen: Filter) -> int:
        return sum(it.count for it in overview(store, NOW, chosen))

    assert counted(Filter()) == 3
    assert counted(Filter(text="p1")) == 2
    assert counted(Filter(text="7")) == 1
    assert counted(Filter(text="BRYST ærø")) == counted(Filter(text="ÆRØ")) == 1
    assert counted(Filter(text="CUT-9")) == 1
    assert counted(Filter(text="100%")) == counted(Filter(text="_")) == 0
    assert counted(Filter(ai_states=frozenset({"no slides"}), text="p1")) == 2
    assert counted(Filter(whose="nobody")) == 3
    assert counted(Filter(whose="mine", reader="anna")) == 0
    assert counted(Filter(sites=frozenset({"Ærø", "Herlev"}))) == 1


def test_only_a_filter_that_can_hide_a_case_says_so() -> None:
    assert not Filter(reader="anna", text="  ").hides
    assert Filter(text="P1").hides
    assert Filter(whose="mine", reader="anna").hides


def test_the_newest_act_moves_with_every_change(store: Store) -> None:
    before = newest_act(store)
    store.add_cases([case("P1")], SYSTEM)
    assert newest_act(store) == before + 1
