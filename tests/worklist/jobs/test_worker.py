"""A worker with a real child process: a file that kills, hangs or swells costs its own slide and no other."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from inference.progress import Silent
from inference.results import SlideResult
from tests.support.cases import case
from tests.support.people import SYSTEM
from tests.support.scorers import StubScorer
from worklist.cases import CaseSlide
from worklist.errors import ScoringError, StoreError
from worklist.jobs.child import Limits
from worklist.jobs.desk import job_counts, workers
from worklist.jobs.filling import queue_new
from worklist.jobs.job import Lease, Rules
from worklist.jobs.queue import JobQueue
from worklist.jobs.signs import drain
from worklist.jobs.worker import Manner, Tally, Worker
from worklist.people import Actor
from worklist.store.store import Store

HASTY = Rules(first_retry_s=0.01, longest_retry_s=0.05)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite with the machine's clock."""
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}")
    yield store
    store.close()


def work(store: Store, scorer: StubScorer, **manner: object) -> Tally:
    worker = Worker(store, lambda: scorer, Manner(**{"poll_s": 0.05, **manner}))  # type: ignore[arg-type]
    worker.prepare()
    return worker.run()


def fill(store: Store, folder: Path, *names: str) -> None:
    store.add_cases([case(name, str(folder / name)) for name in names], SYSTEM)


def states(store: Store) -> dict[str, str]:
    return {it.accession_number: it.slides[0].state for it in store.cases()}


def test_everything_on_the_list_is_read_once_and_the_worker_ends(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "flag.svs", "b.svs", "reject.svs", *(f"{number}.svs" for number in range(12)))
    assert work(here, StubScorer(beside=3)) == Tally(scored=14, rejected=1)
    assert states(here)["reject.svs"] == "rejected"
    assert here.case("flag.svs").ai_state == "flagged"
    assert work(here, StubScorer()) == Tally(rejected=1)
    assert workers(here) == []


def test_a_slide_that_kills_the_process_is_charged_alone_and_the_others_are_read(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "a.svs", "kill.svs", "b.svs", "c.svs", "mend.svs")
    tally = work(here, StubScorer(beside=3), rules=Rules(tries=2, first_retry_s=0.01))
    assert states(here) == {"a.svs": "scored", "kill.svs": "failed", "b.svs": "scored", "c.svs": "scored",
                            "mend.svs": "scored"}  # fmt: skip
    assert tally.scored == 4
    reason = here.case("kill.svs").slides[0].reason or ""
    assert reason.startswith("kill.svs: the process that read it was killed")
    assert "copy the file again" in reason


def test_a_slide_that_takes_too_much_memory_costs_itself_only(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "swell.svs", "a.svs")
    work(here, StubScorer(), limits=Limits(memory_gb=1.0), rules=Rules(tries=1))
    assert states(here) == {"swell.svs": "failed", "a.svs": "scored"}
    assert "took more than 1 GB of memory" in (here.case("swell.svs").slides[0].reason or "")
    assert job_counts(here)["dead"] == 1


def test_a_slide_that_never_ends_costs_itself_only(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "hang.svs", "a.svs")
    work(here, StubScorer(), limits=Limits(slide_minutes=0.02), rules=Rules(tries=1))
    assert states(here) == {"hang.svs": "failed", "a.svs": "scored"}
    assert "took longer than 0.02 minutes" in (here.case("hang.svs").slides[0].reason or "")


def test_a_model_that_cannot_be_run_is_said_and_charged_to_no_slide(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "a.svs")
    with pytest.raises(ScoringError, match="the weights are missing") as told:
        work(here, StubScorer(broken="the weights are missing"))
    assert told.value.exit_status == 2
    assert states(here) == {"a.svs": "unscored"}
    assert job_counts(here)["waiting"] == 1
    assert work(here, StubScorer()) == Tally(scored=1)


