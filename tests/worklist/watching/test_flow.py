"""What came, was read and went wrong is counted by hour, scanner and reason, on both databases the same."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cases import case
from tests.support.people import SYSTEM, person
from worklist.reading.rescan import ask_rescan, withdraw_rescan
from worklist.store.store import Store
from worklist.store.tables import JobRow, SlideRow
from worklist.watching.flow import Arrived, Fault, Finished, arrived, by_scanner, faults, finished

CUT = "{}: the file is cut short; copy it again"


@pytest.fixture
def busy(store: Store, clock: Callable[[], datetime]) -> Store:
    now = store.now()
    store.add_cases([case("26-1", *(f"/s/{number}.svs" for number in range(6)))], SYSTEM)
    told = (
        ("gt450-1", "scored", None, 1),
        ("gt450-1", "failed", CUT.format("1.svs"), 1),
        ("gt450-1", "failed", CUT.format("2.svs"), 30),
        ("gt450-2", "rejected", "rescan: 80% of the tissue is out of focus", 30),
        (None, "scored", None, 30),
        ("gt450-1", "failed", CUT.format("5.svs"), 24 * 40),
    )
    with store.writing() as session:
        rows = session.query(SlideRow).order_by(SlideRow.id).all()
        for row, (scanner, state, reason, hours) in zip(rows, told, strict=True):
            row.scanner, row.state, row.reason = scanner, state, reason
            row.arrived_utc = now - timedelta(hours=hours)
        for number, state in enumerate(("done", "done", "dead", "waiting")):
            ended = None if state == "waiting" else now - timedelta(minutes=10 + number)
            job = JobRow(path=f"/s/{number}.svs", model="m@1", state=state, due_s=0, attempts=0, losses=0)
            job.not_before_utc, job.created_utc, job.finished_utc = now, now, ended
            session.add(job)
    return store


def test_slides_are_counted_by_hour_scanner_and_state(busy: Store) -> None:
    found = arrived(busy, busy.now() - timedelta(days=30))
    hour = datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert found[-2:] == [Arrived(hour, "gt450-1", "failed", 1), Arrived(hour, "gt450-1", "scored", 1)]
    assert by_scanner(found) == {"gt450-1": 3, "gt450-2": 1, "": 1}
    assert found[0].hour_utc == datetime(2026, 11, 17, 4, tzinfo=UTC)


def test_jobs_that_ended_are_counted_by_hour_and_those_that_wait_are_not(busy: Store) -> None:
    hour = datetime(2026, 11, 18, 10, tzinfo=UTC)
    assert finished(busy, busy.now() - timedelta(days=1)) == [Finished(hour, "dead", 1), Finished(hour, "done", 2)]


def test_faults_are_put_together_by_scanner_and_class_of_reason(busy: Store) -> None:
    assert faults(busy, busy.now() - timedelta(days=30)) == [
        Fault("gt450-1", "failed", "unreadable file", 2, 0),
        Fault("gt450-2", "rejected", "out of focus", 1, 0),
    ]


def test_rescans_are_counted_with_those_still_open_and_without_those_taken_back(busy: Store) -> None:
    reader = person("anna", "pathologist")
    ask_rescan(busy, reader, "26-1", "3.svs", "out of focus")
    taken_back = ask_rescan(busy, reader, "26-1", "4.svs", "dirt or pen")
    withdraw_rescan(busy, reader, taken_back.id)
    rescans = [it for it in faults(busy, busy.now() - timedelta(days=1)) if it.what == "rescan"]
    assert rescans == [Fault("gt450-2", "rescan", "out of focus", 1, 1)]
