"""The database goes away, its disk fills up, its clock jumps: nothing is lost, and the error says what to do."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.cases import NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from tests.support.postgres import PostgresServer
from tests.worklist.conftest import SettableClock
from worklist.errors import StoreAwayError, StoreError
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.store import database
from worklist.store.store import Store
from worklist.trail.verify import verify

SIGKILL, SIGINT = 9, 2


@pytest.fixture
def own_server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server that one test may kill, and which keeps what it said it kept: PostgreSQL's own settings."""
    with PostgresServer() as server:
        yield server


@pytest.mark.parametrize("how", [SIGKILL, SIGINT])
def test_a_database_that_goes_away_loses_nothing_that_was_told_and_is_used_again(
    own_server: PostgresServer, how: int
) -> None:
    store = Store(own_server.url(), lambda: NOW)
    told: list[str] = []
    errors: list[str] = []
    enough, away, back, after = (threading.Event() for _ in range(4))

    def write() -> None:
        for number in range(100_000):
            try:
                store.add_cases([case(f"P{number:06}", f"/{number}.svs")], SYSTEM)
            except StoreError as error:
                errors.append(str(error))
                away.set()
                assert back.wait(60)
            else:
                told.append(f"P{number:06}")
                if len(told) == 5:
                    enough.set()
                if errors:
                    after.set()
                    return

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(60)
    own_server.stop(how)
    assert away.wait(60)
    with pytest.raises(StoreAwayError, match="see that the database server runs"):
        store.cases()
    own_server.start()
    back.set()
    assert after.wait(60)
    writer.join()

    assert all("see that the database server runs" in error for error in errors)
    kept = [it.accession_number for it in store.cases()]
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + len(errors)  # the last answer may have been lost, with its case kept
    assert verify(store).rows == len(kept)
    store.close()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Store]:
    """A store whose disk has hardly any room left."""
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}", lambda: NOW)
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    with store.engine.connect() as connection:
        pages = int(connection.scalar(text("PRAGMA page_count")))
    room(store, pages + 1)
    yield store
    store.close()


def room(store: Store, pages: int) -> None:
    """SQLite's own limit of pages; it holds for the connection, of which the store keeps one."""
    with store.engine.connect() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))


def test_a_full_disk_takes_nothing_in_by_halves_and_goes_on_once_there_is_room(full: Store) -> None:
    many = [case(f"Q{number}", *(f"/{number}-{slide}.svs" for slide in range(20))) for number in range(100)]
    with pytest.raises(StoreError, match="disk is full; nothing was changed; make room"):
        full.add_cases(many, SYSTEM)
    assert [it.accession_number for it in full.cases()] == ["P1"]
    assert verify(full).rows == 1
    room(full, 100_000)
    assert full.add_cases(many, SYSTEM).new == 100
    assert verify(full).rows == 101


def test_a_result_that_has_no_room_leaves_the_slide_as_it_was(full: Store) -> None:
    long = scored("/a.svs").model_copy(update={"reason": "ink over the tissue " * 2000})
    before = full.case("P1")
    with pytest.raises(StoreError, match="make room"):
        full.record_result(long, SYSTEM)
    assert full.case("P1") == before


def test_a_list_that_another_program_holds_is_said_to_be_held(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}")
    with store.engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout = 10"))
    with closing(sqlite3.connect(tmp_path / "worklist.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreAwayError, match="database is locked; nothing was changed; another program"):
            store.add_cases([case("P1")], SYSTEM)
        other.execute("ROLLBACK")
    assert store.add_cases([case("P1")], SYSTEM).new == 1
    store.close()


def test_a_server_that_is_not_there_and_a_database_that_is_not_are_told_apart(postgres: PostgresServer) -> None:
    with pytest.raises(StoreError, match="does not exist; make the database") as found:
        Store(postgres.url("no_such_database"))
    assert not isinstance(found.value, StoreAwayError), "it does not come back by itself"
    with pytest.raises(StoreError, match="see that the database server runs"):
        Store("postgresql+psycopg://forrang@/forrang?host=/nowhere")


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_jumps_ahead_and_back_loses_no_case_and_breaks_no_trail(
    store: Store, clock: SettableClock, jump: timedelta
) -> None:
    store.add_cases([case("P1", "/a.svs"), case("P2")], SYSTEM)
    clock.now_utc += jump
    store.add_cases([case("P3", "/b.svs", received_utc=clock.now_utc)], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    clock.now_utc -= 2 * jump
    store.sign_out("P2", pathologist("A. Reader"))
    store.add_cases([case("P4")], SYSTEM)
    assert sorted(it.case.accession_number for it in rank(store.cases(), store.now(), Policy())) == ["P1", "P3", "P4"]
    assert store.signed_out(10).total == 1
    assert verify(store).rows == 6


def test_a_database_server_that_takes_a_call_and_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setattr(database, "_WAIT", {"connect_timeout": 2})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = database.connect(f"postgresql+psycopg://forrang@127.0.0.1:{silent.getsockname()[1]}/forrang")
        with pytest.raises(StoreAwayError, match="see that the database server runs"), database.reading(engine) as it:
            it.connection()
        engine.dispose()


def test_how_long_a_page_waits_for_the_database_may_be_said_in_its_address() -> None:
    told = database._patience(database.make_url("postgresql+psycopg://h/n?connect_timeout=30"))
    assert told == {"tcp_user_timeout": database._WAIT["tcp_user_timeout"]}
    assert database._patience(database.make_url("postgresql+psycopg://h/n")) == database._WAIT
    assert database._WAIT["connect_timeout"] <= 10, "seconds; a visitor waits for them"
