"""Pages out of the store: the same places as ranking everything gives, read from the index alone."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.support.cases import MODEL
from tests.support.lists import CALENDAR, NOW, POLICIES, give_forecasts, some_cases
from tests.support.people import SYSTEM, pathologist
from worklist.cases import Case, CaseSlide
from worklist.priority.page import first_page
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.priority.standings import CLINICAL_ORDER
from worklist.store.store import Store
from worklist.store.tables import CaseRow


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


def test_the_first_page_of_an_empty_list_is_empty(store: Store) -> None:
    assert first_page(store, NOW, Policy(), 50) == []


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
