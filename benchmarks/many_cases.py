"""A region's list after years: made-up open and closed cases with slides and jobs, put into a store in bulk.

Open cases are due over fifteen working days, three of them past; a fifth is flagged, a fifth still waits for the AI.
Closed ones were signed out over the two years before. Every slide has a job, that of an unread one waits. All is drawn
from a seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Engine, text

from worklist.pathways import load_pathways
from worklist.store.tables import Base

MODEL: Final = "idc-screen@1.0.0"
SEED: Final = 20_261_118
SITES: Final = ("Bispebjerg", "Herlev", "Hvidovre", "Nordsjælland", "Rigshospitalet")
KINDS: Final = (("cytology", 2), ("biopsy", 4), ("tissue", 5), ("resection", 7))
"""Specimens, and the working days that docs/worklist.md gives them."""
DUE_DAYS: Final = range(-3, 12)
"""Working days from now on which the open cases are due."""
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001
_CHUNK: Final = 20_000

COLUMNS: Final = {
    "cases": (
        *("id", "accession_number", "pathway", "pathway_name", "specimen_kind", "urgency", "received_utc"),
        *("deadline_utc", "site", "subspecialty", "added_utc", "signed_out_utc", "signed_out_by", "state"),
        *("ai_state", "flag_score"),
    ),
    "case_slides": (
        *("id", "case_id", "path", "state", "score", "flagged", "quality", "model", "scored_utc", "slide_id"),
        *("scanner", "sha256", "arrived_utc"),
    ),
    "jobs": (
        *("id", "path", "model", "state", "due_s", "attempts", "losses", "not_before_utc", "created_utc"),
        "finished_utc",
    ),
}

Row = tuple[object, ...]


@dataclass(frozen=True)
class Size:
    """How much there is."""

    open_cases: int = 100_000
    closed_cases: int = 1_000_000


def accession_number(case: int) -> str:
    """Of the case with that id."""
    return f"{20 + case % 7}-{case:07}"


def fill(engine: Engine, size: Size, now_utc: datetime) -> None:
    """Puts the cases into an empty store, and lets the database look at them; its connections are new afterwards.

    The indexes are made at the end, which is many times faster and gives the same.
    """
    rows = _rows(size, now_utc)
    indexes = [index for name in COLUMNS for index in Base.metadata.tables[name].indexes]
    _change_all(engine, [index.drop for index in indexes])
    with engine.execution_options(writes=True).connect() as connection:
        driver: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA cache_size = -400000")
            driver.execute("PRAGMA synchronous = OFF")
        while chunk := list(islice(rows, _CHUNK)):
            with connection.begin():
                for place, (table, columns) in enumerate(COLUMNS.items()):
                    told = [row for rows_of_case in chunk for row in rows_of_case[place]]
                    _put(driver, engine.dialect.name, table, columns, told)
    _change_all(engine, [index.create for index in indexes])
    if engine.dialect.name == "postgresql":  # which does so by itself, in its own time; SQLite never does
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _change_all(engine: Engine, changes: list[Callable[[Connection], None]]) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        for change in changes:
            change(connection)


def _put(driver: Any, dialect: str, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    names = ", ".join(columns)
    if dialect == "postgresql":
        driver.execute("SET LOCAL TIME ZONE 'UTC'")
        with driver.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    plain = [tuple(it.isoformat(" ", "microseconds") if type(it) is datetime else it for it in row) for row in rows]
    driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", plain)


def _rows(size: Size, now_utc: datetime) -> Iterator[tuple[list[Row], list[Row], list[Row]]]:
    """Of each case its row, its slides' and their jobs'; the closed come first, as they did."""
    table = load_pathways()
    calendar, pathways = table.calendar, list(table.pathways.items())
    rng = np.random.default_rng(SEED)
    today = calendar.local_day(now_utc)
    days = [calendar.shift_working_days(today, step) for step in range(-12, DUE_DAYS.stop)]
    # Without a zone, all in UTC: it is much faster, and the databases are told so.
    opens = [calendar.opening_utc(day).replace(tzinfo=None) for day in days]
    closes = [calendar.closing_utc(day).replace(tzinfo=None) for day in days]
    now, slide = now_utc.replace(tzinfo=None), 0
    total = size.closed_cases + size.open_cases
    for case, draw in enumerate(_draws(rng, total), start=1):
        is_open = case > size.closed_cases
        key, pathway = pathways[int(draw[0] * len(pathways))]
        kind, target = KINDS[int(draw[1] * len(KINDS))]
        due = DUE_DAYS[int(draw[2] * len(DUE_DAYS))]
        deadline = closes[due + 12]
        came = min(now, opens[min(0, due - target) + 12] + timedelta(seconds=int(draw[3] * 8 * 3600)))
        if not is_open:
            back = timedelta(days=14 + int(draw[4] * 730))
            deadline, came = deadline - back, came - back
        ai = "flagged" if draw[5] < 0.2 else "unscored" if is_open and draw[5] < 0.4 else "not flagged"
        state = "signed out" if not is_open else "scanned" if ai == "unscored" else "scored"
        score = round(0.5 + 2.5 * draw[5], 6) if ai == "flagged" else None
        signed = None if is_open else deadline - timedelta(hours=5)
        first = slide + 1
        slide += (1 if draw[6] < 0.3 else 2 if draw[6] < 0.7 else 3) if is_open else 1 + (draw[6] < 0.5)
        slides: list[Row] = []
        jobs: list[Row] = []
        due_s = (deadline - EPOCH).total_seconds()
        folder = f"/slides/{came.year}/{came.month:02}/{accession_number(case)}"
        for number in range(first, slide + 1):
            path = f"{folder}_{number - first + 1}_HE.svs"
            read = ai != "unscored"
            told: Row = (score if number == first and score else 0.1, number == first and ai == "flagged", "ok", MODEL)
            found = (*told, came) if read else (None,) * 5
            state_of_slide = "scored" if read else "unscored"
            hash_of_file = f"{number * 0x9E3779B97F4A7C15 % 2**64:064x}" if read else None
            slides.append(
                (number, case, path, state_of_slide, *found, f"S{number:08}", "scanner 3", hash_of_file, came)
            )
            ended = (0, 0, came, came, came if read else None)
            jobs.append((number, path, MODEL, "done" if read else "waiting", due_s + number % 977, *ended))
        site = SITES[case % len(SITES)]
        asked = (key, pathway.name, kind, pathway.urgency, came, deadline, site, "", came)
        end = (signed, None if is_open else "reader", state, ai, score)
        yield [(case, accession_number(case), *asked, *end)], slides, jobs


def _draws(rng: np.random.Generator, count: int) -> Iterator[list[float]]:
    """Seven numbers in [0, 1) for each case."""
    for done in range(0, count, _CHUNK):
        yield from rng.random((min(_CHUNK, count - done), 7)).tolist()
