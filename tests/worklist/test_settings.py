"""Where an installation keeps its things."""

from pathlib import Path

import pytest

from worklist.settings import Settings


def test_everything_lies_in_the_home_folder_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "hjem"))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    assert Settings().store_url == f"sqlite:///{tmp_path}/hjem/worklist.db"
    assert Settings().results_folder == tmp_path / "hjem" / "results"
    monkeypatch.setenv("FORRANG_DATABASE_URL", "postgresql+psycopg://db/forrang")
    assert Settings().store_url == "postgresql+psycopg://db/forrang"


def test_the_home_folder_is_the_users_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORRANG_HOME", raising=False)
    assert Settings().home_folder == Path.home() / ".forrang"
