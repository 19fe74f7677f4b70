"""The list's speed with 100,000 open and 1,000,000 closed cases: its pages, searches, and the claim of a job.

    python -m benchmarks.bench_store [--open 100000] [--closed 1000000] [--rounds 300] [--on sqlite postgresql]

PostgreSQL runs on this machine with its default settings, so that every change is on the disk when it is told; SQLite
as the store opens it. Pages of 50 are read under the policy that comes with Forrang; of three searches two are for a
case, open or closed, and one for a number that is not there; a claim takes one job and is written.

The open list is the app's: before each of its reads a case of it is opened by somebody and every fourth time given to a
reader, so that no read finds the list as it was. Its searches are for a case's number, for words in what the list says,
for a slide's file and for what is nowhere.
"""

import argparse
import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text, update

from benchmarks.conditions import as_text, conditions, write_results
from benchmarks.many_cases import MODEL, SEED, SITES, Size, accession_number, fill
from tests.support.postgres import PostgresServer
from worklist.jobs.queue import JobQueue
from worklist.people import Actor
from worklist.priority.chosen import Wanted
from worklist.priority.open_list import OpenList
from worklist.priority.page import first_page
from worklist.priority.policy import Policy
from worklist.settings import Settings
from worklist.site import site_policy
from worklist.store.filters import Filter
from worklist.store.store import Store
from worklist.store.tables import CaseRow

PARTS = ("forrang", "sqlalchemy", "psycopg", "numpy")
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
PAGE = 50
READER = Actor("reader", "pathologist", "benchmark")
WANTED_MS = {"ranked first page": 300.0, "search by accession number": 100.0, "claim of a job": 20.0}
"""At the 95th percentile; the task's own."""
LIST_MS, LIST_READ_MS = 100.0, 5000.0
"""Wanted of every read of the open list, so that eight users on two cores have their page in a second, and of reading
it whole, once a process. A."""


class Measured(BaseModel):
    """One operation on one database; times in ms of wall clock."""

    model_config = ConfigDict(frozen=True)

    database: str
    operation: str
    rounds: int
    median_ms: float
    p95_ms: float
    longest_ms: float
    wanted_ms: float
    cpu_ms: float
    """Median of this process's own CPU time; PostgreSQL's is not in it."""


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=Size.open_cases)
    parser.add_argument("--closed", type=int, default=Size.closed_cases)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    size = Size(arguments.open, arguments.closed)
    found = conditions("benchmarks.bench_store", PARTS)
    measured: list[Measured] = []
    kept: dict[str, str] = {}
    for database in arguments.on:
        with _database(database) as url:
            store = Store(url, lambda: NOW)
            begun = time.perf_counter()
            fill(store.engine, size, NOW)
            os.sync()  # or what filling left to be written is written during the first claims
            kept[database] = _told(store, time.perf_counter() - begun)
            measured += _measure(store, database, size, arguments.rounds)
            store.close()
    table = _table(measured, kept, size, as_text(found))
    print(table)
    record = {"conditions": found.model_dump(), "size": vars(size), "kept": kept}
    write_results("bench_store", table, record | {"measured": [it.model_dump() for it in measured]})


@contextlib.contextmanager
def _database(name: str) -> Iterator[str]:
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder, 'worklist.db')}"
    else:
        with PostgresServer() as server:
            yield server.url()


def _measure(store: Store, database: str, size: Size, rounds: int) -> Iterator[Measured]:
    policy = site_policy(Settings())
    queue = JobQueue(store, MODEL, clock=lambda: NOW)
    rng = np.random.default_rng(SEED + 1)
    all_cases = size.open_cases + size.closed_cases
    closed = rng.integers(1, size.closed_cases + 1, rounds)
    opened = rng.integers(size.closed_cases + 1, all_cases + 1, rounds)
    sought = [int((closed[it], opened[it], all_cases + 1 + it)[it % 3]) for it in range(rounds)]
    operations: dict[str, Callable[[int], object]] = {
        "ranked first page": lambda _: first_page(store, NOW, policy, PAGE),
        "search by accession number": lambda turn: store.search(accession_number(sought[turn])),
        "claim of a job": lambda turn: queue.claim(f"worker {turn % 4}", 1),
    }
    for name, operation in operations.items():
        yield _timed(database, name, rounds, operation, WANTED_MS[name])
    listed = OpenList(store)
    yield _timed(database, "open list: read whole", 5, lambda _: OpenList(store).alike(NOW), LIST_READ_MS)
    numbers = [accession_number(int(it)) for it in opened]
    for name, operation in _of_the_open_list(listed, policy, numbers, size.open_cases).items():
        yield _timed(
            database, f"open list: {name}", rounds, operation, LIST_MS, lambda it: _act(store, numbers[it], it)
        )


