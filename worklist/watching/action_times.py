"""How long the app's actions take, against the region's limits, and the percentage within them by month and by hour.

Times are taken where the app works, from the request to the answer; the network and the browser come on top.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast, get_args

from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worklist.store.store import Store
from worklist.store.tables import ActionHourRow, ActionMonthRow

ActionClass = Literal["standard", "data-heavy", "login", "search"]

ACTIONS: Final[tuple[ActionClass, ...]] = get_args(ActionClass)

LIMITS_S: Final[dict[ActionClass, float]] = {"standard": 3, "data-heavy": 15, "login": 15, "search": 3}
"""Seconds within which an action of a class is to be answered (P: the Capital Region's measure of response times)."""

WANTED_PERCENT: Final = 99.0
"""Of a month's actions, so many are to be within their limit (P: the Capital Region, for the pathology system)."""

KEEP_EVERY_S: Final = 60
"""What was counted is put into the store this often; a process that is killed loses at most that. A."""

_BUCKETS: Final = (0.1, 0.3, 1, 3, 5, 15, 60)


@dataclass(frozen=True)
class Month:
    """A class of actions in a month."""

    month: str
    action: ActionClass
    actions: int
    within: int

    @property
    def percent(self) -> float:
        """Of the actions, those within the limit."""
        return 100 * self.within / self.actions


@dataclass(frozen=True)
class Hour:
    """A class of actions in an hour."""

    hour_utc: datetime
    """When it began."""
    action: ActionClass
    actions: int
    within: int
    longest_s: float


@dataclass
class _Counted:
    actions: int = 0
    within: int = 0
    longest_s: float = 0.0

    def add(self, took_s: float, limit_s: float) -> None:
        self.actions += 1
        self.within += took_s <= limit_s
        self.longest_s = max(self.longest_s, took_s)


class ActionTimes:
    """The times of one process, kept in the store by hour and by month now and then."""

    def __init__(
        self,
        stopwatch: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.registry = CollectorRegistry()
        """Of the histogram that these times go into."""
        self._seconds = Histogram(
            *("forrang_action_seconds", "Seconds that an action took in the app, by its class.", ["action"]),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._stopwatch, self._clock = stopwatch, clock
        self._lock = threading.Lock()
        self._counted: dict[tuple[datetime, ActionClass], _Counted] = defaultdict(_Counted)
        self._now = threading.local()
        self._kept_s = stopwatch()

    @contextmanager
    def timed(self, action: ActionClass) -> Iterator[None]:
        """Times what is done within, also where it ends with an error.

        Within another one it only tells the class of the whole, such as a search on a page. An action that is broken
        off, since another page was asked for, counts only where it was too late by then.
        """
        if getattr(self._now, "action", None) is not None:
            self._now.action = action
            yield
            return
        self._now.action = action
        start, broken_off = self._stopwatch(), False
        try:
            yield
        except BaseException as error:
            broken_off = not isinstance(error, Exception)
            raise
        finally:
            took, told = self._stopwatch() - start, cast("ActionClass", self._now.action)
            self._now.action = None
            if not broken_off or took > LIMITS_S[told]:
                self._count(told, took)

    def _count(self, action: ActionClass, took_s: float) -> None:
        self._seconds.labels(action).observe(took_s)
        hour = self._clock().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._counted[hour, action].add(took_s, LIMITS_S[action])

    def keep(self, store: Store, *, at_once: bool = False) -> None:
        """Adds what was counted to the store's hours and months, if it is time.

        Raises StoreError; then it is kept for later.
        """
        with self._lock:
            if not self._counted or (not at_once and self._stopwatch() - self._kept_s < KEEP_EVERY_S):
                return
            counted, self._kept_s = dict(self._counted), self._stopwatch()
            with store.writing() as session:
                for (hour, action), it in sorted(counted.items()):
                    _add(session, ActionHourRow, {"hour_utc": hour, "action": action}, it)
                    _add(session, ActionMonthRow, {"month": f"{hour:%Y-%m}", "action": action}, it)
            self._counted.clear()


def months(store: Store, latest: int = 13) -> list[Month]:
    """The latest months that hold actions, the newest first."""
    with store.reading() as session:
        newest = select(ActionMonthRow.month).distinct().order_by(ActionMonthRow.month.desc()).limit(latest)
        rows = session.scalars(
            select(ActionMonthRow)
            .where(ActionMonthRow.month.in_(newest))
            .order_by(ActionMonthRow.month.desc(), ActionMonthRow.action)
        )
        return [Month(row.month, cast("ActionClass", row.action), row.actions, row.within) for row in rows]


def hours(store: Store, since_utc: datetime, until_utc: datetime) -> list[Hour]:
    """The hours that began within that time and hold actions, the oldest first."""
    of_time = (ActionHourRow.hour_utc >= since_utc, ActionHourRow.hour_utc < until_utc)
    with store.reading() as session:
        rows = session.scalars(select(ActionHourRow).where(*of_time).order_by(ActionHourRow.hour_utc))
        return [Hour(it.hour_utc, cast("ActionClass", it.action), it.actions, it.within, it.longest_s) for it in rows]


def _add(session: Session, table: type[ActionHourRow | ActionMonthRow], key: dict[str, object], it: _Counted) -> None:
    """Adds to the row of that key, in one statement, so that processes that keep at once lose nothing."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    row = (postgresql if on_postgresql else sqlite).insert(table).values(**key, actions=it.actions, within=it.within)
    added: dict[str, object] = {
        "actions": table.actions + row.excluded.actions,
        "within": table.within + row.excluded.within,
    }
    if table is ActionHourRow:
        longer = func.greatest if on_postgresql else func.max
        row = row.values(longest_s=it.longest_s)
        added["longest_s"] = longer(ActionHourRow.longest_s, row.excluded.longest_s)
    session.execute(row.on_conflict_do_update(index_elements=list(key), set_=added))


TIMES: Final = ActionTimes()
"""Of this process."""
