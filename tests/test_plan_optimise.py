"""`forrang plan optimise` as people and scripts use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from planner.scenario.load import change, dump_scenario, load_scenario
from tests.support.planner_scenarios import single_queue

SERVERS = "resources.reader.units.0.count"
SHORT = ("--trials", "3", "--confirmations", "4", "--jobs", "1", "--vary", f"{SERVERS}=[4,5,6,7]")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    queue = change(
        single_queue(servers=4, utilisation=0.9, days=10),
        {
            "pathways.routine.deadline": {"hours": 0.6},
            "costs.machines_per_year": {"reader": {"value": 100_000}},
            "follow_up_days": 1,
        },
    )
    (tmp_path / "queue.yaml").write_text(dump_scenario(queue), "utf-8")
    (tmp_path / "quick.yaml").write_text(
        "extends: queue.yaml\ntitle: quicker reading\nchange: {steps.read.time.mean: 6}\n", "utf-8"
    )
    return tmp_path / "home"


def optimise(*arguments: str) -> Result:
    return CliRunner().invoke(cli.commands, ["plan", "optimise", *arguments])


def test_the_plan_is_told_kept_and_written_as_a_scenario_and_as_a_page(tmp_path: Path, home: Path) -> None:
    result = optimise("queue.yaml", *SHORT, "--report", "plan.html", "--out", "plan.yaml")
    assert result.exit_code == 0, result.output
    assert "The cheapest plan found that keeps 90.0% of all cases on time" in result.stdout
    assert "on fresh seeds" in result.stdout
    assert load_scenario("plan.yaml").resources["reader"].units[0].count >= 5
    assert "The cheapest plan that keeps the target" in (tmp_path / "plan.html").read_text("utf-8")
    (kept,) = (home / "plans").iterdir()
    assert str(kept) in result.stderr


def test_json_tells_the_plan_with_what_else_was_tried() -> None:
    result = optimise("queue.yaml", *SHORT, "--choice", "quick.yaml", "--json", "--no-keep")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout, parse_constant=pytest.fail)
    assert record["reached"]
    assert record["best"]["words"] == ["quicker reading"]
    assert record["best"]["state"] == "confirmed"
    assert record["best"]["changes"] == {"steps.read.time.mean": 6.0}
    assert record["sure"] >= record["confidence"] == 0.95
    assert record["today"]["on_time"]["mean"] < 0.9
    assert record["best"]["on_time"]["n"] == 4
    assert record["seeds"]["confirmation"] not in (record["seeds"]["search"], record["seeds"]["selection"])
    costs = [point["cost"]["mean"] for point in record["front"]]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--vary", f"{SERVERS}=5"), "give its values as a list"),
        (("--vary", f"{SERVERS}=[-1]"), "must be at least 0"),
        (("--choice", "nowhere.yaml"), "no such file"),
        (("--pathway", "urgency"), "there is no pathway 'urgency'"),
    ],
)
def test_what_cannot_be_asked_is_named(arguments: tuple[str, ...], said: str) -> None:
    result = optimise("queue.yaml", "--jobs", "1", *arguments)
    assert said in str(result.exception)
