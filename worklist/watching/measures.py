"""What the service measures of itself, for Prometheus: the list, the queue, failures, and times against their limits.

Read from the store when it is asked for, so that every process tells the same. No label names a case, a file or a
person.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worklist.store.store import Store
from worklist.store.tables import AuditRow, CaseRow, JobRow, OperationRow, UnmatchedSlideRow, WorkerRow
from worklist.watching.action_times import LIMITS_S, ActionTimes, months

AGES: Final = (("under 1 h", 1), ("1 to 4 h", 4), ("4 to 24 h", 24), ("over 24 h", None))
"""Classes of age, each with the hours at which it ends."""

REASONS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("file not found", ("not found", "no such file")),
    ("resolution", ("resolution", "um per px", "mpp")),
    ("out of focus", ("out of focus",)),
    ("no tissue", ("no tissue", "no tile holds")),
    ("stain or light", ("h&e", "bright field", "exposure")),
    ("pen", ("pen covers",)),
    ("limit or crash", ("of memory", "took longer", "crashed", "ended by itself", "died")),
    (
        "unreadable file",
        ("cut short", "damaged", "corrupt", "cannot be read", "cannot be opened", "no slide", "decode"),
    ),
)
"""Classes of reasons for a failure, each with words that a reason of it holds; others are "other"."""

_NOT_DONE: Final = ("waiting", "leased", "dead", "cancelled")
_ALIVE: Final = timedelta(minutes=5)
"""A worker that gave a sign of life this lately is at work. A."""


def text(store: Store, times: ActionTimes | None = None) -> str:
    """All measures in Prometheus' text format. times: this process's own actions, where it serves the app."""
    registry = CollectorRegistry()
    registry.register(_StoreMeasures(store))
    own = generate_latest(times.registry).decode() if times is not None else ""
    return generate_latest(registry).decode() + own


def age_class(age: timedelta) -> str:
    """The class of a waiting job's age; a clock that was set back makes none negative."""
    hours = age.total_seconds() / 3600
    return next(name for name, end in AGES if end is None or hours < end)


def reason_class(reason: str | None) -> str:
    """The class of a failure's reason."""
    words = (reason or "").casefold()
    return next((name for name, marks in REASONS if any(mark in words for mark in marks)), "other")


class _StoreMeasures(Collector):
    """Reads the measures from the store each time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        """One consistent view of the store as measures. Raises StoreError."""
        now = self._store.now()
        with self._store.reading() as session:
            found = [*_list(session, now), *_jobs(session, now), *_failures(session), *_findings(session, now)]
            found += _hands(session, now)
        return [*found, *_months(self._store)]


def _list(session: Session, now: datetime) -> Iterator[Metric]:
    is_open = CaseRow.signed_out_utc.is_(None)
    for name, column, words in (
        ("forrang_open_cases", CaseRow.state, "Cases on the list, by state."),
        ("forrang_open_cases_by_ai", CaseRow.ai_state, "Cases on the list, by what the AI can say of them."),
    ):
        counted = session.execute(select(column, func.count()).where(is_open).group_by(column))
        yield _gauge(name, words, "state", dict(counted.tuples().all()))
    late = session.scalar(select(func.count()).select_from(CaseRow).where(is_open, CaseRow.deadline_utc < now))
    yield GaugeMetricFamily("forrang_overdue_cases", "Cases on the list that are past their deadline.", late or 0)


def _jobs(session: Session, now: datetime) -> Iterator[Metric]:
    of_state = select(JobRow.state, func.count()).where(JobRow.state.in_(_NOT_DONE)).group_by(JobRow.state)
    counts = dict.fromkeys(_NOT_DONE, 0) | dict(session.execute(of_state).tuples().all())
    yield _gauge("forrang_jobs", "Slides to be scored that are not done, by state of the job.", "state", counts)
    ages = Counter(dict.fromkeys((name for name, _ in AGES), 0))
    for created in session.scalars(select(JobRow.created_utc).where(JobRow.state.in_(("waiting", "leased")))):
        ages[age_class(now - created)] += 1
    yield _gauge("forrang_queue_by_age", "Slides that wait or are being scored, by age.", "age", ages)


def _failures(session: Session) -> Iterator[Metric]:
    failing = select(JobRow.reason).where(JobRow.state.in_(("waiting", "dead")), JobRow.reason.is_not(None))
    counted = Counter(reason_class(reason) for reason in session.scalars(failing))
    told = {name: counted[name] for name in (*(name for name, _ in REASONS), "other")}
    words = "Slides whose scoring failed and that are not done, by reason."
    yield _gauge("forrang_failing_jobs", words, "reason", told)


def _findings(session: Session, now: datetime) -> Iterator[Metric]:
    lately = select(AuditRow.details).where(
        AuditRow.at_utc > now - timedelta(hours=1), AuditRow.act == "record finding"
    )
    states = Counter(json.loads(details).get("state") for details in session.scalars(lately))
    told = {state: states[state] for state in ("scored", "rejected", "failed")}
    yield _gauge("forrang_findings_last_hour", "Findings on slides in the last hour.", "state", told)


def _hands(session: Session, now: datetime) -> Iterator[Metric]:
    unmatched = select(func.count()).select_from(UnmatchedSlideRow).where(UnmatchedSlideRow.matched_utc.is_(None))
    words = "Slides that came without a case to put them in."
    yield GaugeMetricFamily("forrang_unmatched_slides", words, session.scalar(unmatched) or 0)
    kinds = select(OperationRow.kind, func.count()).where(OperationRow.closed_utc.is_(None)).group_by(OperationRow.kind)
    told = dict(session.execute(kinds).tuples().all())
    yield _gauge("forrang_open_operations", "Entries that need a person's hand.", "kind", told)
    alive = select(func.count()).select_from(WorkerRow).where(WorkerRow.seen_utc > now - _ALIVE)
    yield GaugeMetricFamily("forrang_workers", "Workers that gave a sign of life lately.", session.scalar(alive) or 0)


def _months(store: Store) -> Iterator[Metric]:
    share = GaugeMetricFamily(
        "forrang_actions_within_limit_percent",
        "Percentage of the app's actions of a month that were answered within the limit of their class.",
        labels=["month", "action", "limit_s"],
    )
    count = GaugeMetricFamily("forrang_actions", "The app's actions of a month, by class.", labels=["month", "action"])
    for it in months(store):
        limit = LIMITS_S[it.action]
        share.add_metric([it.month, it.action, f"{limit:g}"], it.percent)
        count.add_metric([it.month, it.action], it.actions)
    yield from (share, count)


def _gauge(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, words, labels=[label])
    for value, number in sorted(values.items()):
        gauge.add_metric([value], number)
    return gauge
