"""Accession numbers have one form, whatever way they come in; odd ones are refused, and look-alikes are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cases import NOW, case
from tests.support.people import SYSTEM
from worklist.intake.accession import accession_text, refusal
from worklist.intake.apply import apply_order, apply_slide
from worklist.intake.case_table import read_cases
from worklist.intake.events import Order, SlideArrival
from worklist.pathways import load_pathways
from worklist.store.store import Store
from worklist.watching.operations import open_operations

TABLE = load_pathways()


def order(number: str, message: str = "M1") -> Order:
    told = {"action": "new", "source": "LIS", "message_id": message, "sent_utc": NOW, "order_number": message}
    return Order(**told, accession_number=number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        "H26-000123",
        " H26-000123\t",
        "\u00a0H26-000123\u3000",
        "\uff282\uff16-00012\uff13",
        "H26\u2011000123",
        "H26\u2013000123",
        "H26\u2212000123",
    ],
)
def test_one_number_has_one_form_however_it_is_written(written: str) -> None:
    assert accession_text(written) == "H26-000123"
    assert refusal(accession_text(written)) is None


@pytest.mark.parametrize(
    "odd",
    ["=1+1", "+45", "-1", "@A1", "\uff1d1+1", "26\u200b-1", "\ufeff26-1", "26\n-1", "26\x00", "", "   ", "\ufdfa" * 9],
)
def test_what_is_no_number_or_could_be_a_formula_is_refused(odd: str) -> None:
    assert refusal(accession_text(odd)) is not None


@given(st.text(max_size=64))
def test_the_form_of_a_form_is_the_same(text: str) -> None:
    form = accession_text(text)
    assert accession_text(form) == form


def test_a_number_in_full_width_is_the_same_case_by_order_file_and_slide(store: Store, tmp_path: Path) -> None:
    assert apply_order(store, order("26-000123"), TABLE, SYSTEM, tmp_path).outcome == "new"
    again = apply_order(store, order("\uff12\uff16-000123 ", "M2"), TABLE, SYSTEM, tmp_path)
    assert again.accession_number == "26-000123"
    slide = SlideArrival(path=Path("/a"), source="scans", accession_number="26\u2013000123", arrived_utc=NOW)
    assert apply_slide(store, slide, SYSTEM).outcome == "matched"
    (tmp_path / "cases.csv").write_text("accession number,pathway,received\n26\u2011000123,breast,2026-11-17 10:00\n")
    read = read_cases(tmp_path / "cases.csv", TABLE, NOW)
    assert [it.accession_number for it in read.cases] == ["26-000123"]
    assert [it.accession_number for it in store.cases()] == ["26-000123"]


def test_a_formula_in_a_file_of_cases_is_told_by_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("accession number,pathway,received\n=1+1,breast,2026-11-17 10:00\n")
    (problem,) = read_cases(tmp_path / "cases.csv", TABLE, NOW).problems
    assert str(problem).startswith("line 2, accession number: error: the accession number begins with =")


def test_a_number_that_differs_by_capitals_alone_is_on_the_list_and_before_a_person(
    store: Store, tmp_path: Path
) -> None:
    apply_order(store, order("H26-1"), TABLE, SYSTEM, tmp_path)
    second = apply_order(store, order("h26-1", "M2"), TABLE, SYSTEM, tmp_path)
    assert second.outcome == "new"
    assert "differs from case H26-1 by capitals alone" in second.message
    added = store.add_cases([case("Hv26-7"), case("26-8"), case("HV26-7")], SYSTEM)
    assert {it.accession_number for it in added.look_alikes} == {"Hv26-7", "HV26-7"}
    asked = {it.subject for it in open_operations(store) if it.kind == "look-alike number"}
    assert asked == {"h26-1", "Hv26-7", "HV26-7"}
    assert len(store.cases()) == 5
    assert store.add_cases([case("HV26-7")], SYSTEM).look_alikes == ()


def test_a_slide_whose_number_differs_by_capitals_waits_and_says_so(store: Store) -> None:
    store.add_cases([case("H26-1")], SYSTEM)
    slide = SlideArrival(path=Path("/a"), source="scans", accession_number="h26-1", arrived_utc=NOW)
    applied = apply_slide(store, slide, SYSTEM)
    assert applied.outcome == "unmatched"
    assert "case H26-1 has, which differs by capitals alone" in applied.message
