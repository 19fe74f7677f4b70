"""How full the disks are is kept by day, tells no slide's path, and becomes a date on which they are full."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.support.cases import case
from tests.support.people import SYSTEM
from worklist.settings import Settings
from worklist.store.store import Store
from worklist.store.tables import JobRow
from worklist.watching.storage import (
    THE_LIST,
    StorageDay,
    disks_watched,
    look_at_disks,
    mean_slide_bytes,
    storage_days,
    trends,
)

GB = 10**9


def test_a_look_keeps_each_disk_once_a_day_by_its_mount_point(
    store: Store, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    slides = tmp_path / "010190-1234"
    slides.mkdir()
    store.add_cases([case("26-1", f"{slides}/a.svs", "/not there/b.svs")], SYSTEM)
    look_at_disks(store, [tmp_path])
    look_at_disks(store, [tmp_path])
    clock.advance(days=1)  # type: ignore[attr-defined]
    look_at_disks(store, [tmp_path])
    kept = storage_days(store)
    assert len({(it.day, it.place) for it in kept}) == len(kept)
    assert {it.day for it in kept} == {date(2026, 11, 18), date(2026, 11, 19)}
    database, disk = (next(it for it in kept if (it.place == THE_LIST) == of) for of in (True, False))
    assert database.used_bytes > 0
    assert database.free_bytes is None
    assert disk.used_bytes > 0
    assert disk.free_bytes is not None
    assert not [it for it in kept if "010190" in it.place]


def test_a_disk_that_fills_has_a_number_of_days_left_and_others_have_none() -> None:
    first = date(2026, 11, 1)
    days = [StorageDay(first + timedelta(days=n), "lab:/slides", (100 + 5 * n) * GB, 95 * GB) for n in range(10)]
    days += [StorageDay(first + timedelta(days=n), "lab:/old", (50 - n) * GB, 10 * GB) for n in range(10)]
    days += [StorageDay(first + timedelta(days=n), "lab:/new", n * GB, 10 * GB) for n in range(2)]
    days += [StorageDay(first + timedelta(days=n), THE_LIST, n * GB, None) for n in range(10)]
    found = {it.place: it for it in trends(days)}
    assert round((found["lab:/slides"].bytes_a_day or 0) / GB, 6) == 5
    assert round(found["lab:/slides"].days_left or 0, 6) == 19
    assert found["lab:/old"].days_left is None
    assert found["lab:/new"].bytes_a_day is None
    assert found[THE_LIST].bytes_a_day is not None
    assert found[THE_LIST].days_left is None


def test_the_mean_size_of_slides_is_that_of_those_read_last(store: Store) -> None:
    assert mean_slide_bytes(store) is None
    now = store.now()
    with store.writing() as session:
        for number, stamp in enumerate(("1000-5", "3000-6", None)):
            job = JobRow(path=f"/{number}", model="m@1", state="done", due_s=0, attempts=0, losses=0, stamp=stamp)
            job.not_before_utc = job.created_utc = now
            session.add(job)
    assert mean_slide_bytes(store) == (2000, 2)


def test_while_the_app_runs_the_disks_are_looked_at(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    store = Store.open(settings.store_url)
    with disks_watched(settings):
        for _ in range(3000):
            if storage_days(store):
                break
            time.sleep(0.02)
    assert {it.place for it in storage_days(store)} > {THE_LIST}
    store.close()
