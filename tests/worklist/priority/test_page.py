"""Pages out of the store: the same places as ranking everything gives, read from the index alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.cases import MODEL
from tests.support.people import SYSTEM, pathologist
from worklist.calendar import WorkingCalendar
from worklist.cases import Case, CaseSlide
from worklist.errors import UnknownCaseError
from worklist.priority import page
from worklist.priority.page import ListPage, Sort, Wanted, find_place, first_page, list_page
from worklist.priority.policy import PRESETS, Policy, load_policy
from worklist.priority.rank import RankedCase, rank
from worklist.priority.standings import CLINICAL_ORDER
from worklist.store.filters import Filter
from worklist.store.store import Store
from worklist.store.tables import CaseRow, ForecastRow

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
CALENDAR = WorkingCalendar()


def some_cases(random: Random, count: int) -> list[Case]:
    """Many with one deadline, some overdue, some long there, a third of them flagged; numbers in no order."""
    days = [CALENDAR.closing_utc(CALENDAR.shift_working_days(NOW.date(), step)) for step in (-2, -1, 1, 2, 3, 4)]
    days = random.sample(days, random.randint(1, len(days)))
    return [
        Case(
            accession_number=f"{random.choice('aBÆz')}{number}",
            pathway="breast",
            pathway_name="kræftpakke bryst",
            urgency=random.randint(1, 3),
            received_utc=NOW - timedelta(hours=random.choice([2, 2, 30, 300])),
            deadline_utc=random.choice(days) + timedelta(minutes=random.choice([0, 0, 1])),
            slides=_slides(random, number),
        )
        for number in range(count)
    ]


def _slides(random: Random, number: int) -> tuple[CaseSlide, ...]:
    path = Path(f"/slides/{number}.svs")
    match random.randint(0, 5):
        case 0:
            return ()
        case 1:
            return (CaseSlide(path=path),)
        case 2:
            return (CaseSlide(path=path, state="failed", reason="cut short"),)
        case _:
            score = random.choice([0.2, 0.5, 0.9, 1.0, random.random()])
            return (CaseSlide(path=path, state="scored", score=score, flagged=score >= 0.5, model=MODEL),)


def give_forecasts(store: Store, random: Random) -> dict[str, float]:
    """A forecast for every second case, some of them too old; returns those that are still valid."""
    valid = {}
    with store.writing() as session:
        for row in session.query(CaseRow).order_by(CaseRow.id):
            if random.random() < 0.5:
                age, chance = random.choice([1, 23, 25]), random.random()
                made = NOW - timedelta(hours=age)
                session.add(
                    ForecastRow(case_id=row.id, made_utc=made, late_probability=chance, scenario_hash="of a test")
                )
                if age < 24:
                    valid[row.accession_number] = chance
    return valid


POLICIES = [
    *(load_policy(name, CALENDAR) for name in PRESETS),
    Policy(raise_working_hours=100, protect_working_hours=0, max_wait_working_days=300),
    Policy(raise_working_hours=3, forecast_raise_working_hours=9, forecast_from=0.2, protect_working_hours=0),
]


FILTERS: list[tuple[Filter, Callable[[RankedCase], bool]]] = [
    (Filter(ai_states=frozenset({"flagged"})), lambda it: it.case.ai_state == "flagged"),
    (Filter(ai_states=frozenset({"no slides", "failed"})), lambda it: it.case.ai_state in ("no slides", "failed")),
    (Filter(text="z"), lambda it: "z" in it.case.accession_number),
    (Filter(sites=frozenset({"nowhere"})), lambda it: False),
    (Filter(), lambda it: True),
]


@pytest.mark.parametrize("seed", range(2))
def test_every_page_is_that_part_of_the_whole_ranked_list(store: Store, seed: int) -> None:
    random = Random(seed)
    store.add_cases(some_cases(random, 60), SYSTEM)
    for gone in random.sample(store.cases(), 8):
        store.sign_out(gone.accession_number, pathologist("reader"))
    forecasts = give_forecasts(store, random)
    for policy in POLICIES:
        whole = rank(store.cases(), NOW, policy, forecasts)
        for offset, count in ((0, 1), (0, 10), (7, 5), (random.randint(0, 50), random.randint(1, 60)), (60, 5)):
            assert first_page(store, NOW, policy, count, offset) == whole[offset : offset + count]
        assert first_page(store, NOW, policy) == whole
        for it in random.sample(whole, 3):
            assert find_place(store, it.case.accession_number, NOW, policy) == it


@pytest.mark.parametrize("seed", range(1))
def test_what_a_filter_keeps_stands_in_the_order_and_on_the_places_of_the_whole_list(store: Store, seed: int) -> None:
    random = Random(100 + seed)
    store.add_cases(some_cases(random, 80), SYSTEM)
    forecasts = give_forecasts(store, random)
    for policy in POLICIES:
        whole = rank(store.cases(), NOW, policy, forecasts)
        for chosen, keeps in FILTERS:
            kept = [it for it in whole if keeps(it)]
            for offset, count in ((0, 100), (0, 3), (random.randint(0, 40), random.randint(1, 9)), (80, 5)):
                told = list_page(store, NOW, policy, Wanted(chosen), count, offset)
                assert told == ListPage(kept[offset : offset + count], len(kept))
                turned = list_page(store, NOW, policy, Wanted(chosen, descending=True), count, offset)
                assert turned.cases == kept[::-1][offset : offset + count]


def test_a_page_sorted_by_a_column_tells_each_case_s_place_on_the_list(store: Store) -> None:
    random = Random(7)
    store.add_cases(some_cases(random, 40), SYSTEM)
    whole = rank(store.cases(), NOW, Policy())
    by_column: dict[Sort, Callable[[RankedCase], Any]] = {
        "number": lambda it: it.case.accession_number,
        "received": lambda it: it.case.received_utc,
        "deadline": lambda it: it.case.deadline_utc,
        "site": lambda it: it.case.site,
    }
    for sort, key in by_column.items():
        first = sorted(sorted(whole, key=lambda it: it.clinical_rank), key=key)
        last = sorted(sorted(whole, key=lambda it: it.clinical_rank), key=key, reverse=True)
        assert list_page(store, NOW, Policy(), Wanted(sort=sort), 9, 5).cases == first[5:14]
        assert list_page(store, NOW, Policy(), Wanted(sort=sort, descending=True), 9, 5).cases == last[5:14]


def test_a_place_far_down_is_told_as_it_is_however_much_stands_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_NEAR", 5)
    store.add_cases(some_cases(Random(11), 70), SYSTEM)
    whole = rank(store.cases(), NOW, Policy())
    for offset in range(0, 70, 10):
        assert list_page(store, NOW, Policy(), Wanted(), 10, offset).cases == whole[offset : offset + 10]


def test_a_flagged_case_far_behind_the_page_comes_onto_it_with_its_places_counted(store: Store) -> None:
    policy = Policy(protect_working_hours=0)
    due = CALENDAR.closing_utc(CALENDAR.shift_working_days(NOW.date(), 3))
    flag = CaseSlide(path=Path("/a.svs"), state="scored", score=0.94, flagged=True, model=MODEL)
    common = {"pathway": "breast", "pathway_name": "breast", "received_utc": NOW - timedelta(hours=1)}
    cases = [Case(accession_number=f"{n:03}", deadline_utc=due, **common) for n in range(150)]
    cases.append(Case(accession_number="999", deadline_utc=due + timedelta(days=1), slides=(flag,), **common))
    store.add_cases(cases, SYSTEM)
    (first,) = first_page(store, NOW, policy, 1)
    assert (first.case.accession_number, first.clinical_rank, first.overtakes) == ("999", 151, 150)
    assert first.reason.endswith("AI 0.94 raised it by 150 places")


def test_a_page_of_an_empty_list_is_empty_and_a_case_that_is_not_open_has_no_place(store: Store) -> None:
    assert first_page(store, NOW, Policy(), 50) == []
    with pytest.raises(UnknownCaseError, match="P404"):
        find_place(store, "P404", NOW, Policy())


def test_the_clinical_order_is_read_from_its_index_without_sorting(store: Store) -> None:
    with store.writing() as session:
        if store.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off"))
        query = str(
            session.query(CaseRow.id)
            .filter(CaseRow.signed_out_utc.is_(None))
            .order_by(*CLINICAL_ORDER)
            .statement.compile(store.engine)
        )
        explain = "EXPLAIN QUERY PLAN" if store.engine.dialect.name == "sqlite" else "EXPLAIN"
        plan = "\n".join(str(row) for row in session.execute(text(f"{explain} {query}")))
    assert "ix_cases_clinical_order" in plan
    assert "SORT" not in plan.upper()
    assert "TEMP B-TREE" not in plan


def test_a_search_finds_open_and_signed_out_cases_by_how_their_numbers_begin(store: Store) -> None:
    numbers = ["26-1", "26-10", "26-2", "A_1", "Ab1", "a%1", "ÆØ-1"]
    common = {"pathway": "p", "pathway_name": "p", "received_utc": NOW, "deadline_utc": NOW}
    store.add_cases([Case(accession_number=number, **common) for number in numbers], SYSTEM)
    store.sign_out("26-10", pathologist("reader"))

    def found(text: str, limit: int = 50) -> list[str]:
        return [it.accession_number for it in store.search(text, limit)]

    assert found("26-1") == ["26-1", "26-10"]
    assert found("26-", limit=2) == ["26-1", "26-10"]
    assert found(" a ") == ["A_1", "Ab1", "a%1"]
    assert found("a%") == ["a%1"]
    assert found("A_") == ["A_1"]
    assert found("æø") == ["ÆØ-1"]
    assert found("") == found("27") == []


def test_a_search_reads_the_index_of_the_numbers(store: Store) -> None:
    with store.writing() as session:
        if store.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if store.engine.dialect.name == "sqlite" else "EXPLAIN"
        query = "SELECT id FROM cases WHERE accession_number >= 'a' AND accession_number < 'b'"
        plan = "\n".join(
            str(row) for row in session.execute(text(f"{explain} {query} ORDER BY accession_number LIMIT 50"))
        )
    assert "uq_cases_accession_number" in plan or "sqlite_autoindex_cases" in plan
    assert "SORT" not in plan.upper()
    assert "TEMP B-TREE" not in plan
