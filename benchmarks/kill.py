"""200 kill -9 at random points: no case may be lost, no result doubled, no job stuck past its lease.

    python -m benchmarks.kill [--kills 200] [--workers 3] [--seed 1] [--database sqlite|postgresql|both]

Cases come in all the time; workers read them with a stub in place of a model (it waits 0.02 to 0.04 s a slide), in a
child process each, as always. A worker, a child or the PostgreSQL server is killed and started anew, each time at a
random moment after work has gone on since the kill before; workers are forked, so that starting them takes no time.
Then everybody is left alone until nothing is left, and the list is looked over: every case that came in, every slide's
finding and its rows on the audit trail, every job.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkProcess
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from benchmarks.conditions import as_text, conditions, write_results
from tests.support.postgres import NoPostgresError, PostgresServer
from tests.support.scorers import StubScorer
from worklist.cases import Case, CaseSlide
from worklist.errors import StoreError, TrailError
from worklist.jobs.job import Rules
from worklist.jobs.worker import Manner, Worker
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import AuditRow, CaseRow, JobRow, SlideRow
from worklist.trail.verify import verify

PARTS = ("forrang", "sqlalchemy", "psycopg")
RULES = Rules(lease_s=5, tries=6, first_retry_s=0.5, longest_retry_s=5)
"""Shorter than a worker's own, so that a few minutes hold many lost leases."""
SOURCE = Actor("the arrivals", "system", "benchmark")
BATCH, SLIDES_A_CASE = 40, 2
ENOUGH_WAITING = 60
PAUSE_S = 0.7
RESUME_LIMIT_S = 30
END_LIMIT_S = 900


class Outcome(BaseModel):
    """What was found after one run."""

    model_config = ConfigDict(frozen=True)

    database: str
    kills: dict[str, int]
    seconds: float
    cases: int
    slides: int
    cases_lost: int
    """Taken in and answered for, and not on the list."""
    slides_unread: int
    """Without a finding and without a reason."""
    slides_given_up: int
    """Killed over and over while they were read alone: dead, failed on the list, with a reason and an operation."""
    results_doubled: int
    """Slides with more than one finding on the audit trail."""
    results_wrong: int
    """Slides whose score is not the one that the stub gives a slide of that name."""
    jobs_stuck: int
    """Waiting or leased though everybody was left alone for long enough."""
    trail_holds: bool
    """Whether the audit trail's chain is whole."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or stuck."""
        bad = self.cases_lost + self.slides_unread + self.results_doubled + self.results_wrong + self.jobs_stuck
        return bad == 0 and self.trail_holds


class Run:
    """A store, some workers, and somebody who kills them."""

    def __init__(
        self, url: str, folder: Path, workers: int, dice: random.Random, server: PostgresServer | None
    ) -> None:
        self.url, self.folder, self.dice, self.server = url, folder, dice, server
        self.store = Store(url)
        self.kills: Counter[str] = Counter()
        self.taken_in: set[str] = set()
        self._done = 0
        self.workers = [self.start() for _ in range(workers)]

    def start(self) -> ForkProcess:
        """One more worker; what it says goes to a file."""
        worker = multiprocessing.get_context("fork").Process(target=_work, args=(self.url, self.folder / "workers.log"))
        self.store.engine.dispose(close=False)
        worker.start()
        return worker

    def arrive(self) -> None:
        """Cases come in while few slides wait. One that was not answered for comes again, as a sender's would."""
        with suppress(StoreError):
            if self._waiting() < ENOUGH_WAITING:
                first = len(self.taken_in)
                cases = [_case(number) for number in range(first, first + BATCH)]
                self.store.add_cases(cases, SOURCE)
                self.taken_in |= {case.accession_number for case in cases}

    def kill_something(self) -> None:
        """A worker, the child of one, or the server."""
        victims = ["worker", "child", "child"] if self.server is None else ["worker", "child", "child", "server"]
        what = self.dice.choice(victims)
        place = self.dice.randrange(len(self.workers))
        worker = self.workers[place]
        if what == "server" and self.server is not None:
            self.server.stop(how=signal.SIGKILL)
            time.sleep(self.dice.uniform(0, 1))
            _start_again(self.server)
        elif what == "child":
            children = _scoring_children(worker.pid or 0)
            if not children:
                return
            os.kill(children[0], signal.SIGKILL)
        else:
            worker.kill()
            worker.join()
            self.workers[place] = self.start()
        self.kills[what] += 1

    def wait_for_work(self) -> None:
        """Until a job has ended since the last look, and a little longer by chance; at most for a while."""
        until, before = time.monotonic() + RESUME_LIMIT_S, self._done
        while time.monotonic() < until and self._done == before:
            time.sleep(0.1)
            with suppress(StoreError), self.store.reading() as session:
                self._done = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == "done")) or 0
        time.sleep(self.dice.uniform(0, PAUSE_S))

    def wait_until_done(self) -> None:
        """Until no job waits or is leased; longer than the limit is what `jobs_stuck` counts."""
        until = time.monotonic() + END_LIMIT_S
        while time.monotonic() < until and (self._waiting() or self._unread()):
            self.revive()
            time.sleep(0.5)

    def revive(self) -> None:
        """A worker that gave up is started again, as a service manager does."""
        self.workers = [it if it.is_alive() else self.start() for it in self.workers]

    def end(self) -> None:
        """Workers stop in good order."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.join()
        self.store.close()

    def _waiting(self) -> int:
        with self.store.reading() as session:
            active = JobRow.state.in_(("waiting", "leased"))
            return session.scalar(select(func.count()).select_from(JobRow).where(active)) or 0

    def _unread(self) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(SlideRow).where(SlideRow.state == "unscored")) or 0


def run(database: str, kills: int, workers: int, seed: int) -> Outcome:
    """One whole run on a new store."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(PostgresServer()) if database == "postgresql" else None
        url = server.fresh("template0") if server else f"sqlite:///{folder / 'worklist.db'}"
        dice = random.Random(seed)
        began = time.monotonic()
        going = Run(url, folder, workers, dice, server)
        try:
            while going.kills.total() < kills:
                going.arrive()
                going.wait_for_work()
                going.kill_something()
                going.revive()
                print(f"\r{database}: {going.kills.total()} kills, {len(going.taken_in)} cases", end="", flush=True)
            going.wait_until_done()
        finally:
            going.end()
        print(flush=True)
        return look_over(database, Store(url), going, round(time.monotonic() - began, 1))


