"""What people do with jobs: see them, call one off, try one again."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from worklist.errors import UnknownJobError
from worklist.jobs.job import ACTIVE, JOB_STATES, JobState
from worklist.jobs.pressing import NEVER
from worklist.people import Actor
from worklist.store.findings import holding_cases
from worklist.store.rows import settle
from worklist.store.store import Store
from worklist.store.tables import CaseRow, JobRow, SlideRow, WorkerRow
from worklist.trail.chain import Entry, Told

SEEN_WITHIN: Final = timedelta(minutes=5)
"""A worker that lives has given a sign since. A."""


@dataclass(frozen=True)
class JobInfo:
    """One job as people see it."""

    job: int
    slide: str
    """Path of the slide."""
    model: str
    state: JobState
    due_utc: datetime | None
    """When its most pressing case counts as due; None where no case is open."""
    attempts: int
    losses: int
    worker: str | None
    """Who has it."""
    not_before_utc: datetime
    reason: str | None


@dataclass(frozen=True)
class WorkerInfo:
    """A worker as people see it."""

    worker: str
    model: str
    started_utc: datetime
    seen_utc: datetime
    draining: bool


def jobs(store: Store, states: Sequence[JobState], limit: int) -> list[JobInfo]:
    """Jobs in these states, the most pressing first."""
    wanted = select(JobRow).where(JobRow.state.in_(states)).order_by(JobRow.due_s, JobRow.id).limit(limit)
    with store.reading() as session:
        return [_info(row) for row in session.scalars(wanted)]


def job_counts(store: Store) -> Counter[JobState]:
    """How many jobs there are in each state."""
    wanted = select(JobRow.state, func.count()).group_by(JobRow.state)
    with store.reading() as session:
        return Counter({cast("JobState", state): count for state, count in session.execute(wanted)})


@dataclass(frozen=True)
class Queue:
    """The jobs that are not done."""

    counts: dict[JobState, int]
    """Of each state but done."""
    younger: dict[int, int]
    """Of those that wait or are under way: how many are younger than so many hours."""
    oldest_utc: datetime | None
    """Since when the oldest of them has been in the queue."""


def queue_now(store: Store, hours: Sequence[int]) -> Queue:
    """The queue in numbers, without counting what is done. Raises StoreError."""
    states: list[JobState] = [it for it in JOB_STATES if it != "done"]
    of_state = select(JobRow.state, func.count()).where(JobRow.state.in_(states)).group_by(JobRow.state)
    now = store.now()
    younger = [func.count().filter(JobRow.created_utc > now - timedelta(hours=it)) for it in hours]
    ages = select(func.min(JobRow.created_utc), *younger).where(JobRow.state.in_(ACTIVE))
    with store.reading() as session:
        counts = dict(session.execute(of_state).tuples().all())
        oldest, *numbers = session.execute(ages).one()
    return Queue({it: counts.get(it, 0) for it in states}, dict(zip(hours, numbers, strict=True)), oldest)


def slides_waiting(store: Store) -> int:
    """How many slides of open cases wait to be read: those in the queue, and those that no worker has queued yet."""
    of_open = select(SlideRow.path).join(CaseRow).where(CaseRow.signed_out_utc.is_(None))
    queued = of_open.join(JobRow, JobRow.path == SlideRow.path).where(JobRow.state == "waiting")
    leased = exists().where(JobRow.path == SlideRow.path, JobRow.state == "leased")
    unread = of_open.where(SlideRow.state == "unscored", SlideRow.reason.is_(None), ~leased)
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(queued.union(unread).subquery())) or 0


def workers(store: Store) -> list[WorkerInfo]:
    """The workers that were seen lately, by name."""
    with store.reading() as session:
        rows = session.scalars(select(WorkerRow).order_by(WorkerRow.name))
        return [WorkerInfo(row.name, row.model, row.started_utc, row.seen_utc, row.draining) for row in rows]


def stands_still(store: Store) -> bool:
    """Whether slides of open cases wait to be read while no worker has given a sign of life. Raises StoreError."""
    wanted = (SlideRow.case_id == CaseRow.id, CaseRow.signed_out_utc.is_(None))
    waits = exists().where(*wanted, SlideRow.state == "unscored", SlideRow.reason.is_(None))
    with store.reading() as session:
        if session.scalar(select(exists().where(WorkerRow.seen_utc >= store.now() - SEEN_WITHIN))):
            return False
        return bool(session.scalar(select(waits)))


def cancel(store: Store, wanted: Sequence[int], why: str, actor: Actor) -> int:
    """Calls jobs off: their slides stay unscored, with the reason, until somebody has them tried again.

    Whoever is reading such a slide finds its lease lost, and what it found is dropped. A slide that has a finding
    keeps it. Raises UnknownJobError, and changes nothing, where one of them is not waiting or under way.
    """
    with store.changing(actor, "manage jobs") as (session, entries):
        for row in _rows(session, wanted, ACTIVE, "it is not waiting or under way"):
            row.state, row.reason, row.finished_utc = "cancelled", why, store.now()
            row.lease_token = row.lease_owner = row.lease_until_utc = None
            told: Told = {"what": "cancel", "job": row.id}
            entries += _change_slides(session, store, row, actor, told, lambda slide: _leave_unread(slide, why))
    return len(wanted)


def retry(store: Store, wanted: Sequence[int], actor: Actor) -> int:
    """Has dead and cancelled jobs tried again, at once and as if for the first time; none named: all that are dead.

    Raises UnknownJobError, and changes nothing, where one of them is neither.
    """
    with store.changing(actor, "manage jobs") as (session, entries):
        if not wanted:
            wanted = session.scalars(select(JobRow.id).where(JobRow.state == "dead")).all()
        for row in _rows(session, wanted, ("dead", "cancelled"), "it is neither dead nor cancelled"):
            row.state, row.reason, row.finished_utc = "waiting", None, None
            row.attempts = row.losses = 0
            row.not_before_utc = store.now()
            entries += _change_slides(session, store, row, actor, {"what": "retry", "job": row.id}, _read_after_all)
    return len(wanted)


def _rows(session: Session, wanted: Sequence[int], states: Sequence[JobState], wrong: str) -> Sequence[JobRow]:
    rows = session.scalars(select(JobRow).where(JobRow.id.in_(wanted)).order_by(JobRow.id).with_for_update()).all()
    good = {row.id for row in rows if row.state in states}
    for job in wanted:
        if job not in good:
            raise UnknownJobError(f"job {job}: {wrong}, or there is no such job; `forrang jobs list` shows them")
    return rows


def _change_slides(
    session: Session, store: Store, row: JobRow, actor: Actor, told: Told, change: Callable[[SlideRow], None]
) -> Iterable[Entry]:
    cases: Sequence[CaseRow] = holding_cases(session, row.path)
    for case in cases:
        for slide in case.slides:
            if slide.path == row.path and slide.state == "unscored":
                change(slide)
        settle(case)
    return [Entry(actor, "manage jobs", store.now(), case.accession_number, told) for case in cases]


def _leave_unread(slide: SlideRow, why: str) -> None:
    slide.reason = f"not to be read by the AI: {why}"


def _read_after_all(slide: SlideRow) -> None:
    slide.reason = None


def _info(row: JobRow) -> JobInfo:
    due = None if row.due_s >= NEVER else datetime.fromtimestamp(row.due_s, UTC)
    return JobInfo(
        row.id,
        row.path,
        row.model,
        cast("JobState", row.state),
        due,
        row.attempts,
        row.losses,
        row.lease_owner if row.state == "leased" else None,
        row.not_before_utc,
        row.reason,
    )
