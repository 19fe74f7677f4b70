"""The shelf of plans: kept, changed only as seen, removed, and never one that comes with Forrang."""

from pathlib import Path

import pytest

from planner.errors import RunError, ScenarioError
from planner.scenario.load import load_scenario, read_scenario
from planner.shelf import drop, free_name, named, put, shelf, take


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))


def test_a_plan_is_kept_as_it_was_written_before_the_ready_ones() -> None:
    text = take("small-lab").text
    put("mine", text)
    assert shelf()[0] == "mine"
    assert take("mine").text == text
    assert take("mine").own
    assert not take("small-lab").own


def test_a_ready_variant_is_shown_in_full() -> None:
    text = take("region-two-more-scanners").text
    assert read_scenario(text) == load_scenario("region-two-more-scanners")


def test_what_somebody_else_has_changed_is_not_overwritten() -> None:
    first = put("mine", take("small-lab").text)
    other = put("mine", first.text + "\n# theirs", first.seen)
    with pytest.raises(RunError, match="somebody else has changed mine"):
        put("mine", first.text + "\n# mine", first.seen)
    with pytest.raises(RunError, match="there is a plan mine already"):
        put("mine", first.text)
    assert take("mine").text == other.text
    drop("mine")
    with pytest.raises(RunError, match="somebody else"):
        put("mine", first.text, other.seen)


def test_ready_plans_are_neither_changed_nor_removed() -> None:
    it = take("small-lab")
    with pytest.raises(RunError, match="stays as it is"):
        put("small-lab", it.text)
    with pytest.raises(RunError, match="cannot be removed"):
        drop("small-lab")


@pytest.mark.parametrize("name", ["../small-lab", "a/b", "", ".hidden", "A", "x" * 61, "a\x00"])
def test_a_name_never_leads_out_of_the_shelf(name: str) -> None:
    text = take("small-lab").text
    with pytest.raises(ScenarioError, match="no name"):
        take(name)
    with pytest.raises(ScenarioError, match="no name"):
        put(name, text)


def test_what_is_no_scenario_is_not_put_on_the_shelf(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="arrivals"):
        put("broken", "name: broken")
    assert not list(tmp_path.glob("**/*broken*"))


def test_a_free_name_is_made_of_any_title() -> None:
    assert free_name("Min plan på Ærø") == "min-plan-paa-aeroe"
    assert free_name("small-lab") == "small-lab-2"
    assert free_name("///") == "plan"


def test_a_copy_has_its_own_name_and_title_and_is_else_the_same() -> None:
    lab = load_scenario("small-lab")
    copy = read_scenario(named(lab, "copy", "A copy"))
    assert (copy.name, copy.title) == ("copy", "A copy")
    assert copy.steps == lab.steps
