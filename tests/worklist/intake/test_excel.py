"""Cases from an Excel workbook: the same columns, the same cases and the same problems as from a CSV file."""

import csv
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from worklist.errors import IntakeError
from worklist.intake.case_table import COLUMNS, read_cases
from worklist.pathways import load_pathways

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TABLE = load_pathways()
Row = list[object]


def workbook(path: Path, *rows: Row) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.create_sheet("notes").append(["not read"])
    book.save(path)
    return path


def test_real_dates_and_numbers_come_in_as_a_person_would_type_them(tmp_path: Path) -> None:
    (tmp_path / "a.svs").write_bytes(b"slide")
    file = workbook(
        tmp_path / "cases.xlsx",
        ["Accession number", "Pathway", "Specimen", "Received", "Slides"],
        [26000123, "kræftpakke bryst", "biopsi", datetime(2026, 11, 19, 10, 0), "a.svs"],  # noqa: DTZ001
        ["26-2", "lung", None, date(2026, 11, 19), None],
        [None, None, None, None, None],
        ["26-3", "lung", "resection", "19-11-2026 10:00"],
    )
    told = read_cases(file, TABLE, NOW)
    assert not told.errors
    assert [case.accession_number for case in told.cases] == ["26000123", "26-2", "26-3"]
    assert told.cases[0].received_utc == told.cases[2].received_utc == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert [slide.path for slide in told.cases[0].slides] == [tmp_path / "a.svs"]
    assert [str(problem) for problem in told.problems] == [
        "line 3, received: warning: '2026-11-19' has no time of day; taken as 08:00, when the site opens"
    ]


def test_a_patients_number_that_lost_its_first_zero_in_a_cell_is_seen_and_own_numbers_are_not(tmp_path: Path) -> None:
    header: Row = ["accession number", "pathway", "received", "site"]
    own = [202600123, 202512345, 260001234, 26000123, "101801234", 999999999, 1018012345678]
    lines = [[it, "breast", "2026-11-19 10:00", None] for it in (101801234, 101801234.0, *own)]
    told = read_cases(
        workbook(tmp_path / "cases.xlsx", header, *lines, ["26-9", *lines[0][1:3], 101801234]), TABLE, NOW
    )
    assert [problem.line for problem in told.errors] == [2, 3]
    assert "holds a Danish CPR number" in told.errors[0].message
    assert [case.accession_number for case in told.cases] == [*map(str, own), "26-9"]
    assert told.cases[-1].site == "[a Danish CPR number]"


def test_the_same_rows_give_the_same_cases_and_problems_in_both_forms(tmp_path: Path) -> None:
    rows: list[Row] = [
        list(COLUMNS),
        ["26-1", "breast", "biopsy", "2026-11-19 10:00", "Herlev", "mamma", ""],
        ["26-2", "brest", "biopsi", "2026-11-19 10:00", "", "", ""],
        ["26-3", "lung", "bone", "tomorrow", "", "", "missing.svs"],
        ["26-1", "lung", "biopsy", "2026-11-19 10:00", "Herlev", "mamma", "missing.svs"],
        ["010190-1234", "lung", "", "2026-11-19 10:00", "", "", ""],
        ["26-4", "lung", "", "2026-11-19 10:00", "010190-1234", "", "010190-1234.svs"],
    ]
    with (tmp_path / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    from_csv = read_cases(tmp_path / "cases.csv", TABLE, NOW)
    from_excel = read_cases(workbook(tmp_path / "cases.xlsx", *rows), TABLE, NOW)
    assert from_excel == from_csv
    assert {problem.line for problem in from_csv.errors} == {3, 4, 5, 6, 7}
    told = " ".join(map(str, from_csv.problems)) + repr(from_csv.cases)
    assert "010190" not in told


def test_a_row_wider_than_its_header_is_told(tmp_path: Path) -> None:
    header: Row = ["accession number", "pathway", "received"]
    file = workbook(tmp_path / "cases.xlsx", header, ["26-1", "breast", "2026-11-19 10:00", "more"])
    (problem,) = read_cases(file, TABLE, NOW).problems
    assert "4 fields for 3 columns; leave the cells beyond the last column empty" in problem.message


def test_an_empty_sheet_says_which_columns_there_are(tmp_path: Path) -> None:
    (problem,) = read_cases(workbook(tmp_path / "cases.xlsx"), TABLE, NOW).problems
    assert "the file is empty" in problem.message


def test_what_is_no_workbook_is_an_error_with_what_to_do(tmp_path: Path) -> None:
    old, other, broken = (tmp_path / name for name in ("old.xls", "other.xlsx", "broken.xlsx"))
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "not a workbook")
    broken.write_bytes(workbook(tmp_path / "whole.xlsx", ["accession number"]).read_bytes()[:2000])
    for file, words in ((old, "without a password"), (other, "no Excel workbook"), (broken, "no Excel workbook")):
        with pytest.raises(IntakeError, match=words):
            read_cases(file, TABLE, NOW)
