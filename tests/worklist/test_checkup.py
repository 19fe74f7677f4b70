"""The check-up says what is, and makes nothing."""

from pathlib import Path

import pytest

from worklist import checkup
from worklist.checkup import check_pathways, check_store
from worklist.settings import Settings
from worklist.store.store import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=None)


def test_a_store_that_is_not_there_yet_is_said_and_not_made(settings: Settings) -> None:
    (finding,) = check_store(settings)
    assert finding.state == "ok"
    assert finding.message.startswith(f"none yet at {settings.home_folder / 'worklist.db'}")
    assert not settings.home_folder.exists()


def test_a_store_that_does_not_open_is_bad_and_says_why(settings: Settings) -> None:
    settings.home_folder.mkdir()
    (settings.home_folder / "worklist.db").write_bytes(b"this is a letter, not a database" * 100)
    (finding,) = check_store(settings)
    assert finding.state == "bad"
    assert "not a database" in finding.message


def test_a_store_that_opens_is_told_first_and_then_what_is_to_be_said_of_it(settings: Settings) -> None:
    Store.open(settings.store_url).close()
    store, *others = check_store(settings)
    assert "0 open cases" in store.message
    assert {it.what for it in others} == {"sqlite", "jobs", "workers", "audit", "site key"}


def test_a_home_that_cannot_be_written_is_bad(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup.os, "access", lambda path, mode: False)
    (finding,) = check_store(settings)
    assert finding.state == "bad"
    assert "FORRANG_HOME" in finding.message


def test_a_pathways_file_that_is_not_there_is_bad(tmp_path: Path) -> None:
    (finding,) = check_pathways(Settings(home=tmp_path, pathways=tmp_path / "no.yaml"))
    assert finding.state == "bad"
    assert "no.yaml" in finding.message
