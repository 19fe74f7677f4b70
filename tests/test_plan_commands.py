"""`forrang plan` as people and scripts use it: names, fields, files and exit statuses are a contract."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import cli
from planner.errors import PlannerError
from planner.replications.replicate import BY_HAND
from planner.scenario.load import load_scenario
from tests.conftest import PROJECT
from tests.support.planner_runs import made_up_run

SMALL = ("--days", "5", "--replications", "3", "--jobs", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def plan(*arguments: str) -> Result:
    return CliRunner().invoke(cli.commands, ["plan", *arguments])


def done(*arguments: str) -> Result:
    result = plan(*arguments)
    assert result.exit_code == 0, result.output
    return result


def test_run_tells_the_answer_keeps_the_run_and_writes_what_was_asked_for(tmp_path: Path, home: Path) -> None:
    result = done("run", "single-queue", *SMALL, "--report", "report.html", "--records", "cases.parquet")
    assert "No case of this scenario has a deadline" in result.stdout
    assert "Busiest" in result.stdout
    assert "3 of 3 replications" in result.stderr
    assert "<title>" in (tmp_path / "report.html").read_text("utf-8")
    cases = pd.read_parquet(tmp_path / "cases.parquet")
    assert set(cases["replication"]) == {0, 1, 2}
    assert {"received", "signed_out", "wait read"} <= set(cases.columns)
    (kept,) = (home / "plans").iterdir()
    assert (kept / "report.html").exists()
    assert str(kept) in result.stderr


def test_json_is_one_object_with_intervals_and_without_nan() -> None:
    result = done("run", "single-queue", *SMALL, "--json", "--no-keep", "--seed", "5")
    record = json.loads(result.stdout, parse_constant=pytest.fail)
    assert record["seed"] == 5
    assert record["replications"] == record["wanted"] == 3
    assert record["scenario"]["name"] == "single-queue"
    assert record["kept"] is None
    assert record["headline"]
    figures = {(f["measure"], f["by"], f["group"], f["detail"]): f for f in record["figures"]}
    mean = figures["turnaround", "all", "", "mean"]
    assert mean["low"] < mean["mean"] < mean["high"]
    assert mean["n"] == 3


def test_the_same_seed_gives_the_same_figures() -> None:
    first, second = (json.loads(done("run", "single-queue", *SMALL, "--json", "--no-keep").stdout) for _ in range(2))
    assert first["figures"] == second["figures"]


def test_nothing_is_kept_where_it_is_not_wanted(home: Path) -> None:
    done("run", "single-queue", *SMALL, "--no-keep")
    assert not home.exists()


def test_set_changes_the_scenario_and_compare_with_says_what_that_does() -> None:
    change = "resources.reader.units.0.count=4"
    result = done("compare", "single-queue", *SMALL, "--with", change, "--json", "--no-keep", "--report", "c.html")
    record = json.loads(result.stdout)
    (other,) = record["others"]
    assert other["pairs"] == 3
    assert [(it["path"], it["before"], it["after"]) for it in other["changes"]] == [
        ("resources.reader.units.0.count", 3, 4)
    ]
    (p90,) = [f for f in other["figures"] if f["measure"] == "turnaround" and f["detail"] == "p90"]
    assert p90["change"]["high"] < 0
    assert other["verdict"]
    shown = done("compare", "single-queue", *SMALL, "--with", change, "--no-keep")
    assert "Where the time of a case went" in shown.stdout


def test_bottleneck_and_sensitivity_answer_with_a_verdict_and_a_page(tmp_path: Path) -> None:
    lab = ("small-lab", "--days", "7", "--replications", "2", "--jobs", "1", "--set", "warm_up_days=7")
    result = done("bottleneck", *lab, "--json", "--report", "b.html")
    record = json.loads(result.stdout)
    assert {"pathologist @ main", "scanner @ main"} <= {f"{it['resource']} @ {it['site']}" for it in record["tried"]}
    assert record["verdict"]
    assert "What one more would do" in (tmp_path / "b.html").read_text("utf-8")
    result = done("sensitivity", *lab, "--only", "steps.reading.*", "--json")
    effects = json.loads(result.stdout)["effects"]
    assert effects
    assert all(it["path"].startswith("steps.reading.") for it in effects)


def test_a_new_scenario_is_a_copy_to_edit_that_runs(tmp_path: Path) -> None:
    done("new", "mine", "--from", "small-lab")
    mine = load_scenario(tmp_path / "mine.yaml")
    assert mine.name == "mine"
    assert mine.title == "mine, from small-lab"
    assert mine.steps == load_scenario("small-lab").steps
    assert "#" in (tmp_path / "mine.yaml").read_text("utf-8"), "comments are kept"
    again = plan("new", "mine", "--from", "small-lab")
    assert isinstance(again.exception, PlannerError)
    done("new", "variant", "--from", "region-two-more-scanners")
    assert load_scenario(tmp_path / "variant.yaml").name == "variant"


def test_kept_runs_are_listed_done_again_and_cloned(tmp_path: Path) -> None:
    done("run", "single-queue", *SMALL)
    (kept,) = json.loads(done("runs", "--json").stdout)
    assert kept["scenario"] == "single-queue"
    assert kept["id"] in done("runs").stdout
    assert json.loads(done("rerun", kept["id"], "--jobs", "1", "--json").stdout)["same"] is True
    done("clone", kept["id"], "--out", "again.yaml")
    assert load_scenario(tmp_path / "again.yaml").days == 5


def test_scenarios_check_and_schema_tell_what_there_is() -> None:
    assert "region-hovedstaden" in json.loads(done("scenarios", "--json").stdout)
    assert "can run" in done("check", "small-lab").stdout
    findings = json.loads(done("check", "small-lab", "--set", "resources.pathologist.units.0.count=1", "--json").stdout)
    assert all(set(finding) == {"field", "message", "level"} for finding in findings)
    assert json.loads(done("schema").stdout)["properties"]["arrivals"]


def test_workforce_looks_years_ahead() -> None:
    record = json.loads(done("workforce", "small-lab", "--years", "3", "--replications", "50", "--json").stdout)
    assert len(record["years"]) == 4
    assert record["resource"] == "pathologist"
    assert record["assumptions"]["retirement_age"]["source"]


def test_an_interrupted_run_shows_what_is_finished_and_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    part = made_up_run(replications=2, wanted=20, interruption=BY_HAND)
    monkeypatch.setattr("planner.replications.replicate.replicate", lambda *_, **__: part)
    result = plan("run", "small-lab", "--no-keep")
    assert result.exit_code == 130
    assert "2 of 20 replications were finished" in result.stdout
    lost = made_up_run(replications=2, wanted=20, interruption="the cluster was lost")
    monkeypatch.setattr("planner.replications.replicate.replicate", lambda *_, **__: lost)
    assert plan("run", "small-lab", "--no-keep").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "no-such-scenario"], "the ready ones are"),
        (["run", "small-lab", "--set", "resources.robot.units=3"], "there is no 'robot'"),
        (["run", "small-lab", "--set", "days"], "write path=value"),
        (["run", "small-lab", "--set", "days=[1"], "cannot be read"),
        (["run", "small-lab", "--report", "no/such/folder/report.html"], "name a file in a folder that is there"),
        (["compare", "small-lab"], "name a second scenario"),
        (["rerun", "no-such-run"], "no kept run"),
        (["forecast", "small-lab", "none.csv", "--now", "yesterday"], "ISO time"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(arguments: list[str], said: str) -> None:
    result = plan(*arguments)
    assert isinstance(result.exception, PlannerError)
    assert said in str(result.exception)


def test_the_program_ends_a_planners_error_as_a_line_on_stderr_with_status_2() -> None:
    command = [sys.executable, "-m", "cli", "plan", "run", "no-such-scenario"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: no-such-scenario")
    assert "Traceback" not in ran.stderr


def test_help_loads_nothing_heavy() -> None:
    heavy = ("altair", "numba", "pandas", "scipy", "pydantic")
    code = f"import sys, planner.commands; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr
