"""How full the disks are, how fast they fill, and when they will be full; looked at every hour, kept by day.

A disk is told by its machine and mount point, never by a slide's own path, which may name a case.
"""

import os
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from worklist.errors import StoreError
from worklist.settings import Settings
from worklist.store.inventory import size_bytes
from worklist.store.store import Store
from worklist.store.tables import JobRow, SlideRow, StorageDayRow

THE_LIST: Final = "the list"
"""The place of the list's own database."""
LOOK_EVERY_S: Final = 3600.0
_FIRST_LOOK_S: Final = 1.0
LEAST_DAYS: Final = 5
"""A trend over fewer days is not told. A."""
_LATEST_SLIDES: Final = 200
"""Whose disks are looked at, and whose sizes are told. A."""
_LATEST_JOBS: Final = 2000

_log = structlog.get_logger()


@dataclass(frozen=True)
class StorageDay:
    """A place on a day, when it was last looked at."""

    day: date
    place: str
    used_bytes: int
    free_bytes: int | None


@dataclass(frozen=True)
class Trend:
    """How a place fills."""

    place: str
    used_bytes: int
    free_bytes: int | None
    bytes_a_day: float | None
    """A straight line through its days; None where there are fewer than LEAST_DAYS."""

    @property
    def days_left(self) -> float | None:
        """Until it is full at this rate; None where it does not fill, or nobody can tell."""
        if self.free_bytes is None or self.bytes_a_day is None or self.bytes_a_day <= 0:
            return None
        return self.free_bytes / self.bytes_a_day


def look_at_disks(store: Store, folders: Iterable[Path]) -> list[StorageDay]:
    """Looks at the disks of these folders and of the latest slides, and at the database; keeps it as today's.

    A disk that is away is left out. Raises StoreError.
    """
    today = store.now().date()
    with store.reading() as session:
        latest = select(SlideRow.path).order_by(SlideRow.id.desc()).limit(_LATEST_SLIDES)
        slides = [Path(it).parent for it in session.scalars(latest)]
        found = [StorageDay(today, THE_LIST, size_bytes(session), None)]
    machine = socket.gethostname()
    mounts = {_mount(folder) for folder in {*folders, *slides}}
    for mount in sorted(it for it in mounts if it is not None):
        usage = shutil.disk_usage(mount)
        found.append(StorageDay(today, f"{machine}:{mount}", usage.used, usage.free))
    keep_days(store, found)
    return found


def keep_days(store: Store, seen: Iterable[StorageDay]) -> None:
    """Keeps what was seen of places; the same place on the same day gives way to it. Raises StoreError."""
    insert = (postgresql if store.engine.dialect.name == "postgresql" else sqlite).insert
    with store.writing() as session:
        for it in seen:
            row = insert(StorageDayRow).values(**vars(it))
            newest = {"used_bytes": row.excluded.used_bytes, "free_bytes": row.excluded.free_bytes}
            session.execute(row.on_conflict_do_update(index_elements=["day", "place"], set_=newest))


@contextmanager
def disks_watched(settings: Settings, every_s: float = LOOK_EVERY_S) -> Iterator[None]:
    """Within it the disks are looked at, by a thread of its own: a disk that hangs holds nobody else up."""
    ended = threading.Event()

    def watch() -> None:
        pause_s = _FIRST_LOOK_S
        while not ended.wait(pause_s):
            pause_s = every_s
            try:
                store = Store.open(settings.store_url)
                look_at_disks(store, (settings.home_folder,))
                store.close()
            except (StoreError, OSError) as error:
                _log.warning("the disks could not be looked at", why=str(error))

    threading.Thread(target=watch, name="watches the disks", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def storage_days(store: Store, days: int = 90) -> list[StorageDay]:
    """What was seen over so many days, the oldest first. Raises StoreError."""
    since = store.now().date() - timedelta(days=days)
    wanted = select(StorageDayRow).where(StorageDayRow.day >= since).order_by(StorageDayRow.day, StorageDayRow.place)
    with store.reading() as session:
        return [StorageDay(it.day, it.place, it.used_bytes, it.free_bytes) for it in session.scalars(wanted)]


def trends(days: Iterable[StorageDay]) -> list[Trend]:
    """How each place fills, by place. Pure."""
    places: dict[str, list[StorageDay]] = {}
    for it in sorted(days, key=lambda it: it.day):
        places.setdefault(it.place, []).append(it)
    told = []
    for place, seen in sorted(places.items()):
        slope = None
        if len(seen) >= LEAST_DAYS:
            when = np.array([it.day.toordinal() for it in seen], dtype=float)
            slope = float(np.polyfit(when - when[0], [float(it.used_bytes) for it in seen], 1)[0])
        told.append(Trend(place, seen[-1].used_bytes, seen[-1].free_bytes, slope))
    return told


def mean_slide_bytes(store: Store) -> tuple[float, int] | None:
    """Mean size of the latest slides that were read, and how many they are; None where none was. Raises StoreError."""
    newest = select(func.max(JobRow.id)).scalar_subquery()
    wanted = select(JobRow.stamp).where(JobRow.id > newest - _LATEST_JOBS, JobRow.stamp.is_not(None))
    with store.reading() as session:
        stamps = session.scalars(wanted.order_by(JobRow.id.desc()).limit(_LATEST_SLIDES)).all()
    sizes = [int(it.partition("-")[0]) for it in stamps if it]
    return (sum(sizes) / len(sizes), len(sizes)) if sizes else None


def _mount(folder: Path) -> Path | None:
    """Where the disk that holds the folder is mounted; None where it is away."""
    try:
        there = folder.resolve(strict=True)
        while not os.path.ismount(there):
            there = there.parent
    except OSError:
        return None
    return there
