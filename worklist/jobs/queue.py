"""The queue of slides for one model: claims, heartbeats and ends of leases in the store's lease table.

Whose clock: on PostgreSQL the database's own, since workers' machines may differ by more than a lease; on SQLite, where
all is on one machine, the store's. A clock that jumps forward ends leases early: their slides are given to others, and
whoever had them is told so at the next heartbeat or result, which then changes nothing. One that jumps back makes a
lease or a rest end further ahead than any can: such a one is not waited for. Either way some slide may be read twice;
none gets two results, none is lost, and none waits longer than two leases.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from worklist.cases import CaseSlide
from worklist.jobs.job import JobState, Lease, Rules
from worklist.jobs.pressing import Pressing, due_s
from worklist.people import Actor
from worklist.store.findings import put_finding
from worklist.store.store import Store
from worklist.store.tables import CaseRow, JobRow
from worklist.trail.chain import Entry
from worklist.watching.operations import raise_operation

_DEAD = (
    "a slide could not be read by {model}, however often it was tried; `forrang jobs list --state dead` tells why."
    " Mend or replace its file, then `forrang jobs retry {job}`; until then its case shows it as failed"
)


class JobQueue:
    """The jobs of one model; every worker has a queue of its own over the shared store."""

    def __init__(
        self,
        store: Store,
        model: str,
        *,
        raise_s: float = 0.0,
        rules: Rules | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """model: name@version. raise_s: as `raise_seconds` gives it. clock: in place of the one told of above."""
        self.store = store
        self.model = model
        self.raise_s = raise_s
        self.rules = rules or Rules()
        self._clock = clock

    def claim(self, worker: str, count: int) -> list[Lease]:
        """Leases of up to `count` jobs that may be done now, the most pressing first; of no job that another has."""
        with self.store.writing() as session:
            now = self.now(session)
            self._take_back(session, now)
            rested = or_(
                JobRow.not_before_utc <= now, JobRow.not_before_utc > now + self.rules.retry_after(self.rules.tries)
            )
            wanted = (
                select(JobRow.id, JobRow.path, JobRow.losses)
                .where(JobRow.state == "waiting", JobRow.model == self.model, rested)
                .order_by(JobRow.due_s, JobRow.id)
                .limit(count)
                .with_for_update(skip_locked=True)
            )
            found = session.execute(wanted).all()
            token = uuid.uuid4().hex
            if found:
                leased = {"state": "leased", "lease_owner": worker, "lease_token": token}
                session.execute(
                    _quietly(JobRow.id.in_([row.id for row in found])).values(
                        **leased, lease_until_utc=self.rules.lease_ends(now)
                    )
                )
        return [Lease(row.id, Path(row.path), token, row.losses) for row in found]

    def heartbeat(self, leases: Sequence[Lease]) -> set[int]:
        """Renews the leases; returns the jobs of those that still hold. The others were lost, or cancelled."""
        if not leases:
            return set()
        with self.store.writing() as session:
            until = self.rules.lease_ends(self.now(session))
            held = session.scalars(
                select(JobRow.id).where(or_(*(_held_by(it) for it in leases))).order_by(JobRow.id).with_for_update()
            ).all()
            session.execute(_quietly(JobRow.id.in_(held)).values(lease_until_utc=until))
        return set(held)

    def finish(self, lease: Lease, slide: CaseSlide, actor: Actor) -> bool:
        """Writes the slide's finding and the end of its job in one step; False where the lease was lost.

        The same again is true and changes nothing, so that it can be repeated when nobody knows whether it was
        written. A lost lease's finding is dropped: whoever has the job now will tell, or it was cancelled.
        """
        with self.store.changing(actor, "record finding") as (session, entries):
            job = self._held(session, lease)
            if job is None:
                return session.scalar(select(JobRow.state).where(_was_of(lease))) == "done"
            now = self.now(session)
            job.state, job.reason, job.finished_utc = "done", None, now
            job.stamp, job.attempts, job.losses = lease.stamp, 0, 0
            entries += self._put(session, slide, actor)
            return True

    def fail(self, lease: Lease, slide: CaseSlide, actor: Actor) -> JobState | None:
        """Writes that reading the slide failed; the job rests and is tried again, or is dead after the last try.

        The failure shows on the list at once, with its reason; a score from before stands. A dead job is put on the
        operations list. Returns the job's new state, None where the lease was lost.
        """
        with self.store.changing(actor, "record finding") as (session, entries):
            job = self._held(session, lease)
            if job is None:
                return None
            now = self.now(session)
            job.attempts += 1
            job.reason, job.stamp = slide.reason, lease.stamp
            job.state = "dead" if lease.worn_out or job.attempts >= self.rules.tries else "waiting"
            job.lease_token = job.lease_owner = job.lease_until_utc = None
            if job.state == "dead":
                job.finished_utc = now
                raise_operation(session, "dead job", f"job {job.id}", _DEAD.format(job=job.id, model=job.model), now)
            else:
                job.not_before_utc = now + self.rules.retry_after(job.attempts)
            entries += self._put(session, slide, actor)
            return "dead" if job.state == "dead" else "waiting"

    def release(self, leases: Sequence[Lease], *, died: bool = False) -> None:
        """Gives jobs back, to be done at once by whoever asks.

        died: the process that read them died, and one of them may be why; each is read alone from then on.
        """
        with self.store.writing() as session:
            for lease in leases:
                job = self._held(session, lease)
                if job is not None:
                    _give_back(job, self.now(session), lost=died)

    def waiting(self) -> tuple[int, int]:
        """How many jobs may be done now, and how many somebody has."""
        with self.store.reading() as session:
            now = self.now(session)
            of_model = select(func.count()).select_from(JobRow).where(JobRow.model == self.model)
            ready = session.scalar(of_model.where(JobRow.state == "waiting", JobRow.not_before_utc <= now))
            leased = session.scalar(of_model.where(JobRow.state == "leased"))
            return ready or 0, leased or 0

    def now(self, session: Session) -> datetime:
        """The time that leases are measured by."""
        if self._clock is not None:
            return self._clock()
        if session.get_bind().dialect.name == "postgresql":
            told: datetime = session.scalars(select(func.clock_timestamp())).one()
            return told.astimezone(UTC)
        return self.store.now()

    def _take_back(self, session: Session, now: datetime) -> None:
        """Leases that ended without a word: their worker has died, or cannot reach the store."""
        ended = or_(JobRow.lease_until_utc < now, JobRow.lease_until_utc > self.rules.latest_end(now))
        wanted = select(JobRow).where(JobRow.state == "leased", ended).with_for_update(skip_locked=True)
        for job in session.scalars(wanted):
            _give_back(job, now, lost=True)
        session.flush()

    def _held(self, session: Session, lease: Lease) -> JobRow | None:
        return session.scalar(select(JobRow).where(_held_by(lease)).with_for_update())

    def _put(self, session: Session, slide: CaseSlide, actor: Actor) -> list[Entry]:
        """Writes the finding; where it flags a case, what else waits of that case becomes more pressing."""
        now, entries = self.store.now(), []
        for put in put_finding(session, slide):
            if put.told is not None:
                entries.append(Entry(actor, "record finding", now, put.case.accession_number, put.told))
            if slide.flagged and put.case.signed_out_utc is None:
                self._press(session, put.case)
        return entries

    def _press(self, session: Session, case: CaseRow) -> None:
        due = due_s([Pressing(case.deadline_utc, case.urgency, case.flag_score)], self.raise_s)
        paths = [slide.path for slide in case.slides]
        waiting = (JobRow.state == "waiting", JobRow.path.in_(paths), JobRow.due_s > due)
        ids = session.scalars(select(JobRow.id).where(*waiting).with_for_update(skip_locked=True)).all()
        session.execute(_quietly(JobRow.id.in_(ids)).values(due_s=due))


def _give_back(job: JobRow, now: datetime, *, lost: bool) -> None:
    job.state, job.not_before_utc = "waiting", now
    job.lease_token = job.lease_owner = job.lease_until_utc = None
    job.losses += lost


def _quietly(chosen: ColumnElement[bool]) -> Update:
    """A change of jobs that no session has in hand."""
    return update(JobRow).where(chosen).execution_options(synchronize_session=False)


def _held_by(lease: Lease) -> ColumnElement[bool]:
    return and_(JobRow.state == "leased", _was_of(lease))


def _was_of(lease: Lease) -> ColumnElement[bool]:
    return and_(JobRow.id == lease.job, JobRow.lease_token == lease.token)
