"""Any part of the open list, kept in memory: what ranking and filtering all cases one by one gives, after every act."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.scenario.scenario import Scenario
from tests.support.cases import case, scored
from tests.support.lists import CALENDAR, NOW, POLICIES, give_forecasts, some_cases
from tests.support.people import SYSTEM, pathologist, person
from tests.support.precedence import NOWS
from worklist.cases import Case, CaseSlide
from worklist.errors import UnknownCaseError
from worklist.forecast import refresh_forecast
from worklist.priority import held
from worklist.priority.arranged import hours_us
from worklist.priority.chosen import Sort, Wanted
from worklist.priority.open_list import ListPage, OpenList
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, rank
from worklist.reading.assignment import assign, give_back
from worklist.reading.reading import reopen, start_reading
from worklist.reading.urgent import mark_urgent, unmark_urgent
from worklist.store.filters import Filter
from worklist.store.overview import overview
from worklist.store.store import Store
from worklist.trail.directory import add_person

READER, COORDINATOR = pathologist("Åse"), person("cora", "coordinator")
SITES = ("", "Herlev", "Ærø")
A_DESK = Scenario.model_validate(
    {
        "name": "a desk",
        "rosters": {"morning": {"hours": {"mon-fri": "08:00-12:00"}}},
        "pathways": {"routine": {"deadline": {"working_days": 1}}},
        "specimens": {"biopsy": {}},
        "arrivals": [{"name": "few", "pathway": "routine", "specimen": "biopsy", "per_week": {"value": 0.000001}}],
        "resources": {"reader": {"units": [{"roster": "morning"}]}},
        "steps": {"read": {"needs": "reader", "time": {"kind": "constant", "value": 60}, "next": "end"}},
    }
)
WIDE = 1000
"""More than there are cases."""


def told_of(it: Case) -> list[str]:
    """What a line of the list says in words."""
    return [it.accession_number, it.pathway_name, it.site, it.subspecialty, it.assigned_to or ""]


def fits(it: Case, chosen: Filter) -> bool:
    """Of everything but the text, by its definition."""
    return (
        (not chosen.pathways or it.pathway_name in chosen.pathways)
        and (not chosen.sites or it.site in chosen.sites)
        and (not chosen.states or it.state in chosen.states)
        and (not chosen.ai_states or it.ai_state in chosen.ai_states)
        and {
            "all": True,
            "mine": it.assigned_to == chosen.reader,
            "nobody": it.assigned_to is None,
            "second opinion": it.state == "second opinion",
        }[chosen.whose]
    )


def with_text(cases: list[Case], text: str) -> list[Case]:
    """As beginnings of numbers; where no open case fits, within words; then within slides."""
    words = text.split()
    ways: list[Callable[[Case, str], bool]] = [
        lambda it, word: it.accession_number.startswith((word, word.upper())),
        lambda it, word: any(word.casefold() in told.casefold() for told in told_of(it)),
        lambda it, word: any(word.casefold() in str(s.path).casefold() or s.slide_id == word for s in it.slides),
    ]
    for way in ways:
        if found := [it for it in cases if all(way(it, word) for word in words)]:
            return found
    return []


def kept(whole: list[RankedCase], chosen: Filter) -> list[RankedCase]:
    """The plain filter."""
    numbers = {it.accession_number for it in with_text([it.case for it in whole], chosen.text)}
    return [it for it in whole if it.case.accession_number in numbers and fits(it.case, chosen)]


FILTERS = [
    Filter(),
    Filter(ai_states=frozenset({"flagged"})),
    Filter(ai_states=frozenset({"no slides", "failed"}), sites=frozenset({"", "Ærø"})),
    Filter(sites=frozenset({"nowhere"})),
    Filter(whose="mine", reader="Åse"),
    Filter(whose="mine"),
    Filter(whose="nobody", states=frozenset({"scored", "received"})),
    Filter(whose="second opinion"),
    *(Filter(text=it) for it in ("z", "æ", "bRYST ærø", "ÅSE", "CUT-9", "%", "_1", "B 7", "/slides/7.", "S77 svs")),
]

SORTS: dict[Sort, Callable[[RankedCase], Any]] = {
    "place": lambda it: it.rank,
    "number": lambda it: it.case.accession_number,
    "received": lambda it: it.case.received_utc,
    "deadline": lambda it: it.case.deadline_utc,
    "site": lambda it: it.case.site,
    "pathway": lambda it: it.case.pathway_name,
    "state": lambda it: it.case.state,
    "reader": lambda it: it.case.assigned_to or "",
}


def fill(store: Store, random: Random, count: int) -> None:
    """A list with different sites, and a slide with a barcode."""
    cases = [it.model_copy(update={"site": random.choice(SITES)}) for it in some_cases(random, count)]
    cut = CaseSlide(path=Path("/slides/cut-9.svs"), slide_id="S77")
    store.add_cases([*cases, case("Q1", site="Herlev").model_copy(update={"slides": (cut,)})], SYSTEM)
    add_person(store, person("root", "admin"), "Åse", "Åse", "pathologist")
    for it in random.sample(cases, 5):
        assign(store, COORDINATOR, it.accession_number, "Åse")


@pytest.mark.parametrize("seed", range(2))
def test_what_is_chosen_stands_in_the_order_and_on_the_places_of_the_whole_list(store: Store, seed: int) -> None:
    random = Random(100 + seed)
    fill(store, random, 80)
    forecasts, listed = give_forecasts(store, random), OpenList(store)
    for policy in POLICIES:
        whole = rank(store.cases(), NOW, policy, forecasts)
        for chosen in FILTERS:
            there = kept(whole, chosen)
            for offset, count in ((0, WIDE), (random.randint(0, 40), random.randint(1, 9)), (90, 5)):
                told = listed.page(NOW, policy, Wanted(chosen), count, offset)
                assert told == ListPage(there[offset : offset + count], len(there)), (policy.name, chosen)
            turned = listed.page(NOW, policy, Wanted(chosen, descending=True), 7, 3)
            assert turned == ListPage(there[::-1][3:10], len(there))
        for it in random.sample(whole, 3):
            assert listed.place(it.case.accession_number, NOW, policy) == it


def test_a_list_sorted_by_a_column_goes_on_in_clinical_order_and_tells_the_places(store: Store) -> None:
    fill(store, Random(7), 40)
    listed = OpenList(store)
    whole = sorted(rank(store.cases(), NOW, Policy()), key=lambda it: it.clinical_rank)
    for sort, key in SORTS.items():
        first, last = sorted(whole, key=key), sorted(whole, key=key, reverse=True)
        assert listed.page(NOW, Policy(), Wanted(sort=sort), 9, 5).cases == first[5:14], sort
        assert listed.page(NOW, Policy(), Wanted(sort=sort, descending=True), 9, 5).cases == last[5:14], sort


def test_the_order_holds_at_every_time_and_under_every_bound(store: Store) -> None:
    store.add_cases(some_cases(Random(5), 60), SYSTEM)
    listed, cases = OpenList(store), store.cases()
    for now in (*NOWS, NOW + timedelta(days=2, microseconds=1)):
        for hours in (0, 8, 23.7):
            for days in (0.5, 3, 300):
                policy = Policy(raise_working_hours=11.3, protect_working_hours=hours, max_wait_working_days=days)
                assert listed.page(now, policy, Wanted(), WIDE).cases == rank(cases, now, policy)


def acts_on(store: Store, random: Random) -> list[Callable[[Case], object]]:
    """What people and machines do to an open case."""

    def slide(it: Case) -> object:
        path = f"/new/{random.randint(0, 10**9)}.svs"
        return store.add_cases([it.model_copy(update={"slides": (CaseSlide(path=Path(path)),)})], SYSTEM)

    def finding(it: Case) -> object:
        return [store.record_result(scored(str(s.path), random.random()), SYSTEM) for s in it.slides[:1]]

    def new(it: Case) -> object:
        again = it.model_copy(update={"accession_number": f"N{random.randint(0, 10**9)}", "slides": ()})
        return store.add_cases([again.model_copy(update={"state": "received", "assigned_to": None})], SYSTEM)

    def urgent(it: Case) -> object:
        if it.urgent_by:
            return unmark_urgent(store, COORDINATOR, it.accession_number)
        return mark_urgent(store, COORDINATOR, it.accession_number, "theatre", CALENDAR, working_days=2)

    def hand(it: Case) -> object:
        if it.assigned_to:
            return give_back(store, COORDINATOR, it.accession_number)
        return assign(store, COORDINATOR, it.accession_number, "Åse")

    def read(it: Case) -> object:
        return start_reading(store, READER, it.accession_number) if it.assigned_to == "Åse" else hand(it)

    def end(it: Case) -> object:
        return store.sign_out(it.accession_number, READER, without_opinions=True)

    def end_and_reopen(it: Case) -> object:
        end(it)
        return reopen(store, COORDINATOR, it.accession_number, "a slide came late")

    def look(it: Case) -> object:
        return store.saw(READER, "see case", it.accession_number)

    return [slide, finding, new, urgent, hand, read, end, end_and_reopen, look]


@pytest.mark.parametrize("seed", range(2))
def test_every_act_is_seen_at_once_and_leaves_what_reading_the_whole_list_anew_gives(store: Store, seed: int) -> None:
    random = Random(seed)
    fill(store, random, 25)
    listed, other = OpenList(store), OpenList(store)
    acts = acts_on(store, random)
    for turn in range(40):
        random.choice(acts)(random.choice(store.cases()))
        whole = rank(store.cases(), NOW, Policy())
        assert listed.page(NOW, Policy(), Wanted(), WIDE).cases == whole
        chosen = Filter(text=random.choice(["new", "åse", "N", "slides"]))
        assert listed.page(NOW, Policy(), Wanted(chosen), WIDE).cases == kept(whole, chosen)
        assert sorted(map(str, listed.alike(NOW))) == sorted(map(str, overview(store, NOW)))
        if turn % 20 == 0:  # which then has many acts to catch up with
            assert other.page(NOW, Policy(), Wanted(), WIDE).cases == whole


def test_after_more_acts_than_are_looked_up_the_whole_list_is_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "_MOST_ACTS", 3)
    listed = OpenList(store)
    for turn in (1, 3, 4, 9):
        store.add_cases([case(f"P{turn}-{number}") for number in range(turn)], SYSTEM)
        assert listed.page(NOW, Policy(), Wanted(), WIDE).cases == rank(store.cases(), NOW, Policy())


def test_another_trail_than_before_has_the_whole_list_read_again(store: Store, tmp_path: Path) -> None:
    restored = Store(f"sqlite:///{tmp_path / 'restored.db'}")
    store.add_cases([case("P1"), case("P2")], SYSTEM)
    restored.add_cases([case("R1"), case("R2"), case("R3")], SYSTEM)
    with store.reading() as session:
        before = held.up_to_date(session, None)
    with restored.reading() as session:
        assert held.up_to_date(session, before).cases.numbers.tolist() == ["R1", "R2", "R3"]
    with store.reading() as session:
        assert held.up_to_date(session, before) is before
    restored.close()


def test_a_new_forecast_of_the_list_is_seen(store: Store) -> None:
    policy = POLICIES[-1].model_copy(update={"forecast_from": 0.0})
    store.add_cases([case("P1", "/1.svs"), case("P2", "/2.svs", deadline_utc=NOW - timedelta(days=1))], SYSTEM)
    listed = OpenList(store)
    before = listed.page(NOW, policy, Wanted(), WIDE).cases
    assert before == rank(store.cases(), NOW, policy)
    told = refresh_forecast(store, READER, A_DESK, replications=1, reading_step="read", jobs=1)
    forecasts = {it.accession_number: it.late_probability for it in told.cases}
    assert listed.page(NOW, policy, Wanted(), WIDE).cases == rank(store.cases(), NOW, policy, forecasts) != before


def test_an_empty_list_has_an_empty_page_no_kinds_and_no_place_for_a_case(store: Store) -> None:
    listed = OpenList(store)
    for sort in SORTS:
        assert listed.page(NOW, Policy(), Wanted(Filter(text="P1"), sort), 50) == ListPage([], 0)
    assert listed.alike(NOW) == []
    with pytest.raises(UnknownCaseError, match="P404"):
        listed.place("P404", NOW, Policy())


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    store.add_cases([case("P1")], SYSTEM)
    with pytest.raises(ValueError, match="time zone"):
        OpenList(store).page(datetime(2026, 11, 18), Policy(), Wanted(), 5)  # noqa: DTZ001


@settings(max_examples=500, deadline=None)
@given(st.lists(st.floats(-2000, 2000, allow_nan=False), min_size=1, max_size=20))
def test_hours_are_rounded_to_microseconds_as_python_rounds_them(hours: list[float]) -> None:
    told = hours_us(np.array(hours)).tolist()
    assert [timedelta(microseconds=it) for it in told] == [timedelta(hours=it) for it in hours]
