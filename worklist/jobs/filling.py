"""What belongs in the queue: every slide of an open case that lacks a finding, once; and what does not any more.

Everything here may be done twice, by several workers at once, and be stopped anywhere: the next look mends the rest.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from worklist.jobs.finding import stamp
from worklist.jobs.job import ACTIVE
from worklist.jobs.pressing import Pressing, due_s
from worklist.jobs.queue import JobQueue
from worklist.store.tables import CaseRow, JobRow, SlideRow

T = TypeVar("T")

_CHUNK: Final = 500
"""Jobs that are written together; SQLite's other writers wait so long and no longer."""
_FILES: Final = 2000
"""Files that are looked at in one round."""
_UNREAD: Final = text("case_slides.state = 'unscored' AND case_slides.reason IS NULL")
"""In the words of the index, or it would not be used."""


def queue_new(queue: JobQueue) -> int:
    """Queues the slides that nobody has read and nobody is to leave unread; quick, however long the list is."""
    name = queue.model.partition("@")[0]
    other = JobRow.model.startswith(f"{name}@", autoescape=True)
    pending = exists().where(JobRow.path == SlideRow.path, other, JobRow.state.in_(ACTIVE))
    return _queue(queue, _slides(queue).where(_UNREAD, ~pending))


def adopt(queue: JobQueue, *, again: bool = False) -> int:
    """Queues what the model has yet to read when it begins to serve: also what another model read.

    Jobs of other versions of the model give way, and whoever has one of them is told that it is lost.
    again: also what failed or was rejected, and what rests after a failure: it may have been mended since.
    """
    name = queue.model.partition("@")[0]
    with queue.store.writing() as session:
        older = (JobRow.model.startswith(f"{name}@", autoescape=True), JobRow.model != queue.model)
        _drop(session, JobRow.state.in_(ACTIVE), *older)
        if again:
            resting = (JobRow.model == queue.model, JobRow.state == "waiting", JobRow.attempts > 0)
            fresh = {"attempts": 0, "not_before_utc": queue.now(session)}
            session.execute(update(JobRow).where(*resting).values(fresh).execution_options(synchronize_session=False))
    lacking = [SlideRow.model.is_distinct_from(queue.model)]
    if again:
        lacking += [SlideRow.state.in_(("failed", "rejected")), SlideRow.later_failure.is_not(None)]
    met = _job_of(queue, *([JobRow.state.in_((*ACTIVE, "cancelled"))] if again else []))
    return queue_new(queue) + _queue(queue, _slides(queue).where(or_(*lacking), _wanted_read(), ~met))


def look_around(queue: JobQueue) -> None:
    """The regular round: jobs whose case was signed out go, and the rest get the order that the list has now.

    A slide whose file came after its case, and failed for that, is queued.
    """
    late = _slides(queue).where(SlideRow.state == "failed", SlideRow.model.is_(None), ~_job_of(queue))
    _queue(queue, late)
    with queue.store.writing() as session:
        listed = exists().where(SlideRow.path == JobRow.path, SlideRow.case_id == CaseRow.id, _OPEN)
        _drop(session, JobRow.model == queue.model, JobRow.state == "waiting", ~listed)
    _press_again(queue)


class Replaced:
    """Finds files that were replaced under the same name since they were read, some of the list in each round."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._last = 0

    def look(self) -> int:
        """Looks at the next files and queues those that are others now; returns how many."""
        was_read = and_(JobRow.path == SlideRow.path, JobRow.model == self._queue.model)
        wanted = (
            select(SlideRow.id, SlideRow.path, JobRow.stamp, JobRow.finished_utc)
            .join(CaseRow, SlideRow.case_id == CaseRow.id)
            .join(JobRow, was_read)
            .where(_OPEN, JobRow.state.in_(("done", "dead")), SlideRow.id > self._last, _wanted_read())
            .order_by(SlideRow.id)
            .limit(_FILES)
        )
        with self._queue.store.reading() as session:
            found = session.execute(wanted).all()
        self._last = found[-1].id if len(found) == _FILES else 0
        other = {row.path: row.finished_utc for row in found if stamp(Path(row.path)) not in (None, row.stamp)}
        return _write(self._queue, other)

    def look_at_all(self) -> int:
        """Looks at every file once."""
        count = self.look()
        while self._last:
            count += self.look()
        return count


_OPEN = CaseRow.signed_out_utc.is_(None)


def _slides(queue: JobQueue) -> Select[str, str, datetime | None]:
    """Of the slides of open cases: path, state, and when the slide's job ended last."""
    own = aliased(JobRow)
    of_slide = and_(own.path == SlideRow.path, own.model == queue.model)
    wanted = select(SlideRow.path, SlideRow.state, own.finished_utc)
    return wanted.join(CaseRow, SlideRow.case_id == CaseRow.id).outerjoin(own, of_slide).where(_OPEN)


