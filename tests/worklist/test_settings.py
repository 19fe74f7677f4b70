"""Where an installation keeps its things."""

from pathlib import Path

import pytest

from models.registry import user_folder
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


def test_models_and_list_share_one_home_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for written, folder in (("~/hjem", "hjem"), ("hjem", "hjem"), ("", ".forrang")):
        monkeypatch.setenv("FORRANG_HOME", written)
        assert Settings().home_folder == tmp_path / folder
        assert user_folder() == tmp_path / folder / "models"


def test_the_home_folder_is_the_users_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORRANG_HOME", raising=False)
    assert Settings().home_folder == Path.home() / ".forrang"