def look_over(database: str, store: Store, going: Run, seconds: float) -> Outcome:
    """Reads the whole list, the trail and the jobs, once everybody has stopped."""
    with store.reading() as session:
        numbers = set(session.scalars(select(CaseRow.accession_number)))
        slides = session.execute(select(SlideRow.id, SlideRow.path, SlideRow.state, SlideRow.score)).all()
        told = session.scalars(select(AuditRow.details).where(AuditRow.act == "record finding"))
        findings = Counter(it["slide"] for it in map(json.loads, told) if it["state"] == "scored")
        jobs = Counter(session.scalars(select(JobRow.state)))
    try:
        verify(store)
        trail = True
    except TrailError:
        trail = False
    store.close()
    return Outcome(
        database=database,
        kills=dict(sorted(going.kills.items())),
        seconds=seconds,
        cases=len(numbers),
        slides=len(slides),
        cases_lost=len(going.taken_in - numbers),
        slides_unread=sum(it.state not in ("scored", "failed") for it in slides),
        slides_given_up=jobs["dead"],
        results_doubled=sum(findings[it.id] > 1 for it in slides),
        results_wrong=sum(it.score not in (None, _score(it.path)) for it in slides),
        jobs_stuck=jobs["waiting"] + jobs["leased"],
        trail_holds=trail,
    )


def _start_again(server: PostgresServer) -> None:
    """The processes of the one that was killed may hold its memory for a moment."""
    for attempt in range(20):
        try:
            server.start()
        except NoPostgresError:
            if attempt == 19:
                raise
            time.sleep(0.5)
        else:
            return


def _case(number: int) -> Case:
    dice = random.Random(number)
    names = [f"{number}-{slide}{dice.choice(['', '-flag'])}.svs" for slide in range(SLIDES_A_CASE)]
    return Case(
        accession_number=f"K{number}",
        pathway="breast",
        pathway_name="breast cancer",
        received_utc=datetime.now(UTC),
        deadline_utc=datetime.now(UTC) + timedelta(days=dice.randrange(1, 8)),
        slides=tuple(CaseSlide(path=Path("/slides") / name) for name in names),
    )


def _score(path: str) -> float:
    return 0.9 if "flag" in path else 0.1


def _scoring_children(worker: int) -> list[int]:
    """Process numbers of the worker's scoring process; its helper that cleans up after it is another."""
    listed = Path(f"/proc/{worker}/task/{worker}/children")
    try:
        children = [int(it) for it in listed.read_text("ascii").split()]
        return [it for it in children if b"spawn_main" in Path(f"/proc/{it}/cmdline").read_bytes()]
    except OSError:
        return []


def _work(url: str, log: Path) -> None:
    """One worker, until it is killed or told to stop."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    main_module = sys.modules["__main__"]
    main_module.__spec__ = None  # so that a scoring process does not begin by loading this benchmark
    main_module.__dict__.pop("__file__", None)
    manner = Manner(stay=True, again=False, rules=RULES, poll_s=0.3, grace_s=2)
    worker = Worker(Store(url), lambda: StubScorer(seconds=0.02, beside=3), manner)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.prepare()
    worker.run()


def _table(found: Outcome) -> str:
    lines = [f"| kill -9 on {found.database} | |", "| --- | --- |"]
    for name, value in found.model_dump(exclude={"database", "kills"}).items():
        lines.append(f"| {name.replace('_', ' ')} | {value} |")
    kills = ", ".join(f"{count} {what}" for what, count in found.kills.items())
    return "\n".join([*lines[:2], f"| kills | {sum(found.kills.values())}: {kills} |", *lines[2:]])


def main() -> int:
    """Runs, prints and writes results/kill_DATABASE.*; exit status 1 where anything was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    given = parser.parse_args()
    wanted = ["sqlite", "postgresql"] if given.database == "both" else [given.database]
    clean = True
    for database in wanted:
        about = conditions("benchmarks.kill", PARTS)
        found = run(database, given.kills, given.workers, given.seed)
        table = f"{_table(found)}\n\nA stub scored the slides. {as_text(about)}"
        print(table, flush=True)
        write_results(f"kill_{database}", table, {"conditions": about.model_dump(), "run": found.model_dump()})
        clean = clean and found.is_clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
