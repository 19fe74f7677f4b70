"""What `forrang doctor` says of the store and of the folder that holds it."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from models.checkup import Finding
from worklist.errors import StoreError, WorklistError
from worklist.pathways import load_pathways
from worklist.settings import Settings
from worklist.store.database import journal_mode, sqlite_file
from worklist.store.store import Store

LITTLE_SPACE = 5 * 2**30
"""Bytes under which the disk is nearly full: about 10,000 results. A."""


def check_store(settings: Settings) -> Iterator[Finding]:
    """Whether the list can be opened, and how SQLite keeps it safe. A list that is not there yet is not made."""
    file = sqlite_file(settings.store_url)
    if file is not None and not file.exists():
        yield _place_for(file)
        return
    try:
        store = Store.open(settings.store_url)
    except StoreError as error:
        yield Finding("store", "bad", str(error))
        return
    cases = len(store.cases())
    yield Finding("store", "ok", f"{store.url}: {cases} open cases")
    store.close()
    if file is not None:
        yield _journal(file)


def _place_for(file: Path) -> Finding:
    there = next(place for place in file.parents if place.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return Finding("store", "ok", f"none yet at {file}; `forrang intake` makes it")
    return Finding("store", "bad", f"{there} may not be written by this user: set FORRANG_HOME to another folder")


def check_pathways(settings: Settings) -> Iterator[Finding]:
    """Whether the pathways file can be read."""
    try:
        table = load_pathways(settings.pathways)
    except WorklistError as error:
        yield Finding("pathways", "bad", str(error))
    else:
        yield Finding("pathways", "ok", f"{len(table.pathways)} known")


def _journal(file: Path) -> Finding:
    """The journal mode that the file is in, which is not always the one that Forrang asks for."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        mode = str(connection.execute("PRAGMA journal_mode").fetchone()[0]).upper()
    wanted = journal_mode(sqlite3.sqlite_version_info)
    found = f"{sqlite3.sqlite_version}, journal mode {mode}"
    if mode == wanted:
        return Finding("sqlite", "ok", found)
    return Finding("sqlite", "warn", f"{found}, not {wanted}: stop all that uses the list, and start it again")


def check_disk(folder: Path) -> Iterator[Finding]:
    """Whether there is room for results in the folder, or where it would be made."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:.0f} GiB free for {folder}"
    if free >= LITTLE_SPACE:
        yield Finding("disk", "ok", room)
    else:
        yield Finding("disk", "warn", f"{room}: make some, or set FORRANG_HOME to another disk")
