"""Workers' signs of life in the store, and what they are asked there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from worklist.jobs.queue import JobQueue
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import WorkerRow

_FORGOTTEN: Final = timedelta(days=7)
"""A worker that died without a word is on the list so long."""


def begin(queue: JobQueue, worker: str) -> None:
    """The worker is there, and nothing is asked of it yet."""
    with queue.store.writing() as session:
        now = queue.now(session)
        old = (WorkerRow.name == worker, WorkerRow.seen_utc < now - _FORGOTTEN)
        session.execute(delete(WorkerRow).where(old[0] | old[1]))
        session.add(WorkerRow(name=worker, model=queue.model, started_utc=now, seen_utc=now, draining=False))


def sign(queue: JobQueue, worker: str) -> bool:
    """The worker is still there; returns whether it was asked to finish what it has and stop."""
    with queue.store.writing() as session:
        row = session.get(WorkerRow, worker, with_for_update=True)
        if row is None:
            return False
        row.seen_utc, row.model = queue.now(session), queue.model
        return row.draining


def end(queue: JobQueue, worker: str) -> None:
    """The worker has stopped."""
    with queue.store.writing() as session:
        session.execute(delete(WorkerRow).where(WorkerRow.name == worker))


def drain(store: Store, names: Sequence[str], actor: Actor) -> list[str]:
    """Asks the workers of these names, or all, to finish what they have and stop; returns who was asked."""
    with store.acting(actor, "manage jobs", details={"what": "drain", "workers": ", ".join(names) or "all"}) as session:
        wanted = select(WorkerRow).order_by(WorkerRow.name).with_for_update()
        if names:
            wanted = wanted.where(WorkerRow.name.in_(names))
        rows = session.scalars(wanted).all()
        for row in rows:
            row.draining = True
        return [row.name for row in rows]