def _wanted_read() -> ColumnElement[bool]:
    """Whether nobody wants the slide unread."""
    return or_(SlideRow.state != "unscored", SlideRow.reason.is_(None))


def _job_of(queue: JobQueue, *states: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(JobRow.path == SlideRow.path, JobRow.model == queue.model, *states)


def _queue(queue: JobQueue, wanted: Select[str, str, datetime | None]) -> int:
    """Queues slides, but for those that failed because their file is not there, while it is not."""
    with queue.store.reading() as session:
        found = {row.path: row for row in session.execute(wanted)}
    there = (row for row in found.values() if row.state != "failed" or stamp(Path(row.path)) is not None)
    return _write(queue, {row.path: row.finished_utc for row in there})


def _write(queue: JobQueue, ended: Mapping[str, datetime | None]) -> int:
    """ended: by path of the slides to be queued, when their jobs had ended last as the need was seen."""
    count = 0
    for chunk in _chunks(list(ended.items())):
        with queue.store.writing() as session:
            count += _upsert(session, queue, dict(chunk))
    return count


def _upsert(session: Session, queue: JobQueue, ended: Mapping[str, datetime | None]) -> int:
    """One job a path; one that has ended begins anew, one that is under way is left alone.

    So is one that has ended since the need for it was seen: another worker was quicker, and nothing is needed any more.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = queue.now(session)
    fresh = {"state": "waiting", "attempts": 0, "losses": 0, "not_before_utc": now, "created_utc": now}
    none = dict.fromkeys(("lease_owner", "lease_token", "lease_until_utc", "reason", "stamp", "finished_utc"))
    due = _due(session, SlideRow.path.in_(ended))
    told = insert(JobRow).values(
        [
            {"path": path, "model": queue.model, "due_s": due_s(due[path], queue.raise_s), "finished_utc": end, **fresh}
            for path, end in ended.items()
        ]
    )
    told = told.on_conflict_do_update(
        index_elements=["path", "model"],
        set_={**fresh, **none, "due_s": told.excluded.due_s},
        where=and_(JobRow.state.not_in(ACTIVE), JobRow.finished_utc.is_not_distinct_from(told.excluded.finished_utc)),
    )
    return len(session.scalars(told.returning(JobRow.id).execution_options(synchronize_session=False)).all())


def _due(session: Session, chosen: ColumnElement[bool]) -> dict[str, list[Pressing]]:
    """By path, what the open cases of the slides say of their hurry."""
    wanted = select(SlideRow.path, CaseRow.deadline_utc, CaseRow.urgency, CaseRow.flag_score)
    found: dict[str, list[Pressing]] = defaultdict(list)
    for row in session.execute(wanted.join(CaseRow, SlideRow.case_id == CaseRow.id).where(_OPEN, chosen)):
        found[row.path].append(Pressing(row.deadline_utc, row.urgency, row.flag_score))
    return found


def _press_again(queue: JobQueue) -> None:
    """The order of what waits follows the cases as they are now: their deadlines, urgencies and flags."""
    waiting = (JobRow.model == queue.model, JobRow.state == "waiting")
    with queue.store.reading() as session:
        known = session.execute(select(JobRow.id, JobRow.path, JobRow.due_s).where(*waiting)).all()
        due = _due(session, SlideRow.path.in_(select(JobRow.path).where(*waiting)))
    changed = [
        {"job": row.id, "due": now} for row in known if (now := due_s(due[row.path], queue.raise_s)) != row.due_s
    ]
    for chunk in _chunks(sorted(changed, key=lambda it: it["job"])):
        with queue.store.writing() as session:
            for it in chunk:
                mine = (JobRow.id == it["job"], JobRow.state == "waiting")
                session.execute(
                    update(JobRow).where(*mine).values(due_s=it["due"]).execution_options(synchronize_session=False)
                )


def _drop(session: Session, *chosen: ColumnElement[bool]) -> None:
    session.execute(delete(JobRow).where(*chosen).execution_options(synchronize_session=False))


def _chunks(things: Sequence[T]) -> Iterator[list[T]]:
    remaining = iter(things)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
