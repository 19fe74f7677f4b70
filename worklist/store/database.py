"""Opening the store's database: safe settings for the SQLite at hand, and the schema brought up to date."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from worklist.errors import StoreAwayError, StoreError

WAL_SAFE_FROM = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode (sqlite.org/wal.html, the WAL-reset bug)."""

_UPGRADE_LOCK = 4_081_726
"""Key of the PostgreSQL lock under which one process at a time changes the schema."""

_ALEMBIC = threading.Lock()
"""Alembic keeps its context in a global, so a process upgrades one store at a time."""


_ADVICE: Final = {
    "disk is full": "nothing was changed; make room on its disk, then do it again",
    "no space left": "nothing was changed; make room on the database server's disk, then do it again",
    "database is locked": "nothing was changed; another program holds it for long: end that, then do it again",
    "readonly database": "let this account write to the file and its folder, or set FORRANG_HOME to another",
    "unable to open": "let this account write to the file and its folder, or set FORRANG_HOME to another",
    "disk i/o error": "see that its disk is there and whole, then do it again",
    "malformed": "stop all that uses it, keep the file as it is, and restore the last backup into a new one",
    "not a database": "set FORRANG_HOME or FORRANG_DATABASE_URL to where the list is, or restore a backup there",
    "too many clients": "let the server take more connections (max_connections), or stop some workers",
    "authentication failed": "mend the user or the password in FORRANG_DATABASE_URL",
    "does not exist": "make the database and its user, or mend FORRANG_DATABASE_URL",
}
"""What to do, by a part of what SQLite or PostgreSQL says."""

_BUSY: Final = ("database is locked", "too many clients")
"""What passes by itself, as does a server that is away."""

_WAIT: Final = {"connect_timeout": 5, "tcp_user_timeout": 10_000}
"""Seconds for a new connection, and ms for an answer from the network on one that stood: a page that waits for a
machine that is gone is answered with a sentence before its visitor gives up. A."""

_AWAY: Final = "see that the database server runs, then do it again; what was written already stays as it is"


def journal_mode(sqlite_version: tuple[int, ...]) -> str:
    """The journal mode that is safe with that version of SQLite."""
    return "WAL" if sqlite_version >= WAL_SAFE_FROM else "DELETE"


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite store; None for another database, and for what is no address."""
    try:
        address = make_url(url)
    except ArgumentError:
        return None
    is_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return Path(address.database or "") if is_file else None


def open_engine(url: str) -> Engine:
    """Opens the database and brings its schema up to date. Raises StoreError."""
    engine = connect(url)
    try:
        change_schema(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise _named(engine, error) from error
    except CommandError as error:
        engine.dispose()
        raise StoreError(
            f"the store at {_shown(engine)} was made by a newer Forrang ({error}); use that version or newer"
        ) from error
    return engine


def connect(url: str) -> Engine:
    """The database as it is, with safe settings. Raises StoreError.

    A folder that is missing is made, for its owner alone: the list holds case numbers.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            if not address.database or address.database == ":memory:":
                raise StoreError("the store: a list in memory is lost when Forrang ends; give a file")
            Path(address.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            engine = create_engine(address, connect_args={"timeout": 30})
            _configure_sqlite(engine)
        else:
            engine = create_engine(address, pool_pre_ping=True, connect_args=_patience(address))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"the store: {error}; give FORRANG_DATABASE_URL as sqlite:////PATH/worklist.db or"
            " postgresql+psycopg://USER@HOST/NAME (with Forrang's extra `postgres`)"
        ) from error
    except OSError as error:
        raise StoreError(f"the store: {error}; choose another folder with FORRANG_HOME") from error
    return engine


def _patience(address: URL) -> dict[str, int]:
    """How long libpq waits for a server that does not answer, unless the address says so itself."""
    if not address.get_driver_name().startswith("psycopg"):
        return {}
    return {name: most for name, most in _WAIT.items() if name not in address.query}


def change_schema(engine: Engine, to: str = "head", *, down: bool = False) -> None:
    """Brings the schema up to a revision, or down to it, whole or not at all; one process at a time does it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with _ALEMBIC, engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)


def revision(connection: Connection) -> str | None:
    """Which schema the database has; None before its first."""
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One consistent view of the store."""
    with named_errors(engine), Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A change that is made whole or not at all; on SQLite it waits for its turn from its first statement."""
    with named_errors(engine), Session(engine.execution_options(writes=True)) as session, session.begin():
        yield session


@contextmanager
def named_errors(engine: Engine) -> Iterator[None]:
    """What the database raises within becomes a StoreError that says what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _named(engine, error) from error


def _configure_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode = {journal_mode(sqlite3.sqlite_version_info)}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _named(engine: Engine, error: SQLAlchemyError) -> StoreError:
    """What went wrong and what to do, without the statement's values, which may hold case numbers."""
    cause = getattr(error, "orig", None) or error
    first_line = str(cause).splitlines()[0].rstrip(".")
    what_to_do = next((advice for sign, advice in _ADVICE.items() if sign in first_line.lower()), None)
    if what_to_do is None and isinstance(error, OperationalError) and engine.dialect.name == "postgresql":
        what_to_do = _AWAY
    is_away = what_to_do == _AWAY or any(sign in first_line.lower() for sign in _BUSY)
    kind = StoreAwayError if is_away else StoreError
    return kind(f"the store at {_shown(engine)}: {'; '.join(filter(None, (first_line, what_to_do)))}")
