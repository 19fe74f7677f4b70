"""Invariant 8: no patient's number is in what a command writes, in the audit trail or on the operations list."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.people import SYSTEM
from worklist.cases import Case, CaseSlide
from worklist.store.store import Store

NUMBERS = ("010190-1234", "0202911234", "0303911234", "0404911234")


def run(home: Path, *words: str) -> str:
    """All that a command writes, to stdout and stderr."""
    environment = {**os.environ, "FORRANG_HOME": str(home), "FORRANG_LOG_FORMAT": "json"}
    environment.pop("FORRANG_DATABASE_URL", None)
    command = [sys.executable, "-m", "cli", *words]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of files that are named after patients; none of them can be read."""
    folder = tmp_path / "scans" / NUMBERS[0]
    folder.mkdir(parents=True)
    (folder / f"26-000001_{NUMBERS[0]}_1A.svs").write_bytes(b"no slide")
    (folder / f"{NUMBERS[1]}.tif").write_bytes(b"II*\0 nor is this one")
    lines = (
        "accession number;pathway;received;slides",
        f"26-000001;breast;20-11-2026 10:00;{NUMBERS[0]}/26-000001_{NUMBERS[0]}_1A.svs|{NUMBERS[2]}.svs",
        f"{NUMBERS[0]};breast;20-11-2026 10:00;",
        f"26-000002;{NUMBERS[3]};20-11-2026 10:00;",
    )
    (tmp_path / "scans" / "cases.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "scans"


def test_what_the_intake_and_a_worker_write_names_no_patient(scans: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store(f"sqlite:///{home / 'worklist.db'}")
    now = store.now()
    slides = tuple(CaseSlide(path=path) for path in (*scans.rglob("*.svs"), *scans.rglob("*.tif"), scans / NUMBERS[2]))
    times = {"received_utc": now, "deadline_utc": now + timedelta(days=4)}
    told = {"accession_number": "26-000009", "pathway": "breast", "pathway_name": "Breast", "slides": slides}
    store.add_cases([Case.model_validate(told | times)], SYSTEM)  # as an older Forrang took them in, unguarded
    written = run(home, "intake", str(scans / "cases.csv"))
    assert "26-000001" in written or "1 new" in written
    written += run(home, "worker")
    assert '"failed": 3' in written, "the worker met the slides"
    with store.reading() as session:
        rows = session.execute(text("SELECT who, source, details, accession_number FROM audit")).all()
        hands = session.execute(text("SELECT kind, subject, text FROM operations")).all()
    store.close()
    assert len(rows) > 1
    kept = "\n".join(str(row) for row in (*rows, *hands))
    for number in NUMBERS:
        assert number not in written
        assert number not in kept
