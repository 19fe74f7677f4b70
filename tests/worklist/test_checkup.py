"""The check-up says what is, and makes nothing."""

import sqlite3
from pathlib import Path

import pytest

from worklist import checkup
from worklist.checkup import check_pathways, check_store
from worklist.settings import Settings
from worklist.store.database import journal_mode
from worklist.store.store import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=None)


def test_a_store_that_is_not_there_yet_is_said_and_not_made(settings: Settings) -> None:
    (finding,) = check_store(settings)
    assert finding.state == "ok"
    assert finding.message.startswith(f"none yet at {settings.home_folder / 'worklist.db'}")
    assert not settings.home_folder.exists()


def test_the_journal_mode_told_is_the_one_that_the_file_is_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(settings.store_url).close()
    is_in = journal_mode(sqlite3.sqlite_version_info)
    wanted = "WAL" if is_in == "DELETE" else "DELETE"
    assert [finding.state for finding in check_store(settings)] == ["ok", "ok"]
    monkeypatch.setattr(checkup, "journal_mode", lambda version: wanted)
    store, journal = check_store(settings)
    assert "0 open cases" in store.message
    assert journal.state == "warn"
    assert f"journal mode {is_in}, not {wanted}" in journal.message


def test_a_home_that_cannot_be_written_is_bad(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup.os, "access", lambda path, mode: False)
    (finding,) = check_store(settings)
    assert finding.state == "bad"
    assert "FORRANG_HOME" in finding.message


def test_a_pathways_file_that_is_not_there_is_bad(tmp_path: Path) -> None:
    (finding,) = check_pathways(Settings(home=tmp_path, pathways=tmp_path / "no.yaml"))
    assert finding.state == "bad"
    assert "no.yaml" in finding.message
