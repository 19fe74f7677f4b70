"""A department's day in some minutes: everything that comes in must end on the list, once, in the right state.

    python -m benchmarks.day [--cases 1600] [--slides 6500] [--workers 4] [--database postgresql|sqlite] [--seed 1]

Orders come over HL7 (MLLP, three senders on real sockets), slides as files in a watched folder, in random order, some
twice and 3 of 100 bad; `benchmarks.day_script` tells which. Only the model is a stand-in, for this run alone: it opens
each slide's file and draws the score from its bytes (`benchmarks.day_scorer`). Waiting is shortened: a file counts as
written when it was quiet for 2 s and is given up after 6 s, and a slide is tried twice. PostgreSQL has its default
settings. Exit status 1 where anything was lost, doubled, or in a wrong state.
"""

import argparse
import json
import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from benchmarks.conditions import as_text, conditions, write_results
from benchmarks.day_scorer import FixedScorer, score_of
from benchmarks.day_script import Day, Message, SlideFile, content, draw_day, pictures
from tests.support.postgres import PostgresServer
from worklist.cases import Case
from worklist.errors import TrailError
from worklist.intake.hl7.client import Hl7Client
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.receive import Receiver
from worklist.intake.hl7.server import serve_hl7
from worklist.intake.names import compiled
from worklist.intake.watch.completeness import Patience
from worklist.intake.watch.folder import FolderWatch
from worklist.intake.watch.inspection import InspectionProcess
from worklist.jobs.job import Rules
from worklist.jobs.worker import Manner, Worker
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.service import end_on_sigterm
from worklist.store.store import Store
from worklist.store.tables import AuditRow, JobRow, OperationRow, SlideRow, UnmatchedSlideRow
from worklist.trail.verify import verify

PARTS = ("forrang", "sqlalchemy", "psycopg", "hl7", "openslide-bin")
SENDERS = 3
PATIENCE = Patience(quiet_s=2, give_up_s=6)
RULES = Rules(tries=2, first_retry_s=1, longest_retry_s=2)
LOOK_EVERY_S = 1.0
END_LIMIT_S = 5400


class Outcome(BaseModel):
    """What came in, and what the list has at the end of the day."""

    model_config = ConfigDict(frozen=True)

    database: str
    workers: int
    seconds: float
    orders: int
    orders_sent_again: int
    orders_cancelled: int
    messages_not_accepted: int
    slides: int
    slides_bad: int
    slides_sent_again_under_another_name: int
    files_without_a_case: int
    cases_on_the_list: int
    states: dict[str, int]
    cases_lost: int
    cases_double: int
    cases_in_a_wrong_state: int
    cancellations_not_marked: int
    slides_lost: int
    slides_double: int
    slides_in_a_wrong_state: int
    results_double: int
    files_not_on_the_unmatched_list: int
    jobs: dict[str, int]
    operations: dict[str, int]
    """What a person is asked to look at."""
    audit_rows: int
    audit_chain: str

    @property
    def is_clean(self) -> bool:
        """Whether all is where it should be."""
        wrong = self.cases_lost + self.cases_double + self.cases_in_a_wrong_state + self.cancellations_not_marked
        wrong += self.slides_lost + self.slides_double + self.slides_in_a_wrong_state + self.results_double
        wrong += self.files_not_on_the_unmatched_list + self.messages_not_accepted
        return wrong == 0 and self.audit_chain == "holds"


def main() -> int:
    """Runs the day, prints and writes results/day.*."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1600)
    parser.add_argument("--slides", type=int, default=6500)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    end_on_sigterm()
    about = conditions("benchmarks.day", PARTS)
    rng = np.random.default_rng(given.seed)
    day = draw_day(given.cases, given.slides, rng, datetime.now(UTC))
    outcome = run(day, given.database, given.workers, rng)
    table = f"{_table(outcome)}\n\nA fixed stand-in scored the slides. {as_text(about)}"
    print(table)
    write_results("day", table, {"conditions": about.model_dump(), "outcome": outcome.model_dump()})
    return 0 if outcome.is_clean else 1


def run(day: Day, database: str, workers: int, rng: np.random.Generator) -> Outcome:
    """The whole day on a new store."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["FORRANG_HOME"] = str(home)
        server = stack.enter_context(PostgresServer()) if database == "postgresql" else None
        url = server.url() if server else f"sqlite:///{home / 'worklist.db'}"
        store = Store(url)
        stack.callback(store.close)
        folder = home / "scanner"
        folder.mkdir()
        began = time.monotonic()
        with _processes(url, folder, home, workers):
            refused = _send_all(day.events(rng), store, folder, home, rng)
            _wait_for_the_end(store, day)
        seconds = round(time.monotonic() - began, 1)
        return _look_over(store, day, refused, database, workers, seconds)


