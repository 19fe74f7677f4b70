"""The check-up of a list in use names what is wrong with it, and what to do."""

import secrets
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from models.checkup import Finding
from tests.support.cases import MODEL, NOW, case
from tests.support.people import SYSTEM
from worklist.settings import Settings
from worklist.store.database import journal_mode
from worklist.store.store import Store, utc_now
from worklist.store.tables import AuditHeadRow, JobRow, WorkerRow
from worklist.trail.site_key import confirm_site_key, patient_key
from worklist.watching import checkup
from worklist.watching.checkup import check_list


@pytest.fixture
def settings(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("FORRANG_SITE_KEY_FILE", raising=False)
    return Settings(home=tmp_path / "home", database_url=store_url)


@pytest.fixture
def found(store: Store, settings: Settings) -> Callable[[str], list[Finding]]:
    return lambda what: [it for it in check_list(store, settings) if it.what == what]


Found = Callable[[str], list[Finding]]


def job(path: str, state: str, **more: object) -> JobRow:
    told = {"due_s": 0.0, "attempts": 0, "losses": 0, "not_before_utc": NOW, "created_utc": NOW}
    return JobRow(path=path, model=MODEL, state=state, **{**told, **more})


def test_a_list_in_good_order_has_nothing_to_mend(store: Store, settings: Settings, database: str) -> None:
    store = Store(settings.store_url)
    store.add_cases([case("P1")], SYSTEM)
    findings = list(check_list(store, settings))
    store.close()
    assert {it.state for it in findings} == {"ok"}
    assert "1 open cases of 1; schema 0" in findings[0].message
    assert {it.what for it in findings} >= {"store", database, "jobs", "workers", "audit", "site key"}


def test_the_journal_mode_told_is_the_one_that_the_file_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, database_url=None)
    store = Store.open(settings.store_url)
    is_in = journal_mode(sqlite3.sqlite_version_info)
    wanted = "WAL" if is_in == "DELETE" else "DELETE"
    monkeypatch.setattr(checkup, "journal_mode", lambda version: wanted)
    (journal,) = (it for it in check_list(store, settings) if it.what == "sqlite")
    store.close()
    assert journal.state == "warn"
    assert f"journal mode {is_in}, not {wanted}" in journal.message


@pytest.mark.parametrize("database", ["postgresql"])
def test_a_machine_whose_clock_is_not_the_databases_is_told(settings: Settings) -> None:
    store = Store(settings.store_url, lambda: utc_now() - timedelta(hours=1))
    (clock,) = (it for it in check_list(store, settings) if it.what == "clock")
    store.close()
    assert clock.state == "warn"
    assert "ahead of this machine's" in clock.message


def test_dead_and_stuck_jobs_and_missing_workers_are_told(store: Store, found: Found) -> None:
    gone = NOW - timedelta(hours=1)
    store.add_cases([case("P1", "/c")], SYSTEM)
    with store.writing() as session:
        session.add_all([job("/a", "dead"), job("/b", "leased", lease_until_utc=gone), job("/c", "waiting")])
        session.add(WorkerRow(name="lab-2", model=MODEL, started_utc=gone, seen_utc=gone, draining=False))
    dead, stuck = found("jobs")
    assert (dead.state, stuck.state) == ("warn", "warn")
    assert "1 waiting, 1 leased, 0 done, 1 dead" in dead.message
    assert stuck.message.startswith("1 belong")
    (workers,) = found("workers")
    assert workers.state == "warn"
    assert "1 slides wait (the last, lab-2, was seen at 2026-11-18 09:30 UTC)" in workers.message
    with store.writing() as session:
        session.execute(update(WorkerRow).values(seen_utc=NOW))
    assert found("workers") == [Finding("workers", "ok", "1 at work: lab-2")]


def test_a_trail_whose_newest_row_is_not_its_head_is_bad(store: Store, found: Found) -> None:
    store.add_cases([case("P1"), case("P2")], SYSTEM)
    with store.writing() as session:
        session.execute(update(AuditHeadRow).values(number=3))
    assert [it.state for it in found("audit")] == ["bad"]


def test_a_site_key_that_is_open_to_all_missing_or_anothers_is_told(
    store: Store, settings: Settings, found: Found
) -> None:
    home = settings.home_folder
    patient_key(home, "010203-1234")
    with store.writing() as session:
        confirm_site_key(session, home)
    assert [it.state for it in found("site key")] == ["ok"]
    (home / "site.key").chmod(0o644)
    assert "chmod 600" in found("site key")[0].message
    (home / "site.key").write_bytes(secrets.token_bytes(32))
    (home / "site.key").chmod(0o600)
    assert [it.state for it in found("site key")] == ["bad"]
    (home / "site.key").unlink()
    (missing,) = found("site key")
    assert missing.state == "bad"
    assert "is missing" in missing.message
    assert not (home / "site.key").exists()
