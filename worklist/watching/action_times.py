"""How long the app's actions take, against the region's limits, and the percentage within them by month.

Times are taken where the app works, from the request to the answer; the network and the browser come on top.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast

from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from worklist.store.store import Store
from worklist.store.tables import ActionMonthRow

ActionClass = Literal["standard", "data-heavy", "login", "search"]

LIMITS_S: Final[dict[ActionClass, float]] = {"standard": 3, "data-heavy": 15, "login": 15, "search": 3}
"""Seconds within which an action of a class is to be answered (P: the Capital Region's measure of response times)."""

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


class ActionTimes:
    """The times of one process, kept in the store by month now and then."""

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
        self._counted: dict[tuple[str, ActionClass], list[int]] = defaultdict(lambda: [0, 0])
        self._kept_s = stopwatch()

    @contextmanager
    def timed(self, action: ActionClass) -> Iterator[None]:
        """Times what is done within, also where it ends with an error."""
        start = self._stopwatch()
        try:
            yield
        finally:
            took = self._stopwatch() - start
            self._seconds.labels(action).observe(took)
            with self._lock:
                counted = self._counted[f"{self._clock():%Y-%m}", action]
                counted[0] += 1
                counted[1] += took <= LIMITS_S[action]

    def keep(self, store: Store, *, at_once: bool = False) -> None:
        """Adds what was counted to the store's months, if it is time. Raises StoreError; then it is kept for later."""
        with self._lock:
            if not self._counted or (not at_once and self._stopwatch() - self._kept_s < KEEP_EVERY_S):
                return
            counted, self._kept_s = dict(self._counted), self._stopwatch()
            insert = (postgresql if store.engine.dialect.name == "postgresql" else sqlite).insert
            with store.writing() as session:
                for (month, action), (actions, within) in sorted(counted.items()):
                    row = insert(ActionMonthRow).values(month=month, action=action, actions=actions, within=within)
                    added = {
                        "actions": ActionMonthRow.actions + row.excluded.actions,
                        "within": ActionMonthRow.within + row.excluded.within,
                    }
                    session.execute(row.on_conflict_do_update(index_elements=["month", "action"], set_=added))
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


TIMES: Final = ActionTimes()
"""Of this process."""
