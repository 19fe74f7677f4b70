"""Cases from CSV: what people and systems really write, and every line that cannot come in is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.errors import IntakeError
from worklist.intake.case_table import Intake, read_cases
from worklist.pathways import load_pathways

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEADER = "accession number,pathway,specimen,received,site,subspecialty,slides"
GOOD = "P1,breast,biopsy,2026-11-19 10:00,Herlev,mamma,a.svs"
TABLE = load_pathways()


def intake(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Intake:
    path = folder / "cases.csv"
    path.write_bytes("\n".join([header, *lines]).encode(encoding))
    return read_cases(path, TABLE, NOW)


def messages(told: Intake) -> list[str]:
    return [str(problem) for problem in told.problems]


@pytest.fixture
def slides(tmp_path: Path) -> Path:
    for name in ("a.svs", "b.svs", "blåbær æske.svs"):
        (tmp_path / name).write_bytes(b"slide")
    return tmp_path


def test_a_good_line_becomes_a_case_with_its_deadline(slides: Path) -> None:
    told = intake(slides, GOOD)
    assert told.problems == ()
    (case,) = told.cases
    assert (case.accession_number, case.pathway, case.pathway_name) == ("P1", "breast", "kræftpakke bryst")
    assert (case.site, case.subspecialty, case.urgency) == ("Herlev", "mamma", 3)
    assert case.received_utc == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert case.deadline_utc == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert [slide.path for slide in case.slides] == [slides / "a.svs"]
    assert case.slides[0].state == "unscored"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_danish_letters_come_in_from_every_usual_encoding(slides: Path, encoding: str) -> None:
    line = "P1,kræftpakke æggestok,resektat,2026-11-19 10:00,Køge,gynækologi,blåbær æske.svs"
    told = intake(slides, line, encoding=encoding)
    assert told.problems == ()
    (case,) = told.cases
    assert (case.pathway, case.site, case.subspecialty) == ("ovary", "Køge", "gynækologi")
    assert case.slides[0].path == slides / "blåbær æske.svs"


def test_semicolon_files_of_a_danish_excel_come_in_with_their_trailing_separators(slides: Path) -> None:
    header = "Accession_Number;Pathway;Received;Slides;;"
    told = intake(
        slides, 'P1;Breast;19-11-2026 10:00;"a.svs;b.svs";;', "P2;lung;19-11-2026 10:00;a.svs|b.svs;;", header=header
    )
    assert not told.errors
    assert [len(case.slides) for case in told.cases] == [2, 2]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-19 10:00",
        "2026-11-19T10:00:00",
        "2026-11-19T09:00Z",
        "2026-11-19T11:00+02:00",
        "19-11-2026 10:00",
        "19.11.2026 kl. 10.00",
        "19/11/2026 10:00",
    ],
)
def test_iso_and_danish_times_name_the_same_instant(slides: Path, written: str) -> None:
    told = intake(slides, GOOD.replace("2026-11-19 10:00", written))
    assert told.problems == ()
    assert told.cases[0].received_utc == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "taken", "doubt"),
    [
        ("2026-11-19", "2026-11-19T07:00", "no time of day; taken as 08:00"),
        ("03/04/2026 10:00", "2026-04-03T08:00", "taken as 03 April 2026"),
        ("25-10-2026 02:30", "2026-10-25T00:30", "came twice"),
        ("29-03-2026 02:30", "2026-03-29T01:30", "never was on the site's clocks"),
        ("2026-11-20T12:20Z", "2026-11-20T12:20", "a little in the future"),
        ("2025-03-03 10:00", "2025-03-03T09:00", "more than a year ago"),
    ],
)
def test_a_doubtful_time_comes_in_with_a_warning(slides: Path, written: str, taken: str, doubt: str) -> None:
    told = intake(slides, GOOD.replace("2026-11-19 10:00", written))
    assert told.cases[0].received_utc == datetime.fromisoformat(taken).replace(tzinfo=UTC)
    (warning,) = told.problems
    assert (warning.line, warning.column, warning.severity) == (2, "received", "warning")
    assert doubt in warning.message


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("", "is empty"),
        ("yesterday", "no date and time that can be read"),
        ("2026-02-30 10:00", "no date and time that can be read"),
        ("11/20/2026 10:00", "month must be in 1..12"),
        ("20-11-26 10:00", "no date and time that can be read"),
        ("20261119", "no date and time that can be read"),
        ("2027-11-19 10:00", "lies in the future"),
        ("9999-12-31 23:00", "lies in the future"),
        ("0001-01-01 00:00", "received: error"),
        ("1926-11-19 10:00", "more than 20 years ago"),
    ],
)
def test_a_wrong_date_keeps_its_line_out_and_says_what_is_allowed(slides: Path, written: str, wrong: str) -> None:
    told = intake(slides, GOOD.replace("2026-11-19 10:00", written), GOOD.replace("P1", "P2"))
    assert [case.accession_number for case in told.cases] == ["P2"]
    (error,) = messages(told)
    assert error.startswith("line 2, received: error: ")
    assert wrong in error


def test_every_fault_of_every_line_is_told_at_once_by_line_and_column(slides: Path) -> None:
    told = intake(
        slides,
        ",brest,slime,2026-13-01,Herlev,mamma,a.svs",
        "",
        GOOD,
        "P3,breast,biopsy,2026-11-19 10:00,Herlev",
        'P4,"breast,biopsy,2026-11-19 10:00,Herlev,mamma,a.svs',
        GOOD.replace("P1", "P5"),
    )
    assert [case.accession_number for case in told.cases] == ["P1", "P5"]
    where = {(problem.line, problem.column) for problem in told.errors}
    assert where == {
        (2, "accession number"), (2, "pathway"), (2, "specimen"), (2, "received"), (5, ""), (6, ""),
    }  # fmt: skip
    text = "\n".join(messages(told))
    assert "did you mean 'breast'?" in text
    assert "give 'cytology'" in text
    assert "5 fields for 7 columns" in text
    assert "the quotes do not match" in text


def test_an_unstated_specimen_is_tissue_with_its_own_deadline(slides: Path) -> None:
    (case,) = intake(slides, GOOD.replace("biopsy", "")).cases
    assert case.specimen_kind == "tissue"
    assert case.deadline_utc == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


def test_a_missing_slide_file_comes_in_as_failed_with_a_warning(slides: Path) -> None:
    told = intake(slides, GOOD.replace("a.svs", "a.svs;gone.svs"))
    (case,) = told.cases
    assert [slide.state for slide in case.slides] == ["unscored", "failed"]
    assert case.slides[1].reason is not None
    assert case.slides[1].reason.startswith("gone.svs: file not found")
    assert case.ai_state == "unscored"
    (warning,) = messages(told)
    assert warning.startswith("line 2, slides: warning: gone.svs: file not found")
    assert str(slides) not in warning + case.slides[1].reason


def test_a_slide_named_twice_in_a_case_is_one_slide(slides: Path) -> None:
    told = intake(slides, GOOD.replace("a.svs", "a.svs;./a.svs; ;" + str(slides / "a.svs")))
    assert told.problems == ()
    assert [slide.path.name for slide in told.cases[0].slides] == ["a.svs"]


def test_a_file_name_with_a_separator_is_one_slide_where_that_file_is_there(slides: Path) -> None:
    (slides / "a;b.svs").write_bytes(b"slide")
    (case,) = intake(slides, GOOD.replace("a.svs", "a;b.svs")).cases
    assert [slide.path.name for slide in case.slides] == ["a;b.svs"]


def test_a_slide_of_two_cases_is_told(slides: Path) -> None:
    told = intake(slides, GOOD, GOOD.replace("P1", "P2"))
    assert len(told.cases) == 2
    assert messages(told) == ["line 3, slides: warning: a.svs is also a slide of the case on line 2; check whose it is"]


def test_lines_of_one_number_are_one_case_and_their_slides_join(slides: Path) -> None:
    told = intake(slides, GOOD, GOOD.replace("a.svs", "b.svs"), GOOD)
    assert told.problems == ()
    (case,) = told.cases
    assert [slide.path.name for slide in case.slides] == ["a.svs", "b.svs"]


def test_one_number_with_two_contents_is_one_case_and_an_error(slides: Path) -> None:
    told = intake(slides, GOOD, GOOD.replace("Herlev", "Hvidovre").replace("a.svs", "b.svs"))
    assert [case.site for case in told.cases] == ["Herlev"]
    assert [slide.path.name for slide in told.cases[0].slides] == ["a.svs", "b.svs"]
    (error,) = messages(told)
    assert error == (
        "line 3, accession number: error: this number is on line 2 with another site, so only its slides join;"
        " correct a line"
    )


def test_a_file_without_its_columns_says_which_are_missing(slides: Path) -> None:
    told = intake(slides, "P1,breast", header="accession number,pathwy")
    assert told.cases == ()
    assert {problem.column for problem in told.errors} == {"pathway", "received"}
    assert intake(slides, header="").errors[0].message.startswith("the file is empty")
    twice = intake(slides, "P1,breast,2026-11-19,x", header="accession number,pathway,received,pathway")
    assert [problem.column for problem in twice.errors] == ["pathway"]


def test_an_unknown_column_is_told_and_the_cases_come_in(slides: Path) -> None:
    told = intake(slides, GOOD + ",0101010000", header=HEADER + ",cpr")
    assert len(told.cases) == 1
    assert messages(told)[0].startswith("line 1, cpr: warning: column is not known and was not read")


def test_what_is_no_text_or_not_there_is_one_clear_error(tmp_path: Path) -> None:
    slide = tmp_path / "slide.svs"
    slide.write_bytes(bytes(range(256)))
    for path in (slide, tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(IntakeError, match=path.name) as caught:
            read_cases(path, TABLE, NOW)
        assert str(path) not in str(caught.value)


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=80), max_size=8))
def test_whatever_a_file_holds_each_of_its_lines_that_is_no_case_is_told(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    told = intake(folder, *lines, GOOD.replace("P1", "P-last"))
    written = "\n".join(lines).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spoken_of = {problem.line for problem in told.errors}
    for number, line in enumerate(written, start=2):
        if line.replace(",", "").replace('"', "").strip():
            assert number in spoken_of
    assert told.cases[-1].accession_number == "P-last"
    assert told.cases[-1].received_utc < NOW + timedelta(hours=1)
