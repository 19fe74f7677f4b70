"""Backup and restore: the whole list in one file, written whole or not at all, and read into an empty store only.

The site's key and the slides' result folders are not in it; both lie in FORRANG_HOME and are kept apart.
"""

import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Final

from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session

from worklist.errors import StoreError
from worklist.people import Actor, require
from worklist.store.archive import (
    DAMAGED,
    MANIFEST,
    ArchivedTable,
    Manifest,
    read_manifest,
    read_table,
    write_table,
)
from worklist.store.database import change_schema, connect, named_errors, revision, writing
from worklist.store.store import Clock, Store, utc_now
from worklist.store.tables import AuditHeadRow, AuditRow, Base
from worklist.trail.chain import START, Entry, append, hold

_CHUNK: Final = 2000
"""Rows that are read or written together."""
_SPOILT: Final = "it is damaged, cut short, or no backup: copy it again from where it is kept, or take an older one"


def back_up(store: Store, file: Path, actor: Actor) -> Manifest:
    """Writes the list as it is at one instant to `file`, for its owner alone; others go on working.

    Raises NotAllowedError, and StoreError where the file is there already or cannot be written, or the list is damaged.
    """
    require(actor, "manage store")
    if file.exists():
        raise StoreError(f"{file} is there already; a backup replaces nothing: give it another name")
    store.saw(actor, "manage store", details={"what": "backup"})
    try:
        with (
            _part_of(file) as part,
            named_errors(store.engine),
            _snapshot(store.engine, part.parent) as connection,
        ):
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                manifest = _write(connection, archive, store)
            with part.open("rb+") as written:
                os.fsync(written.fileno())
            part.rename(file)
    except OSError as error:
        raise StoreError(f"the backup {file} was not made: {error.strerror}; choose another place") from error
    return manifest


def restore(file: Path, url: str, actor: Actor, clock: Clock = utc_now) -> Manifest:
    """Reads a backup into the empty store at `url`, whole or not at all, and says so on its audit trail.

    Raises NotAllowedError, and StoreError where the store is not empty, or the file is damaged or no backup.
    """
    require(actor, "manage store")
    if not file.is_file():
        raise StoreError(f"{file}: there is no such file; name a backup")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = read_manifest(archive)
            engine = connect(url)
            try:
                _read(archive, manifest, engine, Entry(actor, "manage store", clock(), None, {"what": "restored"}))
            finally:
                engine.dispose()
    except StoreError as error:
        raise StoreError(f"{file} was not restored: {error}; nothing was changed") from error
    except DAMAGED as error:
        why = f"it cannot be read ({error.strerror})" if isinstance(error, OSError) and error.strerror else _SPOILT
        raise StoreError(f"{file} was not restored: {why}; nothing was changed") from error
    return manifest


def _write(connection: Connection, archive: zipfile.ZipFile, store: Store) -> Manifest:
    number, newest = connection.execute(select(AuditHeadRow.number, AuditHeadRow.hash)).one()
    tables = []
    for table in Base.metadata.sorted_tables:
        wanted = select(table).order_by(*table.primary_key.columns)
        rows = connection.execute(wanted, execution_options={"yield_per": _CHUNK})
        tables.append(write_table(archive, table.name, list(table.columns), rows))
    manifest = Manifest(
        made_utc=store.now(),
        forrang=version("forrang"),
        revision=revision(connection) or "",
        database=store.engine.dialect.name,
        audit_number=number,
        audit_hash=newest,
        tables=tuple(tables),
    )
    archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


@contextmanager
def _part_of(file: Path) -> Iterator[Path]:
    """Where the file is written until it is whole: in a folder of its own beside it, its owner's alone."""
    with tempfile.TemporaryDirectory(prefix=".forrang-backup-", dir=file.absolute().parent) as folder:
        part = Path(folder, "part")
        part.touch(mode=0o600)
        yield part


@contextmanager
def _snapshot(engine: Engine, folder: Path) -> Iterator[Connection]:
    """One instant of the database. SQLite's readers hold writers up, so that one is copied first, and checked."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection
        return
    copy = folder / "copy.db"
    with engine.connect() as connection, closing(sqlite3.connect(copy)) as target:
        connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]
        told = target.execute("PRAGMA integrity_check").fetchone()[0]
    if told != "ok":
        raise StoreError(f"the list's own file is damaged ({told}); restore the last good backup beside it")
    copied = connect(f"sqlite:///{copy}")
    try:
        with copied.connect() as connection:
            yield connection
    finally:
        copied.dispose()


def _read(archive: zipfile.ZipFile, manifest: Manifest, engine: Engine, entry: Entry) -> None:
    try:
        change_schema(engine)
        with writing(engine) as session:
            _require_empty(session)
        with engine.connect() as connection:
            is_older = revision(connection) != manifest.revision
        if is_older:
            change_schema(engine, manifest.revision, down=True)
        with writing(engine) as session:
            _require_empty(session)
            if AuditHeadRow.__tablename__ not in {it.name for it in manifest.tables}:
                raise StoreError(f"its {MANIFEST} names no audit trail: {_SPOILT}")
            session.execute(delete(AuditHeadRow))
            for told in manifest.tables:
                _fill(session, archive, told)
            _require_trail(session, manifest)
            append(session, entry)
        change_schema(engine)
    except CommandError as error:
        raise StoreError("it or the store was made by a newer Forrang; use that version or newer") from error
    except SQLAlchemyError as error:
        raise StoreError(str(getattr(error, "orig", None) or error).splitlines()[0]) from error


def _require_empty(session: Session) -> None:
    head = hold(session)
    for table in Base.metadata.sorted_tables:
        if table.name != AuditHeadRow.__tablename__ and session.scalar(select(func.count()).select_from(table)):
            raise StoreError(f"the store holds something already, in {table.name}; name an empty one to restore into")
    if head.number:
        raise StoreError("the store's audit trail has begun already; name an empty store to restore into")


def _fill(session: Session, archive: zipfile.ZipFile, told: ArchivedTable) -> None:
    rows = read_table(archive, told)
    try:
        while chunk := list(islice(rows, _CHUNK)):
            session.execute(insert(told.target()), chunk)
    except (IntegrityError, DataError, InterfaceError, ProgrammingError) as error:
        raise StoreError(f"{told.file} in it does not fit the store: {_SPOILT}") from error
    if session.get_bind().dialect.name == "postgresql" and any(it.name == "id" for it in told.columns):
        # Numbers that the database gives out go on after those that were given.
        highest = session.scalar(select(func.max(told.target().c.id)))
        session.execute(select(func.setval(func.pg_get_serial_sequence(told.name, "id"), highest)))


def _require_trail(session: Session, manifest: Manifest) -> None:
    """Raises StoreError unless the trail ends as it did when the backup was made; its links are verified apart."""
    newest = session.execute(select(AuditRow.number, AuditRow.hash).order_by(AuditRow.number.desc()).limit(1)).first()
    head = hold(session)
    told = (manifest.audit_number, manifest.audit_hash)
    if (head.number, head.hash) != told or (tuple(newest) if newest else (0, START)) != told:
        raise StoreError("its audit trail does not end as the backup says")
