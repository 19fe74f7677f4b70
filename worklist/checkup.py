"""What `forrang doctor` says of the store and of the folder that holds it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from models.checkup import Finding
from worklist.errors import StoreError, WorklistError
from worklist.pathways import load_pathways
from worklist.settings import Settings
from worklist.store.database import sqlite_file
from worklist.store.store import Store
from worklist.watching.checkup import check_list

LITTLE_SPACE = 5 * 2**30
"""Bytes under which the disk is nearly full: about 10,000 results. A."""


def check_store(settings: Settings) -> Iterator[Finding]:
    """Whether the list can be opened, and what is to be said of it. A list that is not there yet is not made."""
    file = sqlite_file(settings.store_url)
    if file is not None and not file.exists():
        yield _place_for(file)
        return
    try:
        store = Store.open(settings.store_url)
    except StoreError as error:
        yield Finding("store", "bad", str(error))
        return
    try:
        yield from check_list(store, settings)
    except StoreError as error:
        yield Finding("store", "bad", str(error))
    finally:
        store.close()


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


def check_disk(folder: Path) -> Iterator[Finding]:
    """Whether there is room for results in the folder, or where it would be made."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:.0f} GiB free for {folder}"
    if free >= LITTLE_SPACE:
        yield Finding("disk", "ok", room)
    else:
        yield Finding("disk", "warn", f"{room}: make some, or set FORRANG_HOME to another disk")
