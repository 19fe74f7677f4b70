"""Opening the database: many at once, two who change one case, and what is no store at all."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.cases import case
from tests.support.people import SYSTEM, pathologist
from worklist.errors import ChangedCaseError, StoreError
from worklist.store.database import journal_mode
from worklist.store.rows import settle
from worklist.store.store import Store, locked_case
from worklist.store.tables import SlideRow


def test_many_processes_may_open_and_fill_a_fresh_store_at_once(empty_url: str) -> None:
    def fill(number: int) -> int:
        mine = Store(empty_url)
        try:
            return mine.add_cases([case(f"P{number}"), case("P-shared")], SYSTEM).new
        finally:
            mine.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(fill, range(6))) == 7
    filled = Store(empty_url)
    assert sorted(it.accession_number for it in filled.cases()) == ["P-shared", *(f"P{n}" for n in range(6))]
    filled.close()


def test_a_sign_out_waits_for_the_slide_that_is_just_coming_in_and_then_refuses(
    store: Store, store_url: str, database: str
) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    seen = store.case("P1")
    other = Store(store_url)
    with ThreadPoolExecutor(1) as pool:
        with store.acting(SYSTEM, "take in", "P1") as session:
            row = locked_case(session, "P1")
            row.slides.append(SlideRow(path="/late.svs", state="unscored"))
            settle(row)
            session.flush()
            signing = pool.submit(other.sign_out, "P1", pathologist("A. Reader"), seen=seen)
            if database == "postgresql":
                until_true(lambda: waiting_for_a_lock(store_url))
            assert not signing.done()
        with pytest.raises(ChangedCaseError, match=r"late\.svs is new"):
            signing.result(timeout=60)
    other.close()
    assert store.case("P1").is_open


def waiting_for_a_lock(url: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        waiting = connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
    engine.dispose()
    return bool(waiting)


def until_true(wanted: Callable[[], bool]) -> None:
    for _ in range(600):
        if wanted():
            return
        time.sleep(0.05)
    raise AssertionError("waited half a minute for it")


def test_case_numbers_sort_by_code_point_whatever_language_the_database_speaks(store: Store) -> None:
    numbers = ["aa-1", "b-1", "Ab-1", "B-1", "26-10", "2610", "26-9", "ø-1"]
    store.add_cases([case(number) for number in numbers], SYSTEM)
    for number in numbers:
        store.sign_out(number, pathologist("A. Reader"), case("x").received_utc)
    latest = [it.accession_number for it in store.signed_out(100).cases]
    assert latest == sorted(numbers, reverse=True)


def test_a_store_of_a_newer_program_is_named_and_left_alone(store: Store, store_url: str) -> None:
    store.add_cases([case("P1")], SYSTEM)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="newer Forrang"):
        Store(store_url)


def test_what_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "worklist.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store(f"sqlite:///{tmp_path / 'worklist.db'}")
    with pytest.raises(StoreError, match="FORRANG_HOME"):
        Store(f"sqlite:///{tmp_path / 'worklist.db' / 'below' / 'worklist.db'}")
    with pytest.raises(StoreError, match="FORRANG_DATABASE_URL"):
        Store("no address")
    with pytest.raises(StoreError, match="in memory"):
        Store("sqlite://")


def test_wal_is_used_only_where_sqlite_does_not_corrupt_in_it(tmp_path: Path) -> None:
    assert [journal_mode(version) for version in [(3, 40, 1), (3, 51, 2), (3, 51, 3), (4, 0, 0)]] == [
        "DELETE",
        "DELETE",
        "WAL",
        "WAL",
    ]
    Store(f"sqlite:///{tmp_path / 'worklist.db'}").close()
    raw = sqlite3.connect(tmp_path / "worklist.db")
    mode = raw.execute("PRAGMA journal_mode").fetchone()[0]
    raw.close()
    assert mode.upper() == journal_mode(sqlite3.sqlite_version_info)


def test_the_folder_of_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path / 'a folder' / 'worklist.db'}").close()
    assert (tmp_path / "a folder").stat().st_mode & 0o777 == 0o700
