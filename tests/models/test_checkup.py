"""Doctor says what serves, and what stands in the way of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.checkup import check_models
from models.in_use import IN_USE_NAME, Hand, record
from models.registry import load_model
from models.shelf import entry

Write = Callable[..., Path]


def said(state: str) -> list[str]:
    return [finding.message for finding in check_models() if finding.state == state]


def test_doctor_names_what_is_in_use_and_what_is_gone_or_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model_folder: Write
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    home = tmp_path / "models"
    folder = write_model_folder(home / "small@1.2.0")
    record(home, [entry("promoted", load_model(folder), Hand("ada", datetime(2026, 11, 22, tzinfo=UTC), ""))])
    assert "small@1.2.0 is in use" in said("ok")
    assert said("bad") == []
    folder.rename(home / "set-aside")
    (home / "set-aside" / "manifest.json").unlink()
    assert any("no longer here" in text for text in said("bad"))
    path = home / IN_USE_NAME
    path.write_text(path.read_text().replace("ada", "eve"))
    assert any("changed by other means" in text for text in said("bad"))
