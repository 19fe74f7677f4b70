"""`forrang intake` as people and scripts use it: files, a watched folder, the unmatched list."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from tests.support.slides import make_slide
from worklist.commands.intake import intake_commands
from worklist.store.store import Store
from worklist.store.tables import PersonRow

Forrang = Callable[..., Result]

CASES = """accession number;pathway;specimen;received
26-000123;kræftpakke bryst;biopsi;02-11-2026 09:00
26-000124;nonesuch;biopsi;02-11-2026 09:00
"""


@pytest.fixture
def intake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forrang:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        return CliRunner().invoke(intake_commands, list(words), catch_exceptions=False)

    return run


def test_a_file_of_cases_needs_no_word_before_it_and_may_have_one(intake: Forrang, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(CASES, encoding="utf-8")
    taken = intake("cases.csv")
    assert (taken.exit_code, taken.stdout) == (1, "1 new, 0 with new slides, 0 known already\n")
    assert "cases.csv: line 3, pathway: error: unknown pathway 'nonesuch'" in taken.stderr
    (tmp_path / "again.csv").write_text(
        "accession number;pathway;received\n26-000125;lung;02-11-2026 09:00\n26-000123;lung;02-11-2026 09:00\n"
    )
    taken = intake("again.csv")
    assert taken.exit_code == 1
    assert "again.csv: line 3: error: case 26-000123: is on the list already with another content" in taken.stderr
    (tmp_path / "capitals.csv").write_text(
        "accession number;pathway;received\nh26-1;lung;02-11-2026 09:00\nH26-1;lung;02-11-2026 09:00\n"
    )
    taken = intake("capitals.csv")
    assert taken.exit_code == 0
    assert "capitals.csv: line 2: warning: case h26-1: differs from case H26-1 by capitals alone" in taken.stderr
    book = Workbook()
    assert book.active is not None
    for row in (["accession number", "pathway", "received"], ["26-2", "lung", datetime(2026, 11, 2, 9)]):  # noqa: DTZ001
        book.active.append(row)
    book.save(tmp_path / "cases.xlsx")
    taken = intake("cases", "cases.xlsx")
    assert (taken.exit_code, taken.stdout) == (0, "1 new, 0 with new slides, 0 known already\n")


def test_slides_come_in_from_a_folder_and_a_person_matches_what_says_no_case(intake: Forrang, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    make_slide(scans / "26-000123_1A_HE_01.svs")
    make_slide(scans / "scan_0042.svs", seed=2)
    (scans / "26-000123_010190-1234.svs").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(scans) + b"/\xe6.svs")).write_bytes(b"x")
    watched = intake("watch", "scans", "--once", "--quiet-seconds", "0")
    assert watched.exit_code == 1
    assert "2 refused, 0 cannot be read" in watched.stderr
    assert "26-000123_1A_HE_01.svs: unmatched 26-000123: no case of its number has come yet" in watched.stdout
    assert "scan_0042.svs: unmatched: its name fits no pattern for slides" in watched.stdout
    assert "010190" not in watched.stdout
    assert "4 dealt with, 0 known before, 0 not complete yet, 0 files that are no slides" in watched.stdout
    (tmp_path / "cases.csv").write_text(CASES, encoding="utf-8")
    assert "1 slide(s) that had waited for their case joined it" in intake("cases.csv").stdout
    (waiting,) = json.loads(intake("unmatched", "--json").stdout)
    assert (waiting["path"], waiting["accession_number"]) == (str(scans / "scan_0042.svs"), None)
    assert f"{scans / 'scan_0042.svs'}\n    came 20" in intake("unmatched").stdout
    store = Store.open()
    with store.writing() as session:
        session.add(PersonRow(login="carl", name="Carl", role="coordinator", site="", active=True))
    matched = intake("match", "scans/scan_0042.svs", "26-000123", "--as", "carl")
    assert matched.stdout == "scan_0042.svs is a slide of case 26-000123 now\n"
    assert intake("unmatched").stdout == "No slide waits for its case.\n"
    assert len(store.case("26-000123").slides) == 2


def test_a_watch_that_looks_once_ends_with_1_where_a_slide_cannot_be_read_and_with_0_where_all_came(
    intake: Forrang, tmp_path: Path
) -> None:
    make_slide(tmp_path / "scans" / "26-000123.svs")
    words = ("watch", "scans", "--once", "--quiet-seconds", "0")
    assert intake(*words).exit_code == 0
    (tmp_path / "scans" / "26-000124.svs").write_bytes((tmp_path / "scans" / "26-000123.svs").read_bytes()[:2000])
    spoilt = intake(*words)
    assert spoilt.exit_code == 1
    assert "0 refused, 1 cannot be read" in spoilt.stderr


def test_a_watch_tells_programs_in_lines_of_json(intake: Forrang, tmp_path: Path) -> None:
    make_slide(tmp_path / "scans" / "P7.svs")
    watched = intake(
        *("watch", "scans", "--once", "--quiet-seconds", "0", "--pattern", r"(?P<accession>P\d+)", "--json")
    )
    assert json.loads(watched.stdout) == {
        "slide": str(tmp_path / "scans" / "P7.svs"),
        "outcome": "unmatched",
        "case": "P7",
        "message": "no case of its number has come yet",
    }
