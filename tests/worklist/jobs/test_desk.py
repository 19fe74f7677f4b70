"""People call jobs off and have them tried again; both are on the trail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.cases import MODEL, case, scored
from tests.support.people import SYSTEM, person
from tests.worklist.conftest import SettableClock
from worklist.cases import CaseSlide
from worklist.errors import NotAllowedError, UnknownJobError
from worklist.jobs import signs
from worklist.jobs.desk import cancel, job_counts, jobs, queue_now, retry, stands_still, workers
from worklist.jobs.filling import adopt, look_around, queue_new
from worklist.jobs.queue import JobQueue
from worklist.store.tables import AuditRow, JobRow

COORDINATOR = person("Kim", "coordinator")


@pytest.fixture
def filled(queue: JobQueue) -> JobQueue:
    queue.store.add_cases([case("P1", "/a.svs"), case("P2", "/b.svs")], SYSTEM)
    queue_new(queue)
    return queue


def test_a_cancelled_slide_stays_unread_with_its_reason_until_it_is_tried_again(filled: JobQueue) -> None:
    (lease,) = filled.claim("a", 1)
    assert cancel(filled.store, [lease.job], "wrong stain", COORDINATOR) == 1
    slide = filled.store.case("P1").slides[0]
    assert (slide.state, slide.reason) == ("unscored", "not to be read by the AI: wrong stain")
    assert filled.store.case("P1").state == "unscored"
    assert not filled.finish(lease, scored("/a.svs"), SYSTEM)
    assert filled.store.case("P1").ai_state == "unscored"
    assert (queue_new(filled), adopt(filled), adopt(filled, again=True)) == (0, 0, 0)
    look_around(filled)
    assert job_counts(filled.store)["cancelled"] == 1
    assert retry(filled.store, [lease.job], COORDINATOR) == 1
    assert filled.store.case("P1").slides[0].reason is None
    assert len(filled.claim("a", 5)) == 2


def test_cancelling_takes_no_finding_away(filled: JobQueue) -> None:
    filled.store.record_result(scored("/a.svs", model="other@1"), SYSTEM)
    cancel(filled.store, [jobs(filled.store, ["waiting"], 1)[0].job], "not now", COORDINATOR)
    assert filled.store.case("P1").ai_score == 0.9


def test_dead_jobs_are_listed_with_their_reason_and_all_tried_again(filled: JobQueue) -> None:
    for lease in filled.claim("a", 2):
        worn_out = type(lease)(lease.job, lease.path, lease.token, losses=99)
        slide = CaseSlide(path=lease.path, state="failed", reason="it killed ten", model=MODEL)
        assert filled.fail(worn_out, slide, SYSTEM) == "dead"
    assert [it.reason for it in jobs(filled.store, ["dead"], 9)] == ["it killed ten"] * 2
    assert retry(filled.store, [], COORDINATOR) == 2
    assert filled.store.case("P1").state == "failed"
    assert len(filled.claim("a", 5)) == 2


def test_what_cannot_be_done_is_said_and_nothing_is_changed(filled: JobQueue) -> None:
    one, other = jobs(filled.store, ["waiting"], 9)
    with pytest.raises(UnknownJobError, match="job 999"):
        cancel(filled.store, [one.job, 999], "no", COORDINATOR)
    with pytest.raises(UnknownJobError, match="neither dead nor cancelled"):
        retry(filled.store, [other.job], COORDINATOR)
    with pytest.raises(NotAllowedError):
        cancel(filled.store, [one.job], "no", person("Ada", "pathologist"))
    assert job_counts(filled.store)["waiting"] == 2


def test_who_cancelled_and_tried_again_is_on_the_trail(filled: JobQueue) -> None:
    (first, _) = jobs(filled.store, ["waiting"], 9)
    cancel(filled.store, [first.job], "wrong stain", COORDINATOR)
    retry(filled.store, [first.job], COORDINATOR)
    with filled.store.reading() as session:
        rows = session.query(AuditRow).where(AuditRow.act == "manage jobs").order_by(AuditRow.number).all()
        assert [(row.who, row.accession_number) for row in rows] == [("Kim", "P1")] * 2


def test_a_worker_is_seen_until_it_ends_and_hears_that_it_is_to_stop(queue: JobQueue) -> None:
    signs.begin(queue, "lab-1")
    signs.begin(queue, "lab-2")
    assert not signs.sign(queue, "lab-1")
    assert signs.drain(queue.store, ["lab-1", "lab-9"], COORDINATOR) == ["lab-1"]
    assert signs.sign(queue, "lab-1")
    assert not signs.sign(queue, "lab-2")
    assert [(it.worker, it.draining) for it in workers(queue.store)] == [("lab-1", True), ("lab-2", False)]
    signs.begin(queue, "lab-1")
    assert not signs.sign(queue, "lab-1")
    signs.end(queue, "lab-1")
    assert [it.worker for it in workers(queue.store)] == ["lab-2"]


def test_the_queue_tells_states_and_ages_of_what_is_not_done(filled: JobQueue) -> None:
    now = queue_now(filled.store, (1, 24))
    assert (now.counts, now.younger) == ({"waiting": 2, "leased": 0, "dead": 0, "cancelled": 0}, {1: 2, 24: 2})
    cancel(filled.store, [jobs(filled.store, ["waiting"], 1)[0].job], "not now", COORDINATOR)
    with filled.store.writing() as session:
        (waiting,) = session.scalars(select(JobRow).where(JobRow.state == "waiting"))
        waiting.created_utc -= timedelta(hours=5)
        since = waiting.created_utc
    now = queue_now(filled.store, (1, 24))
    assert (now.counts["waiting"], now.counts["cancelled"], now.younger) == (1, 1, {1: 0, 24: 1})
    assert now.oldest_utc == since


def test_reading_stands_still_where_slides_wait_and_no_worker_was_seen_lately(
    filled: JobQueue, clock: SettableClock
) -> None:
    assert stands_still(filled.store)
    signs.begin(filled, "a")
    assert not stands_still(filled.store)
    clock.advance(minutes=6)
    assert stands_still(filled.store), "it gave no sign for longer than a living one does"


def test_reading_does_not_stand_still_where_nothing_waits(filled: JobQueue) -> None:
    cancel(filled.store, [it.job for it in jobs(filled.store, ("waiting",), 9)], "not for the AI", COORDINATOR)
    assert not stands_still(filled.store)
