"""The command line as scripts see it: names, fields and exit statuses are a contract."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inference.result_folder import read_result
from tests.conftest import PROJECT
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model

FIELDS = [
    "slide", "status", "score", "flagged", "model", "tiles", "failed_tiles", "tissue_mm2", "mpp", "seconds",
    "quality", "reason", "result",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def forrang(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    environment = os.environ | {"FORRANG_HOME": str(home), "PYTHONPATH": str(PROJECT), "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home.parent, check=False)


def test_score_gives_one_object_a_slide_and_status_0(tmp_path: Path, home: Path) -> None:
    make_tiny_model(tmp_path / "tiny")
    make_slide(tmp_path / "slides" / "prøve 1.svs")
    make_slide(tmp_path / "slides" / "prøve 2.svs", mpp=None)
    ran = forrang(home, "score", tmp_path / "slides", "--model", tmp_path / "tiny", "--out", tmp_path / "out", "--json")
    assert ran.returncode == 0, ran.stderr
    results = {r["slide"]: r for r in map(json.loads, ran.stdout.splitlines())}
    assert set(results) == {"prøve 1.svs", "prøve 2.svs"}
    for result in results.values():
        assert list(result)[: len(FIELDS)] == FIELDS
        assert (Path(result["result"]) / "result.json").exists()
    assert results["prøve 1.svs"]["status"] == "scored"
    assert results["prøve 2.svs"]["status"] == "rejected"


def test_ctrl_c_leaves_only_whole_results(tmp_path: Path, home: Path) -> None:
    make_tiny_model(tmp_path / "tiny")
    drawn = make_slide(tmp_path / "slides" / "0.svs").read_bytes()
    for number in range(1, 300):  # another slide each, for the same one twice is read once
        (tmp_path / "slides" / f"{number}.svs").write_bytes(drawn + number.to_bytes(8, "big"))
    paths = sorted((tmp_path / "slides").iterdir())
    command = [sys.executable, "-m", "cli", "score", *map(str, paths), "--model", str(tmp_path / "tiny"), "--json"]
    environment = os.environ | {"FORRANG_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, **pipes) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        _, stderr = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in stderr
    folders = list((tmp_path / "forrang-results").iterdir())
    assert 0 < len(folders) < len(paths)
    assert all(read_result(folder) is not None for folder in folders)


def test_a_failed_slide_gives_status_1_and_no_traceback(tmp_path: Path, home: Path) -> None:
    make_tiny_model(tmp_path / "tiny")
    (tmp_path / "bad.svs").write_bytes(b"II*\0 not a slide")
    ran = forrang(home, "score", tmp_path / "bad.svs", "--model", tmp_path / "tiny", "--json")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["status"] == "failed"
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "nowhere"], "nowhere: no such file"),
        (["score", ".", "--model", "no-such-model"], "no-such-model"),
        (["score", ".", "--device", "abacus"], "abacus"),
        (["score", "."], "no slides found"),
        (["score", ".", "--mpp", "250"], "--mpp"),
        (["score", ".", "--model", "[/x]"], "[/x]"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_gives_status_2_and_a_line(home: Path, arguments: list[str], said: str) -> None:
    home.mkdir()
    if "no slides" not in said:
        (home.parent / "a.svs").write_bytes(b"x")
    ran = forrang(home, *arguments)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_cases_come_in_are_scored_and_ranked(tmp_path: Path, home: Path) -> None:
    make_slide(tmp_path / "dark.svs", dark=True)
    cases = tmp_path / "cases.csv"
    cases.write_text(
        "accession number;pathway;specimen;received;site;subspecialty;slides\n"
        "A-1;breast;biopsy;02-11-2026 09:00;Herlev;breast;dark.svs\n"
        "A-2;breast;biopsy;03-11-2026 09:00;Herlev;breast;gone.svs\n"
        "A-3;no-such-pathway;biopsy;03-11-2026 09:00;Herlev;breast;\n",
        encoding="utf-8",
    )
    make_tiny_model(tmp_path / "tiny")
    taken = forrang(home, "intake", cases)
    assert taken.returncode == 1
    assert "line 4, pathway" in taken.stderr
    assert "2 new" in taken.stdout
    worked = forrang(home, "worker", "--model", tmp_path / "tiny")
    assert worked.returncode == 0, worked.stderr
    listed = forrang(home, "worklist", "--json")
    records = json.loads(listed.stdout)
    assert [r["rank"] for r in records] == [1, 2]
    states = {r["accession_number"]: r["ai_state"] for r in records}
    assert states["A-1"] in {"flagged", "not flagged"}
    assert states["A-2"] == "failed"
    assert all(r["reason"] for r in records)


def test_doctor_names_the_bundled_model_and_the_store(home: Path) -> None:
    ran = forrang(home, "doctor")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "idc-screen" in ran.stdout
    assert "worklist.db" in ran.stdout
