"""Policies: the ready ones, and one's own, whose mistakes are named by field."""

from pathlib import Path

import pytest
import yaml

from worklist.calendar import WorkingCalendar
from worklist.errors import PolicyError
from worklist.priority.policy import PRESETS, Policy, load_policy
from worklist.settings import Settings
from worklist.site import site_policy

CALENDAR = WorkingCalendar()


def own(**changes: object) -> dict[str, object]:
    figure = {"value": 8, "mark": "A", "source": "ours"}
    figures = {f"{name}": figure for name in ("raise_working_hours", "protect_working_hours", "max_wait_working_days")}
    return {"name": "own", "about": "a test", "sources": {"ours": "us"}, "use_ai": True, **figures, **changes}


def written(tmp_path: Path, told: object) -> str:
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return str(tmp_path / "own.yaml")


def test_the_first_ready_policy_is_what_the_program_does_without_any_word() -> None:
    assert load_policy(PRESETS[0], CALENDAR) == Policy(calendar=CALENDAR)


def test_the_ready_policies_differ_in_what_may_move_a_case() -> None:
    told = {name: load_policy(name, CALENDAR) for name in PRESETS}
    assert {name: (it.use_ai, it.raises, it.uses_forecast) for name, it in told.items()} == {
        "ai-raised": (True, True, False),
        "clinical-only": (False, False, False),
        "shadow": (True, False, False),
        "forecast-raised": (True, True, True),
    }
    assert all(it.name == name for name, it in told.items())


def test_ones_own_file_is_read_and_the_settings_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, own())
    monkeypatch.setenv("FORRANG_POLICY", path)
    assert site_policy(Settings()).raise_working_hours == 8
    assert site_policy(Settings(), "shadow").shadow


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"raise_working_hours": {"value": -1, "mark": "A", "source": "ours"}}, "raise_working_hours: .*greater than"),
        ({"max_wait_working_days": {"value": 9999, "mark": "A", "source": "ours"}}, "max_wait_working_days: .*less"),
        ({"max_wait_working_days": None}, "max_wait_working_days"),
        ({"protect_working_hours": 8}, "protect_working_hours"),
        ({"protect_working_hours": {"value": 8, "mark": "X", "source": "ours"}}, "protect_working_hours.mark"),
        (
            {"protect_working_hours": {"value": 8, "mark": "A", "source": "whose"}},
            "protect_working_hours: source 'whose'",
        ),
        ({"use_ai": None}, "use_ai"),
        ({"boost": 3}, "boost"),
    ],
)
def test_a_mistake_is_named_by_field_and_file(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(PolicyError, match=rf"own\.yaml: .*{said}"):
        load_policy(written(tmp_path, own(**change)), CALENDAR)


def test_what_is_no_policy_is_named_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"'fastest'.*clinical-only.*FORRANG_POLICY"):
        load_policy("fastest", CALENDAR)
    (tmp_path / "own.yaml").write_bytes(b"\xff\xfe: [")
    with pytest.raises(PolicyError, match="not YAML"):
        load_policy(str(tmp_path / "own.yaml"), CALENDAR)
    with pytest.raises(PolicyError, match=r"own\.yaml: file"):
        load_policy(written(tmp_path, ["a", "list"]), CALENDAR)