@contextmanager
def _processes(url: str, folder: Path, home: Path, workers: int) -> Iterator[None]:
    """The watch and the workers, each a process of its own; stopped in good order at the end."""
    spawning = multiprocessing.get_context("spawn")
    started: list[SpawnProcess] = [spawning.Process(target=_watch, args=(url, folder, home / "watch.log"))]
    started += [spawning.Process(target=_work, args=(url, home / f"worker-{it}.log")) for it in range(workers)]
    for process in started:
        process.start()
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join()


def _watch(url: str, folder: Path, log: Path) -> None:
    stopped = _stops_on_sigterm(log)
    patterns = compiled()
    inspector = InspectionProcess(patterns)
    actor = Actor("folder watch", "system", "benchmark")
    watched = FolderWatch(Store(url), [folder], patterns, actor, inspector, PATIENCE)
    while not stopped.is_set():
        watched.look()
        stopped.wait(LOOK_EVERY_S)
    inspector.close()


def _work(url: str, log: Path) -> None:
    stopped = _stops_on_sigterm(log)
    worker = Worker(Store(url), FixedScorer, Manner(stay=True, again=False, rules=RULES, poll_s=1.0, grace_s=5))

    def stop_when_told() -> None:
        stopped.wait()
        worker.stop()

    threading.Thread(target=stop_when_told, daemon=True).start()
    worker.prepare()
    worker.run()


def _stops_on_sigterm(log: Path) -> threading.Event:
    """What this process says goes to a file, and SIGTERM sets the event."""
    stopped = threading.Event()
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    return stopped


def _send_all(
    events: Iterable[SlideFile | Message], store: Store, folder: Path, home: Path, rng: np.random.Generator
) -> int:
    """Writes the files and sends the messages; returns how many messages were not accepted."""
    messages: queue.Queue[Message | None] = queue.Queue(maxsize=10)
    refused: list[str] = []
    receiver = Receiver(store, load_pathways(), Mapping(), home)
    with (home / "hl7.log").open("w", encoding="utf-8") as log:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        with serve_hl7(0, "127.0.0.1", receiver) as port:
            senders = [threading.Thread(target=_send, args=(port, messages, refused)) for _ in range(SENDERS)]
            for sender in senders:
                sender.start()
            (home / "pictures").mkdir()
            of_slides = pictures(home / "pictures", rng)
            for event in events:
                if isinstance(event, Message):
                    messages.put(event)
                else:
                    _write(event, folder, of_slides)
            for _ in senders:
                messages.put(None)
            for sender in senders:
                sender.join()
        structlog.reset_defaults()
    return len(refused)


def _send(port: int, messages: "queue.Queue[Message | None]", refused: list[str]) -> None:
    with Hl7Client("127.0.0.1", port, timeout_s=120) as client:
        while (message := messages.get()) is not None:
            reply = client.send(message.text)
            if not reply.accepted:
                refused.append(message.case)


def _write(slide: SlideFile, folder: Path, of_slides: list[bytes]) -> None:
    """As scanners do: every other file straight under its name, the rest under another that is changed at the end."""
    under = folder / slide.name
    place = under if int(slide.mark) % 2 else folder / f"{slide.name}.part"
    with place.open("wb") as file:
        for piece in content(slide, of_slides):
            file.write(piece)
            file.flush()
    place.rename(under)


def _wait_for_the_end(store: Store, day: Day) -> None:
    """Until every slide is in and read; longer than the limit shows as lost or in a wrong state."""
    until, last = time.monotonic() + END_LIMIT_S, -1
    wanted = len(day.slides) + len(day.strays)
    while time.monotonic() < until:
        with store.reading() as session:
            unread = session.scalar(select(func.count()).select_from(SlideRow).where(SlideRow.state == "unscored")) or 0
            known = session.scalar(select(func.count()).select_from(SlideRow)) or 0
            waits = UnmatchedSlideRow.matched_utc.is_(None)
            known += session.scalar(select(func.count()).select_from(UnmatchedSlideRow).where(waits)) or 0
            active = JobRow.state.in_(("waiting", "leased"))
            jobs = session.scalar(select(func.count()).select_from(JobRow).where(active)) or 0
        if known != last:
            print(
                f"\r{known} of {wanted} slides in, {unread} unread, {jobs} jobs", end="  ", flush=True, file=sys.stderr
            )
            last = known
        if known >= wanted and not unread and not jobs:
            break
        time.sleep(2)
    time.sleep(PATIENCE.give_up_s + 3 * LOOK_EVERY_S)  # what should not come in, would come now
    print(file=sys.stderr)


