"""The lease table on both databases: whoever claims, dies, comes late or twice, each slide gets one result."""

import threading
from datetime import timedelta

import pytest

from tests.support.cases import MODEL, case, scored
from tests.support.people import SYSTEM
from tests.worklist.conftest import SettableClock
from worklist.cases import CaseSlide
from worklist.jobs.filling import adopt, look_around, queue_new
from worklist.jobs.job import MOST_LOSSES, Lease, Rules
from worklist.jobs.queue import JobQueue
from worklist.store.store import Store
from worklist.store.tables import AuditRow, JobRow
from worklist.watching.operations import open_operations


def filled(queue: JobQueue, *slides: str) -> None:
    queue.store.add_cases([case(f"P{n}", slide) for n, slide in enumerate(slides)], SYSTEM)
    queue_new(queue)


def names(leases: list[Lease]) -> list[str]:
    return [lease.path.name for lease in leases]


def failed(lease: Lease) -> CaseSlide:
    return CaseSlide(path=lease.path, state="failed", reason="cut short: copy it again", model=MODEL)


def findings(store: Store) -> int:
    with store.reading() as session:
        return session.query(AuditRow).where(AuditRow.act == "record finding").count()


def test_the_most_pressing_slide_is_claimed_first_and_by_one_alone(queue: JobQueue, clock: SettableClock) -> None:
    due = {"/late.svs": 9, "/soon.svs": 1, "/middle.svs": 5}
    cases = [case(path, path, deadline_utc=clock() + timedelta(days=days)) for path, days in due.items()]
    queue.store.add_cases(cases, SYSTEM)
    assert queue_new(queue) == 3
    assert names(queue.claim("a", 2)) == ["soon.svs", "middle.svs"]
    assert names(queue.claim("b", 2)) == ["late.svs"]
    assert queue.claim("c", 2) == []


def test_many_workers_claiming_at_once_never_get_the_same_slide(queue: JobQueue) -> None:
    filled(queue, *(f"/{number}.svs" for number in range(40)))
    claimed: list[str] = []

    def claim(worker: str) -> None:
        while leases := queue.claim(worker, 3):
            claimed.extend(names(leases))

    threads = [threading.Thread(target=claim, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(f"{number}.svs" for number in range(40))


def test_a_result_and_the_end_of_its_job_are_written_together_and_twice_is_once(queue: JobQueue) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 5)
    assert queue.finish(lease, scored("/a.svs"), SYSTEM)
    assert queue.finish(lease, scored("/a.svs", 0.2), SYSTEM)
    assert queue.store.case("P0").ai_score == 0.9
    assert findings(queue.store) == 1
    assert queue.waiting() == (0, 0)


def test_a_finding_that_cannot_be_written_leaves_its_job_leased(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 1)

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("worklist.jobs.queue.put_finding", broken)
        with pytest.raises(RuntimeError):
            queue.finish(lease, scored("/a.svs"), SYSTEM)
    assert queue.waiting() == (0, 1)
    assert queue.finish(lease, scored("/a.svs"), SYSTEM)


def test_a_lease_that_was_not_renewed_goes_to_another_and_its_late_result_changes_nothing(
    queue: JobQueue, clock: SettableClock
) -> None:
    filled(queue, "/a.svs")
    (first,) = queue.claim("a", 1)
    clock.advance(seconds=queue.rules.lease_s + 1)
    (second,) = queue.claim("b", 1)
    assert second.alone
    assert queue.heartbeat([first]) == set()
    assert not queue.finish(first, scored("/a.svs", 0.2), SYSTEM)
    assert queue.fail(first, failed(first), SYSTEM) is None
    assert queue.store.case("P0").ai_state == "unscored"
    assert queue.finish(second, scored("/a.svs"), SYSTEM)
    assert not queue.finish(first, scored("/a.svs", 0.2), SYSTEM)
    assert queue.store.case("P0").ai_score == 0.9
    assert findings(queue.store) == 1


def test_a_heartbeat_keeps_a_lease_for_as_long_as_it_takes(queue: JobQueue, clock: SettableClock) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 1)
    for _ in range(10):
        clock.advance(seconds=queue.rules.lease_s * 0.9)
        assert queue.heartbeat([lease]) == {lease.job}
    assert queue.claim("b", 1) == []
    assert queue.finish(lease, scored("/a.svs"), SYSTEM)


def test_a_lease_is_not_taken_from_somebody_who_read_the_clock_a_moment_later(
    queue: JobQueue, clock: SettableClock
) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 1)
    clock.advance(seconds=-30)
    assert queue.claim("b", 1) == []
    assert queue.finish(lease, scored("/a.svs"), SYSTEM)


def test_a_late_result_of_a_lease_that_nobody_took_over_counts(queue: JobQueue, clock: SettableClock) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 1)
    clock.advance(days=1)
    assert queue.finish(lease, scored("/a.svs"), SYSTEM)


@pytest.mark.parametrize("jump", [{"hours": 1}, {"days": 1}, {"hours": -1}, {"days": -1}])
def test_a_clock_that_jumps_neither_loses_nor_doubles_anything(
    queue: JobQueue, clock: SettableClock, jump: dict[str, float]
) -> None:
    filled(queue, "/a.svs", "/b.svs", "/c.svs")
    held, resting = queue.claim("a", 2)
    assert queue.fail(resting, failed(resting), SYSTEM) == "waiting"
    clock.advance(**jump)
    done = 0
    for _ in range(4):
        for lease in queue.claim("b", 5):
            assert queue.finish(lease, scored(str(lease.path), 0.7), SYSTEM)
            done += 1
        clock.advance(seconds=queue.rules.lease_s / 2)
    assert done == 3
    assert not queue.finish(held, scored(str(held.path), 0.2), SYSTEM)
    assert {it.ai_score for it in queue.store.cases()} == {0.7}