def _of_the_open_list(
    listed: OpenList, policy: Policy, numbers: list[str], count: int
) -> dict[str, Callable[[int], object]]:
    """By name; each is told which turn it is."""

    def page(wanted: Wanted, offset: int = 0) -> object:
        return listed.page(NOW, policy, wanted, PAGE, offset)

    flagged = frozenset({"flagged"})
    return {
        "first page": lambda _: page(Wanted()),
        "deep page": lambda turn: page(Wanted(), turn * 7919 % count),
        "last first": lambda _: page(Wanted(descending=True)),
        "sorted by site": lambda _: page(Wanted(sort="site")),
        "sorted by number, deep": lambda turn: page(Wanted(sort="number"), turn * 7919 % count),
        "filter": lambda turn: page(Wanted(Filter(sites=frozenset({SITES[turn % len(SITES)]}), ai_states=flagged))),
        "search, number": lambda turn: page(Wanted(Filter(text=numbers[turn]))),
        "search, words": lambda turn: page(Wanted(Filter(text=f"{SITES[turn % len(SITES)].lower()} bryst"))),
        "search, slide": lambda turn: page(Wanted(Filter(text=f"{numbers[turn]}_1_he.svs"))),
        "search, nowhere": lambda _: page(Wanted(Filter(text="nowhere"))),
        "a case's place": lambda turn: listed.place(numbers[turn], NOW, policy),
        "counts by kind": lambda _: listed.alike(NOW),
    }


def _act(store: Store, number: str, turn: int) -> None:
    """What somebody does in between; not timed."""
    details = {"to": READER.name} if turn % 4 == 0 else None
    with store.acting(READER, "assign" if details else "see case", number, details) as session:
        if details:
            session.execute(update(CaseRow).where(CaseRow.accession_number == number).values(assigned_to=READER.name))


def _timed(
    database: str,
    name: str,
    rounds: int,
    operation: Callable[[int], object],
    wanted_ms: float,
    before: Callable[[int], object] = lambda _: None,
) -> Measured:
    before(0)
    operation(0)
    wall, cpu = np.empty(rounds), np.empty(rounds)
    for turn in range(rounds):
        before(turn)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        operation(turn)
        wall[turn], cpu[turn] = time.perf_counter() - begun, time.process_time() - begun_cpu
    return Measured(
        database=database,
        operation=name,
        rounds=rounds,
        median_ms=round(float(np.median(wall)) * 1e3, 2),
        p95_ms=round(float(np.percentile(wall, 95)) * 1e3, 2),
        longest_ms=round(float(wall.max()) * 1e3, 2),
        wanted_ms=wanted_ms,
        cpu_ms=round(float(np.median(cpu)) * 1e3, 2),
    )


def _told(store: Store, seconds: float) -> str:
    """The database's version, what it holds, and how long filling it took."""
    with store.reading() as session:
        counts = {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("cases", "case_slides", "jobs")
        }
        waiting = session.scalar(text("SELECT count(*) FROM jobs WHERE state = 'waiting'"))
        if store.engine.dialect.name == "sqlite":
            version = f"SQLite {sqlite3.sqlite_version}, journal mode {session.scalar(text('PRAGMA journal_mode'))}"
        else:
            version = (
                f"PostgreSQL {session.scalar(text('SHOW server_version'))}, fsync {session.scalar(text('SHOW fsync'))}"
            )
    rows = ", ".join(f"{count:,} {name.replace('case_', '')}" for name, count in counts.items())
    return f"{version}: {rows} ({waiting:,} waiting); filled in {seconds:.0f} s"


def _table(measured: list[Measured], kept: dict[str, str], size: Size, footnote: str) -> str:
    lines = [
        f"# The list with {size.open_cases:,} open and {size.closed_cases:,} closed cases",
        "",
        "| database | operation | rounds | median ms | p95 ms | longest ms | wanted p95 ms | held | own CPU ms |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    for it in measured:
        held = "yes" if it.p95_ms <= it.wanted_ms else "**no**"
        times = f"{it.median_ms:.1f} | {it.p95_ms:.1f} | {it.longest_ms:.1f} | {it.wanted_ms:.0f}"
        lines.append(f"| {it.database} | {it.operation} | {it.rounds} | {times} | {held} | {it.cpu_ms:.1f} |")
    return "\n".join([*lines, "", *(f"- {told}" for told in kept.values()), "", footnote])


if __name__ == "__main__":
    main()