def _look_over(store: Store, day: Day, refused: int, database: str, workers: int, seconds: float) -> Outcome:
    cases = store.cases(include_signed_out=True)
    by_number = {it.accession_number: it for it in cases}
    expected = day.cases
    with store.reading() as session:
        waiting = session.scalars(select(UnmatchedSlideRow.path).where(UnmatchedSlideRow.matched_utc.is_(None))).all()
        told = session.execute(select(AuditRow.details).where(AuditRow.act == "record finding")).scalars()
        results = Counter(it["slide"] for it in map(json.loads, told) if it["state"] == "scored")
        jobs = _counted(session.execute(select(JobRow.state, func.count()).group_by(JobRow.state)).all())
        open_ones = select(OperationRow.kind, func.count()).where(OperationRow.closed_utc.is_(None))
        operations = _counted(session.execute(open_ones.group_by(OperationRow.kind)).all())
    mark_of = {it.name: it.mark for it in (*day.slides, *day.copies, *day.strays)}
    found = {number: Counter(mark_of[it.path.name] for it in case.slides) for number, case in by_number.items()}
    wanted = {number: {slide.mark for slide in slides} for number, slides in expected.items()}
    stray_names = {slide.name for slide in day.strays}
    try:
        chain, rows = "holds", verify(store).rows
    except TrailError as error:
        chain, rows = str(error), 0
    cancelled = {it.case for it in day.cancels}
    unmarked = [
        it.accession_number
        for it in cases
        if (it.order_cancelled_utc is not None) != (it.accession_number in cancelled)
    ]
    wrong = [
        it
        for it, slides in expected.items()
        if it in by_number
        and by_number[it].state != ("scored" if all(slide.kind == "good" for slide in slides) else "failed")
    ]
    twice = [row for row, count in results.items() if count > 1]
    for what, which in (("not marked as cancelled", unmarked), ("in a wrong state", wrong), ("scored twice", twice)):
        if which:
            print(f"{what}: {which[:10]}", file=sys.stderr)
    return Outcome(
        database=database,
        workers=workers,
        seconds=seconds,
        orders=len(day.orders),
        orders_sent_again=len(day.repeated),
        orders_cancelled=len(day.cancels),
        messages_not_accepted=refused,
        slides=len(day.slides),
        slides_bad=sum(it.kind != "good" for it in day.slides),
        slides_sent_again_under_another_name=len(day.copies),
        files_without_a_case=len(day.strays),
        cases_on_the_list=sum(it.is_open for it in cases),
        states=dict(Counter(it.state for it in cases)),
        cases_lost=sum(number not in by_number or not by_number[number].is_open for number in expected),
        cases_double=len(cases) - len(by_number) + len(by_number.keys() - expected.keys()),
        cases_in_a_wrong_state=len(wrong),
        cancellations_not_marked=len(unmarked),
        slides_lost=sum(len(marks - set(found.get(number, ()))) for number, marks in wanted.items()),
        slides_double=sum(it - 1 for marks in found.values() for it in marks.values()),
        slides_in_a_wrong_state=sum(
            _wrong_slides(by_number[it], slides, mark_of) for it, slides in expected.items() if it in by_number
        ),
        results_double=len(twice),
        files_not_on_the_unmatched_list=len(stray_names ^ {Path(it).name for it in waiting}),
        jobs=jobs,
        operations=operations,
        audit_rows=rows,
        audit_chain=chain,
    )


def _wrong_slides(case: Case, expected: list[SlideFile], mark_of: dict[str, str]) -> int:
    """Slides of the case that are not what their file says: scored by its bytes, or failed with a reason."""
    kinds = {it.mark: it.kind for it in expected}
    wrong = 0
    for slide in case.slides:
        if kinds.get(mark_of[slide.path.name]) == "good":
            wrong += slide.state != "scored" or slide.score != score_of(slide.path.read_bytes())
        else:
            wrong += slide.state != "failed" or not slide.reason
    return wrong


def _counted(rows: Iterable[Any]) -> dict[str, int]:
    return {str(name): int(count) for name, count in sorted(rows)}


def _table(found: Outcome) -> str:
    lines = ["# A day at the department", "", "| what | how many |", "| --- | --- |"]
    for name, value in found.model_dump().items():
        told = ", ".join(f"{count} {what}" for what, count in value.items()) if isinstance(value, dict) else value
        lines.append(f"| {name.replace('_', ' ')} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