def test_what_fails_shows_at_once_rests_longer_each_time_and_is_given_up_with_a_reason(
    queue: JobQueue, clock: SettableClock
) -> None:
    filled(queue, "/a.svs")
    for attempt in range(1, queue.rules.tries + 1):
        (lease,) = queue.claim("a", 1)
        state = queue.fail(lease, failed(lease), SYSTEM)
        assert queue.store.case("P0").slides[0].reason == "cut short: copy it again"
        assert queue.store.case("P0").state == "failed"
        assert state == ("waiting" if attempt < queue.rules.tries else "dead")
        clock.advance(seconds=queue.rules.retry_after(attempt).total_seconds() - 1)
        assert queue.claim("a", 1) == []
        clock.advance(seconds=2)
    clock.advance(days=2)
    assert queue.claim("a", 1) == []
    (operation,) = open_operations(queue.store)
    assert operation.kind == "dead job"
    assert "forrang jobs retry" in operation.text
    assert "a.svs" not in operation.text


def test_a_later_try_that_succeeds_takes_the_failure_away(queue: JobQueue, clock: SettableClock) -> None:
    filled(queue, "/a.svs")
    (lease,) = queue.claim("a", 1)
    queue.fail(lease, failed(lease), SYSTEM)
    clock.advance(hours=1)
    (again,) = queue.claim("a", 1)
    assert queue.finish(again, scored("/a.svs"), SYSTEM)
    assert queue.store.case("P0").ai_state == "flagged"


def test_a_slide_that_so_many_workers_died_over_dies_at_its_next_failure(queue: JobQueue, clock: SettableClock) -> None:
    filled(queue, "/a.svs")
    for _ in range(MOST_LOSSES):
        (lease,) = queue.claim("a", 1)
        assert not lease.worn_out
        clock.advance(seconds=queue.rules.lease_s + 1)
    (lease,) = queue.claim("a", 1)
    assert lease.worn_out
    assert queue.fail(lease, failed(lease), SYSTEM) == "dead"


def test_what_is_given_back_is_there_at_once_and_alone_only_where_somebody_died(queue: JobQueue) -> None:
    filled(queue, "/a.svs")
    leases = queue.claim("a", 1)
    queue.release(leases)
    (again,) = queue.claim("b", 1)
    assert not again.alone
    queue.release([again], died=True)
    queue.release(leases, died=True)
    (third,) = queue.claim("b", 1)
    assert third.losses == 1


def test_a_flag_pulls_its_case_s_other_slides_forward(queue: JobQueue, clock: SettableClock) -> None:
    later = case("P1", "/1 a.svs", "/1 b.svs", deadline_utc=clock() + timedelta(days=2))
    sooner = case("P2", "/2.svs", deadline_utc=clock() + timedelta(days=1))
    queue.store.add_cases([later, sooner], SYSTEM)
    queue_new(queue)
    leases = queue.claim("a", 2)
    assert names(leases) == ["2.svs", "1 a.svs"]
    queue.release([leases[0]])
    queue.finish(leases[1], scored("/1 a.svs", 0.9), SYSTEM)
    assert names(queue.claim("a", 2)) == ["1 b.svs", "2.svs"]


def test_the_order_of_what_waits_follows_its_cases(queue: JobQueue) -> None:
    filled(queue, "/a.svs", "/b.svs")
    with queue.store.writing() as session:
        first = session.query(JobRow).where(JobRow.path == "/a.svs").one()
        first.due_s += 1000
    look_around(queue)
    assert names(queue.claim("a", 2)) == ["a.svs", "b.svs"]


def test_a_newer_version_takes_the_work_over_and_the_older_one_s_late_result_is_dropped(queue: JobQueue) -> None:
    filled(queue, "/a.svs", "/b.svs")
    (lease,) = queue.claim("old", 1)
    newer = JobQueue(queue.store, "idc-screen@2.0.0", clock=queue.store.now)
    assert adopt(newer) == 2
    assert queue.claim("old", 5) == []
    assert queue_new(queue) == 0
    assert not queue.finish(lease, scored(str(lease.path)), SYSTEM)
    assert len(newer.claim("new", 5)) == 2


def test_postgresql_s_own_clock_measures_leases_there_and_the_store_s_on_sqlite(
    store: Store, clock: SettableClock, database: str
) -> None:
    queue = JobQueue(store, MODEL, rules=Rules(lease_s=600))
    filled(queue, "/a.svs")
    queue.claim("a", 1)
    clock.advance(days=1)
    taken_over = queue.claim("b", 1)
    assert bool(taken_over) == (database == "sqlite")


def test_a_slide_in_two_cases_is_one_job_and_both_get_its_result(queue: JobQueue) -> None:
    queue.store.add_cases([case("P1", "/a.svs"), case("P2", "/a.svs", "/b.svs")], SYSTEM)
    assert queue_new(queue) == 2
    for lease in queue.claim("a", 5):
        queue.finish(lease, scored(str(lease.path)), SYSTEM)
    assert [it.ai_state for it in queue.store.cases()] == ["flagged", "flagged"]
