"""What `forrang doctor` says of a list in use: database, clock, jobs, workers, audit trail, and the site's key."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from models.checkup import Finding
from worklist.errors import SiteKeyError
from worklist.jobs.desk import SEEN_WITHIN, job_counts, slides_waiting
from worklist.jobs.job import JobState, Rules
from worklist.settings import Settings
from worklist.store.database import journal_mode
from worklist.store.inventory import clock_difference_s, take_inventory
from worklist.store.store import Store
from worklist.store.tables import AuditRow, CaseRow, FactRow, JobRow, WorkerRow
from worklist.trail.against_cases import against_cases
from worklist.trail.chain import START
from worklist.trail.site_key import FINGERPRINT, KEY_NAME, confirm_site_key

CLOCK_LIMIT_S: Final = 5.0
"""Two clocks of one department differ by less. A."""
OLDEST_POSTGRESQL: Final = 14
"""Versions are mended for five years (P: postgresql.org, Versioning Policy); 13 ended in November 2025."""


def check_list(store: Store, settings: Settings) -> Iterator[Finding]:
    """Everything that can be said of a store that opened. Raises StoreError."""
    found = take_inventory(store)
    with store.reading() as session:
        opened = session.scalar(select(func.count()).select_from(CaseRow).where(CaseRow.signed_out_utc.is_(None)))
    size = f"schema {found.revision}, {found.bytes / 2**20:.0f} MiB"
    yield Finding("store", "ok", f"{found.url}: {opened} open cases of {found.rows['cases']}; {size}")
    yield _journal(found.journal_mode) if found.journal_mode else _server(found.database)
    yield from _clock(store)
    waiting = slides_waiting(store)
    yield from _jobs(store, waiting)
    yield _workers(store, waiting)
    yield _trail(store, found.audit_number, found.audit_hash)
    yield from _trail_against_cases(store, found.rows["cases"])
    yield _key(store, settings)


def _journal(mode: str) -> Finding:
    """The journal mode that the file is in, which is not always the one that Forrang asks for."""
    wanted = journal_mode(sqlite3.sqlite_version_info)
    found = f"{sqlite3.sqlite_version}, journal mode {mode}"
    if mode == wanted:
        return Finding("sqlite", "ok", found)
    return Finding("sqlite", "warn", f"{found}, not {wanted}: stop all that uses the list, and start it again")


def _server(database: str) -> Finding:
    major = int(database.split()[1].split(".")[0])
    if major < OLDEST_POSTGRESQL:
        return Finding("postgresql", "warn", f"{database} gets no repairs any more: use {OLDEST_POSTGRESQL} or newer")
    return Finding("postgresql", "ok", database)


def _clock(store: Store) -> Iterator[Finding]:
    ahead = clock_difference_s(store)
    if ahead is None:
        return
    told = f"the database's is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    if abs(ahead) <= CLOCK_LIMIT_S:
        yield Finding("clock", "ok", told)
    else:
        yield Finding("clock", "warn", f"{told}: set both by a time server (NTP), since deadlines depend on them")


def _jobs(store: Store, waiting: int) -> Iterator[Finding]:
    counts: Counter[JobState] = job_counts(store)
    told = ", ".join([f"{waiting} waiting", *(f"{counts[state]} {state}" for state in ("leased", "done", "dead"))])
    with store.reading() as session:
        long_ago = store.now() - timedelta(seconds=Rules().lease_s)
        wanted = select(func.count()).select_from(JobRow)
        stuck = session.scalar(wanted.where(JobRow.state == "leased", JobRow.lease_until_utc < long_ago)) or 0
    if counts["dead"]:
        yield Finding("jobs", "warn", f"{told}: see why with `forrang jobs list --state dead`, then retry them")
    else:
        yield Finding("jobs", "ok", told)
    if stuck:
        yield Finding("jobs", "warn", f"{stuck} belong to workers that are gone; any worker that runs takes them over")


def _workers(store: Store, waiting: int) -> Finding:
    with store.reading() as session:
        rows = session.execute(select(WorkerRow.name, WorkerRow.seen_utc).order_by(WorkerRow.seen_utc.desc())).all()
        now = store.now()
    alive = [row.name for row in rows if now - row.seen_utc <= SEEN_WITHIN]
    if alive:
        return Finding("workers", "ok", f"{len(alive)} at work: {', '.join(alive)}")
    last = f"the last, {rows[0].name}, was seen at {rows[0].seen_utc:%Y-%m-%d %H:%M} UTC" if rows else "none was seen"
    if waiting:
        return Finding("workers", "warn", f"none at work, slides waiting: {waiting} ({last}): `forrang worker --stay`")
    return Finding("workers", "ok", f"none at work, slides waiting: 0 ({last})")


def _trail(store: Store, number: int, newest: str) -> Finding:
    with store.reading() as session:
        kept = session.execute(select(AuditRow.number, AuditRow.hash).order_by(AuditRow.number.desc()).limit(1)).first()
    if (tuple(kept) if kept else (0, START)) == (number, newest):
        return Finding("audit", "ok", f"{number} rows, head {number}:{newest}; `forrang audit verify` checks each link")
    return Finding("audit", "bad", f"the newest row is not the head, {number}: rows were changed; see a backup")


def _trail_against_cases(store: Store, cases: int) -> Iterator[Finding]:
    found = against_cases(store)
    todo = "keep the database as it is, and compare it with its backups"
    told = {
        "came in by the trail and not in the store": found.lost,
        "signed out without such an act on the trail": found.unsigned,
        "in the store without an act that brought it in": found.unexplained,
    }
    wrong = [f"{words}: {those}" for words, those in told.items() if those.count]
    if wrong:
        yield Finding("audit", "bad", f"trail and cases disagree: {'; '.join(wrong)}: {todo}")
        return
    old = f"; of {found.too_old} that came before its first row it says nothing" if found.too_old else ""
    yield Finding("audit", "ok", f"the trail fits the {cases} cases{old}")


def _key(store: Store, settings: Settings) -> Finding:
    place = settings.site_key_file or settings.home_folder / KEY_NAME
    with store.reading() as session:
        is_used = session.get(FactRow, FINGERPRINT) is not None
        if not place.exists():
            if is_used:
                return Finding("site key", "bad", f"{place} is missing: restore it, or patients' cases fall apart")
            return Finding("site key", "ok", f"none yet at {place}; made when it is first needed")
        try:
            if is_used:
                confirm_site_key(session, settings.home_folder)
        except SiteKeyError as error:
            return Finding("site key", "bad", str(error))
    if place.stat().st_mode & 0o077:
        return Finding("site key", "warn", f"{place} can be read by others: chmod 600 {place}")
    return Finding("site key", "ok", f"{place}; keep a copy of it apart from the backups")
