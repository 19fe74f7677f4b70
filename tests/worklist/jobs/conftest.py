"""A queue on each of the two databases, by the test's own clock."""

import pytest

from tests.support.cases import MODEL
from worklist.jobs.queue import JobQueue
from worklist.store.store import Clock, Store


@pytest.fixture
def queue(store: Store, clock: Clock) -> JobQueue:
    """Of one model; a flag of score 1 raises by two days."""
    return JobQueue(store, MODEL, raise_s=2 * 86400, clock=clock)
