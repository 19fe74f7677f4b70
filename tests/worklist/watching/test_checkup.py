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
from tests.worklist.conftest import SettableClock
from worklist.cases import CaseSlide
from worklist.intake.apply import apply_slide
from worklist.intake.events import SlideArrival
from worklist.people import Actor
from worklist.reading.reading import reopen
from worklist.settings import Settings
from worklist.store.database import journal_mode
from worklist.store.rows import to_row
from worklist.store.store import Store, utc_now
from worklist.store.tables import AuditHeadRow, CaseRow, JobRow, WorkerRow
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


SIGNED_OUT = {"signed_out_utc": NOW, "signed_out_by": "anna", "state": "signed out"}

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
    assert "none at work, slides waiting: 1 (the last, lab-2, was seen at 2026-11-18 09:30 UTC)" in workers.message
    with store.writing() as session:
        session.execute(update(WorkerRow).values(seen_utc=NOW))
    assert found("workers") == [Finding("workers", "ok", "1 at work: lab-2")]


def test_jobs_and_workers_tell_the_same_number_of_waiting_slides(store: Store, found: Found) -> None:
    store.add_cases([case("P1", "/again", "/new"), case("P2", "/new", "/read"), case("P3", "/done")], SYSTEM)
    store.sign_out("P3", Actor("anna", "pathologist"))
    store.record_result(CaseSlide(path=Path("/again"), state="failed", reason="cut short", model=MODEL), SYSTEM)
    rests = NOW + timedelta(minutes=2)
    with store.writing() as session:
        session.add_all(
            [job("/again", "waiting", not_before_utc=rests), job("/done", "waiting"), job("/read", "leased")]
        )
    (jobs,) = found("jobs")
    (workers,) = found("workers")
    assert jobs.message.startswith("2 waiting, 1 leased,")
    assert workers.message.startswith("none at work, slides waiting: 2 (")
    assert workers.state == "warn"


def test_a_trail_whose_newest_row_is_not_its_head_is_bad(store: Store, found: Found) -> None:
    store.add_cases([case("P1"), case("P2")], SYSTEM)
    with store.writing() as session:
        session.execute(update(AuditHeadRow).values(number=3))
    assert [it.state for it in found("audit")] == ["bad", "ok"]


def test_a_case_that_came_or_was_signed_out_past_the_trail_is_bad_and_named(store: Store, found: Found) -> None:
    store.add_cases([case("P1"), case("P2"), case("P3")], SYSTEM)
    store.sign_out("P1", Actor("anna", "pathologist"))
    assert found("audit")[1] == Finding("audit", "ok", "the trail fits the 3 cases")
    with store.writing() as session:
        session.execute(update(CaseRow).where(CaseRow.accession_number == "P2").values(accession_number="P9"))
        session.execute(update(CaseRow).where(CaseRow.accession_number == "P3").values(**SIGNED_OUT))
    _, disagree = found("audit")
    assert disagree.state == "bad"
    for told in ("not in the store: 1 (P2)", "such an act on the trail: 1 (P3)", "brought it in: 1 (P9)"):
        assert told in disagree.message


def test_a_sign_out_in_another_name_than_the_trails_is_bad(store: Store, found: Found) -> None:
    store.add_cases([case("P1")], SYSTEM)
    store.sign_out("P1", Actor("anna", "pathologist"))
    with store.writing() as session:
        session.execute(update(CaseRow).values(signed_out_by="bo"))
    assert "without such an act on the trail: 1 (P1)" in found("audit")[1].message


def test_a_sign_out_that_says_to_be_older_than_the_trail_is_bad_where_the_trail_saw_the_case_come(
    store: Store, found: Found
) -> None:
    store.add_cases([case("P1")], SYSTEM)
    with store.writing() as session:
        session.execute(update(CaseRow).values(SIGNED_OUT | {"signed_out_utc": NOW - timedelta(days=4)}))
    assert "without such an act on the trail: 1 (P1)" in found("audit")[1].message


def test_of_cases_from_before_the_trail_no_act_is_asked(store: Store, found: Found, clock: SettableClock) -> None:
    with store.writing() as session:
        session.add(to_row(case("P1"), clock()))
    assert "of 1 that came before its first row it says nothing" in found("audit")[1].message
    clock.advance(days=1)
    store.add_cases([case("P2")], SYSTEM)
    assert "of 1 that came before its first row it says nothing" in found("audit")[1].message
    with store.writing() as session:
        session.add(to_row(case("P3"), clock()))
    assert "without an act that brought it in: 1 (P3)" in found("audit")[1].message


def test_orders_slides_and_reopening_leave_a_trail_that_fits(store: Store, found: Found) -> None:
    store.add_cases([case("P1", "/a")], SYSTEM)
    store.sign_out("P1", Actor("anna", "pathologist"))
    reopen(store, Actor("carl", "coordinator"), "P1", "too soon")
    arrival = SlideArrival(path=Path("/b"), source="folder scans", accession_number="P7", arrived_utc=NOW)
    assert apply_slide(store, arrival, SYSTEM).outcome == "unmatched"
    assert [it.state for it in found("audit")] == ["ok", "ok"]


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
