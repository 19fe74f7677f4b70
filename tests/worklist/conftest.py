"""The store on both databases: every test of the worklist that takes `store_url` or `store` runs on each."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Pool, event

from tests.support.postgres import TEMPLATE, UNSAFE, NoPostgresError, PostgresServer
from worklist.store.database import open_engine
from worklist.store.store import Store

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


class SettableClock:
    """Stands still until a test moves it."""

    def __init__(self, now_utc: datetime = NOW) -> None:
        self.now_utc = now_utc

    def __call__(self) -> datetime:
        return self.now_utc

    def advance(self, **step: float) -> None:
        """By days, hours, minutes or seconds, also back."""
        self.now_utc += timedelta(**step)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests, without any care for power cuts; missing, it skips here and fails in CI."""
    try:
        with PostgresServer(UNSAFE) as server:
            open_engine(server.template()).dispose()
            yield server
    except NoPostgresError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(f"skipped: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def up_to_date_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store to copy: to make one anew takes a test seven times as long."""
    file = tmp_path_factory.mktemp("store") / "worklist.db"
    open_engine(f"sqlite:///{file}").dispose()
    assert [it.name for it in file.parent.iterdir()] == [file.name], "all of it is in the one file"
    return file


@contextmanager
def fresh_database(database: str, file: Path, request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    """A database of one test's own; what the test left open is closed at its end."""
    if database == "sqlite":
        if template == TEMPLATE:
            file.parent.mkdir(mode=0o700)
            shutil.copyfile(request.getfixturevalue("up_to_date_file"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh(template)
    left_open: list[Any] = []

    def remember(connection: Any, _record: object) -> None:
        left_open.append(connection)

    event.listen(Pool, "connect", remember)
    yield url
    event.remove(Pool, "connect", remember)
    for connection in left_open:
        connection.close()
    server.drop(url)


@pytest.fixture
def store_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty, up-to-date store of the test's own, on each of the two databases."""
    with fresh_database(database, tmp_path / "a folder" / "worklist.db", request, TEMPLATE) as url:
        yield url


@pytest.fixture
def empty_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a database without any table, on each of the two."""
    with fresh_database(database, tmp_path / "empty.db", request, "template0") as url:
        yield url


@pytest.fixture
def clock() -> SettableClock:
    """The time that the store says; a test sets it."""
    return SettableClock()


@pytest.fixture
def store(store_url: str, clock: SettableClock) -> Iterator[Store]:
    """An empty store, on each of the two databases."""
    opened = Store(store_url, clock)
    yield opened
    opened.close()
