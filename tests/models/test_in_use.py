"""What is in use is read off a record that cannot be changed unseen, and a name stands for that version alone."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import WeightsError
from models.in_use import IN_USE_NAME, Entry, Hand, HistoryError, read_history, record, state_of
from models.registry import find_model, load_model, serving_of
from models.shelf import entry

Write = Callable[..., Path]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HAND = Hand("ada", NOW, "a test")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


def made(act: str, version: str, name: str = "small") -> Entry:
    return Entry.model_validate(
        {
            "act": act,
            "name": name,
            "version": version,
            "manifest_sha256": "0" * 64,
            "at_utc": NOW,
            "by": "ada",
            "why": "",
        }
    )


def versions(*acts: tuple[str, str]) -> list[str]:
    return [one.version for one in state_of([made(act, version) for act, version in acts], "small").serving]


def test_a_promotion_takes_over_and_a_rollback_goes_back() -> None:
    assert versions(("found", "1"), ("imported", "2")) == ["1"]
    assert versions(("found", "1"), ("promoted", "2"), ("promoted", "3")) == ["1", "2", "3"]
    assert versions(("found", "1"), ("promoted", "2"), ("promoted", "3"), ("rolled back", "2")) == ["1", "2"]
    assert versions(("promoted", "1"), ("promoted", "2"), ("promoted", "1"), ("rolled back", "2")) == ["1", "2"]
    assert versions(("found", "1"), ("promoted", "2"), ("rolled back", "1"), ("promoted", "3")) == ["1", "3"]


def test_what_runs_in_the_shadow_ends_when_it_is_told_so_or_comes_into_use() -> None:
    acts = [made("found", "1"), made("shadow", "2")]
    shadow = state_of(acts, "small").shadow
    assert shadow is not None
    assert shadow.version == "2"
    assert state_of([*acts, made("shadow ended", "2")], "small").shadow is None
    assert state_of([*acts, made("promoted", "2")], "small").shadow is None
    assert state_of([*acts, made("promoted", "3")], "small").shadow is not None


@given(st.lists(st.tuples(st.sampled_from(["found", "promoted", "imported", "shadow"]), st.sampled_from("abc"))))
def test_one_name_says_nothing_of_another(acts: list[tuple[str, str]]) -> None:
    ours = [made(act, version) for act, version in acts]
    mixed = [one for entry in ours for one in (entry, made("promoted", "z", "other"))]
    assert state_of(mixed, "small") == state_of(ours, "small")


def test_the_record_comes_back_as_written_and_others_may_read_it(tmp_path: Path) -> None:
    record(tmp_path, [made("found", "1"), made("promoted", "2")])
    record(tmp_path, [made("rolled back", "1")])
    found = read_history(tmp_path)
    assert [one.act for one in found] == ["found", "promoted", "rolled back"]
    assert [one.previous for one in found] == [None, found[0].sha256, found[1].sha256]
    assert (tmp_path / IN_USE_NAME).stat().st_mode & stat.S_IRGRP
    assert [path.name for path in tmp_path.iterdir()] == [IN_USE_NAME]


@pytest.mark.parametrize("change", ["reword", "leave out the first", "leave out the last", "swap"])
def test_a_changed_record_is_noticed(tmp_path: Path, change: str) -> None:
    record(tmp_path, [made("found", "1"), made("promoted", "2"), made("promoted", "3")])
    path = tmp_path / IN_USE_NAME
    whole = json.loads(path.read_text())
    entries = whole["entries"]
    if change == "reword":
        entries[1]["why"] = "another reason"
    elif change == "leave out the first":
        del entries[0]
    elif change == "leave out the last":
        del entries[2]
    else:
        entries[0], entries[1] = entries[1], entries[0]
    path.write_text(json.dumps(whole))
    with pytest.raises(HistoryError, match="changed by other means"):
        read_history(tmp_path)
    with pytest.raises(HistoryError):
        record(tmp_path, [made("promoted", "4")])


def test_a_record_that_is_no_record_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / IN_USE_NAME).write_text("{")
    with pytest.raises(HistoryError, match=r"in_use\.json.*Put it back"):
        read_history(tmp_path)


def test_a_name_stands_for_the_version_in_use_not_for_the_newest(home: Path, write_model_folder: Write) -> None:
    for version in ("1.0.0", "2.0.0"):
        write_model_folder(home / f"small@{version}", version=version)
    assert find_model("small").manifest.version == "2.0.0"
    record(home, [entry("promoted", load_model(home / "small@1.0.0"), HAND)])
    assert find_model("small").manifest.version == "1.0.0"
    assert find_model("small@2.0.0").manifest.version == "2.0.0"


def test_where_the_version_in_use_is_gone_or_changed_no_other_one_serves(home: Path, write_model_folder: Write) -> None:
    for version in ("1.0.0", "2.0.0"):
        write_model_folder(home / f"small@{version}", version=version)
    record(home, [entry("promoted", load_model(home / "small@1.0.0"), HAND)])
    manifest = home / "small@1.0.0" / "manifest.json"
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"value": 0.4', '"value": 0.9'))
    with pytest.raises(WeightsError, match=r"small@1\.0\.0 has been in use.*not the one that was put into use"):
        find_model("small")
    assert serving_of("small") is None
    manifest.unlink()
    with pytest.raises(WeightsError, match="no longer here"):
        find_model("small")
    assert serving_of("nothing") is None