def test_a_database_that_is_away_for_a_while_costs_nothing(
    here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(here, tmp_path, *(f"{number}.svs" for number in range(6)))
    asked = {"finish": 0, "claim": 0}

    def sometimes(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def away(*given: object) -> object:
            asked[name] += 1
            if asked[name] in (1, 2, 4):
                raise StoreError("the store is away") from OperationalError("", {}, Exception("server closed it"))
            return act(*given)

        return away

    monkeypatch.setattr(JobQueue, "finish", sometimes("finish", JobQueue.finish))
    monkeypatch.setattr(JobQueue, "claim", sometimes("claim", JobQueue.claim))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert work(here, StubScorer()).scored == 6
    assert asked["finish"] > 6


def test_an_error_of_the_store_that_waiting_does_not_mend_is_not_waited_for(
    here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(here, tmp_path, "a.svs")

    def broken(*_: object) -> object:
        raise StoreError("a column is missing")

    monkeypatch.setattr(JobQueue, "claim", broken)
    with pytest.raises(StoreError, match="a column is missing"):
        work(here, StubScorer())


def test_a_worker_that_stays_reads_what_comes_and_stops_when_told(here: Store, tmp_path: Path) -> None:
    worker = Worker(here, StubScorer, Manner(name="lab-1", stay=True, poll_s=0.05))
    running = threading.Thread(target=worker.run)
    running.start()
    fill(here, tmp_path, "a.svs")
    until(lambda: states(here) == {"a.svs": "scored"})
    assert [it.worker for it in workers(here)] == ["lab-1"]
    worker.stop()
    running.join(30)
    assert not running.is_alive()
    assert workers(here) == []


def test_stopping_gives_back_what_does_not_end_in_time_and_charges_nobody(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, "hang.svs", "a.svs")
    worker = Worker(here, StubScorer, Manner(stay=True, poll_s=0.05, grace_s=0.2))
    worker.prepare()
    running = threading.Thread(target=worker.run)
    running.start()
    until(lambda: job_counts(here)["leased"] == 2)
    worker.stop()
    running.join(30)
    assert job_counts(here) == {"waiting": 2}
    assert all(not lease.alone for lease in JobQueue(here, StubScorer().model).claim("next", 2))


def test_a_drained_worker_finishes_what_it_has_and_takes_no_more(here: Store, tmp_path: Path) -> None:
    manner = Manner(name="lab-1", stay=True, poll_s=0.05, rules=Rules(lease_s=1.2))
    worker = Worker(here, StubScorer, manner)
    running = threading.Thread(target=worker.run)
    running.start()
    until(lambda: len(workers(here)) == 1)
    drain(here, [], SYSTEM)
    running.join(30)
    assert not running.is_alive()
    fill(here, tmp_path, "a.svs")
    assert states(here) == {"a.svs": "unscored"}


def test_a_model_that_is_replaced_while_jobs_run_takes_over_and_reads_the_list_anew(
    here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worklist.jobs.worker._ROUND_S", 0.1)
    fill(here, tmp_path, "a.svs", "b.svs")
    chosen = [StubScorer("idc-screen@1.0.0")]
    worker = Worker(here, lambda: chosen[0], Manner(stay=True, poll_s=0.05))
    worker.prepare()
    running = threading.Thread(target=worker.run)
    running.start()
    until(lambda: set(states(here).values()) == {"scored"})
    chosen[0] = StubScorer("idc-screen@2.0.0")
    until(lambda: {it.slides[0].model for it in here.cases()} == {"idc-screen@2.0.0"})
    worker.stop()
    running.join(30)
    assert job_counts(here) == {"done": 4}


def test_a_slide_that_is_read_again_keeps_its_number_so_that_progress_counts_it_once(
    here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[tuple[str, int]] = []

    class Heard(Silent):
        def slide_finished(self, number: int, result: SlideResult) -> None:
            finished.append((result.slide, number))
            time.sleep(0.05)

    fill(here, tmp_path, "fail.svs", "a.svs", "lost.svs")
    finish = JobQueue.finish
    given_back = []

    def lose_once(queue: JobQueue, lease: Lease, slide: CaseSlide, actor: Actor) -> bool:
        if lease.path.name == "lost.svs" and not given_back:
            given_back.append(lease)
            queue.release([lease])
        return finish(queue, lease, slide, actor)

    monkeypatch.setattr(JobQueue, "finish", lose_once)
    worker = Worker(here, StubScorer, Manner(poll_s=0.05, rules=HASTY))
    worker.progress = Heard()
    assert worker.prepare() == 3
    worker.run()
    assert len(finished) > 3
    assert len(set(finished)) == 3


def test_two_workers_share_the_list_and_read_each_slide_once(here: Store, tmp_path: Path) -> None:
    fill(here, tmp_path, *(f"{number}.svs" for number in range(30)))
    team = [Worker(here, StubScorer, Manner(name=name, poll_s=0.05, again=False)) for name in ("one", "two")]
    queue_new(JobQueue(here, StubScorer().model))
    threads = [threading.Thread(target=worker.run) for worker in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(worker.tally.scored for worker in team) == 30
    assert sum(worker.tally.lost for worker in team) == 0


def until(true: Callable[[], bool], limit_s: float = 60) -> None:
    """Waits for it, however busy the machine is."""
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
