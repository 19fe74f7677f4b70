"""What the demo's machines have counted over its days: how long the app took to answer, and how its disk has filled."""

from datetime import datetime, timedelta
from typing import Final

import numpy as np

from worklist.calendar import WorkingCalendar
from worklist.store.store import Store
from worklist.watching.action_times import ActionClass, ActionTimes
from worklist.watching.storage import StorageDay, keep_days

DAYS: Final = 30
SLIDE_DISK: Final = "demo-slides:/slides"
DISK_BYTES: Final = 4_000_000_000_000
ACTIONS_AN_HOUR: Final[dict[ActionClass, int]] = {"standard": 40, "search": 8, "data-heavy": 4, "login": 2}
MEDIAN_S: Final[dict[ActionClass, float]] = {"standard": 0.35, "search": 0.4, "data-heavy": 1.9, "login": 1.2}
"""Made up, like all of it; and a spread with which about one standard action in a hundred is over its limit."""
SPREAD: Final = 0.85


def count_actions(store: Store, calendar: WorkingCalendar, now_utc: datetime, seed: int = 27) -> None:
    """The answers of the last working days' opening hours, by the app's own counting. Raises StoreError."""
    rng = np.random.default_rng(seed)
    passed_s, hour_utc = 0.0, now_utc
    times = ActionTimes(lambda: passed_s, lambda: hour_utc)
    today = calendar.local_day(now_utc)
    for day in (today - timedelta(days=back) for back in range(DAYS, -1, -1)):
        if not calendar.is_working_day(day):
            continue
        for hours in range(8):
            hour_utc = calendar.opening_utc(day) + timedelta(hours=hours)
            if hour_utc > now_utc:
                break
            for action, many in ACTIONS_AN_HOUR.items():
                for took_s in MEDIAN_S[action] * np.exp(SPREAD * rng.standard_normal(many)):
                    with times.timed(action):
                        passed_s += float(took_s)
    times.keep(store, at_once=True)


def fill_disk(store: Store, now_utc: datetime, seed: int = 28) -> None:
    """The days of a disk for slides that fills by the working day. Raises StoreError."""
    rng = np.random.default_rng(seed)
    used = 0.72 * DISK_BYTES
    seen = []
    for day in (now_utc.date() - timedelta(days=back) for back in range(DAYS, -1, -1)):
        used += DISK_BYTES * (0.0008 if day.weekday() > 4 else rng.uniform(0.004, 0.009))
        seen.append(StorageDay(day, SLIDE_DISK, int(used), int(DISK_BYTES - used)))
    keep_days(store, seen)
