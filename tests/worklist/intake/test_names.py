"""Whose slide a file is: names by pattern, barcodes and attributes, and what to do where they differ."""

from pathlib import Path

import pytest

from worklist.errors import IntakeError
from worklist.intake.names import Told, compiled, together, told_by_name, told_by_text

FOLDER = Path("/scans")


@pytest.mark.parametrize(
    ("name", "accession", "block", "stain"),
    [
        ("26-000123_1A_HE_01.svs", "26-000123", "1A", "HE"),
        ("H26-000123;1A;2.svs", "H26-000123", "1A", None),
        ("26-000123_HE.svs", "26-000123", None, "HE"),
        ("26-000123_2.ndpi", "26-000123", None, None),
        ("ÅB26-000123_B_Ki-67_001.mrxs", "ÅB26-000123", "B", "Ki-67"),
        ("26-000123.svs", "26-000123", None, None),
    ],
)
def test_barcode_style_names_tell_case_block_and_stain(
    name: str, accession: str, block: str | None, stain: str | None
) -> None:
    told = told_by_name(FOLDER / name, FOLDER, compiled())
    assert (told.accession_number, told.block, told.stain) == (accession, block, stain)
    assert told.slide_id == Path(name).stem
    assert told.problem is None


@pytest.mark.parametrize("name", ["scan_0042.svs", "26-12.svs", "26-000123_1A_HE_01 (2).svs", "x26-000123.svs"])
def test_a_name_that_fits_no_pattern_tells_no_case_and_why(name: str) -> None:
    assert told_by_name(FOLDER / name, FOLDER, compiled()) == Told(problem="its name fits no pattern for slides")


def test_a_sites_own_patterns_are_tried_in_turn_also_on_the_folders_name() -> None:
    patterns = compiled(
        [r"case (?P<accession>\d+)", r"(?P<accession>P\d+)/slide-(?P<specimen>\d)(?P<block>[A-Z])-(?P<slide>\d)"]
    )
    assert told_by_name(FOLDER / "case 7.svs", FOLDER, patterns).accession_number == "7"
    told = told_by_name(FOLDER / "P77" / "slide-2B-1.svs", FOLDER, patterns)
    assert (told.accession_number, told.block, told.slide_id) == ("P77", "2B", "slide-2B-1")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "no regular expression"), (r"\d+", "accession is missing"), (r"(?P<accession>\d)(?P<cpr>\d)", "cpr is not")],
)
def test_a_pattern_that_cannot_be_used_is_named(pattern: str, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        compiled([pattern])


def test_a_barcode_tells_what_a_name_does_not() -> None:
    by_name = Told(problem="its name fits no pattern for slides")
    by_file = told_by_text("26-000123;1A;2", compiled())
    joined = together(by_name, by_file)
    assert (joined.accession_number, joined.slide_id, joined.block, joined.problem) == (
        "26-000123",
        "26-000123;1A;2",
        "1A",
        None,
    )


def test_where_name_and_barcode_name_two_cases_neither_is_believed() -> None:
    joined = together(Told("26-000123", "26-000123_1A"), Told("26-000999", "26-000999;1A"))
    assert joined.accession_number is None
    assert joined.problem == "its name and its barcode or attributes name two different cases"


def test_attributes_without_a_case_leave_the_names() -> None:
    joined = together(Told("26-000123", "26-000123_1A", "1A"), Told(scanner="GT450", problem="holds no number"))
    assert joined == Told("26-000123", "26-000123_1A", "1A", scanner="GT450")
