"""A department in the middle of its work: things to see to, slides that wait, faults, response times and full disks."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from tests.support.people import SYSTEM, person
from worklist.cases import Case, CaseSlide
from worklist.reading.rescan import ask_rescan
from worklist.store.store import Store
from worklist.store.tables import (
    ActionHourRow,
    ActionMonthRow,
    JobRow,
    SlideRow,
    StorageDayRow,
    UnmatchedSlideRow,
    WorkerRow,
)
from worklist.watching.operations import raise_operation

GB = 10**9
MODEL = "idc-screen@1.0.0"
MARKUP = "<b>26-9</b>*.svs"
"""A file's name as somebody with bad intent would choose it."""
FAULTS = (
    ("failed", "{}: the file is cut short; copy it again"),
    ("rejected", "rescan: 72% of the tissue is out of focus"),
    ("rejected", "pen covers 64% of the tissue and what is near it: wipe the slide and rescan"),
)


def fill_department(store: Store, days: int = 30) -> None:
    """Fills an empty store; the same each time, but for the store's clock."""
    now = store.now()
    rng = np.random.default_rng(7)
    _cases(store, now, days, rng)
    with store.writing() as session:
        for number, state in enumerate(("waiting",) * 14 + ("leased",) * 2 + ("dead",) * 3 + ("cancelled",)):
            age = timedelta(hours=float(rng.uniform(0, 30)))
            reason = "the reader crashed (SIGSEGV); copy the file again" if state == "dead" else None
            job = JobRow(path=f"/slides/26-77{number:02}.svs", model=MODEL, state=state, due_s=now.timestamp())
            job.attempts, job.losses, job.reason = (4 if state == "dead" else 0), 0, reason
            job.not_before_utc, job.created_utc = now, now - age
            session.add(job)
        for name, seen in (("lab-2:4711", 10), ("lab-2:4712", 4000)):
            worker = WorkerRow(name=name, model=MODEL, started_utc=now - timedelta(days=2), draining=False)
            worker.seen_utc = now - timedelta(seconds=seen)
            session.add(worker)
        for name, names in (("26-000900_1.svs", "26-000900"), ("label 010190-1234.svs", None), (MARKUP, None)):
            row = UnmatchedSlideRow(path=f"/scans/{name}", accession_number=names, reason=f"no case holds {name}")
            row.arrived_utc = now - timedelta(hours=5)
            session.add(row)
        raise_operation(session, "unknown site", "XYZ", "Order from site XYZ: add the site, or mend the order.", now)
        raise_operation(
            session, "dead job", "26-7716.svs", "26-7716.svs was given up: mend its cause, then retry.", now
        )
        raise_operation(
            session, "dead job", "26-7716.svs", "26-7716.svs was given up: mend its cause, then retry.", now
        )
        raise_operation(session, "drift", MODEL, "Week of 2026-11-16: score, gt450-2: PSI 0.31 on 840 slides.", now)
        _times(session, now, rng)
        for back in range(days):
            day = (now - timedelta(days=back)).date()
            used = (8200 - 110 * back) * GB
            for place, size, free in (("lab-2:/mnt/slides", used, 12000 * GB - used), ("the list", used // 2000, None)):
                session.add(StorageDayRow(day=day, place=place, used_bytes=size, free_bytes=free))
    ask_rescan(store, person("anna", "pathologist"), "26-000001", "26-000001_1.svs", "out of focus")


def _cases(store: Store, now: datetime, days: int, rng: np.random.Generator) -> None:
    made, arrivals = [], {}
    for number in range(1, 8 * days):
        back = timedelta(days=number // 8, hours=float(rng.uniform(0, 9)))
        slides = tuple(CaseSlide(path=Path(f"/slides/26-{number:06}_{it}.svs")) for it in (1, 2))
        told = {"accession_number": f"26-{number:06}", "pathway": "breast", "pathway_name": "Breast", "slides": slides}
        times = {"received_utc": now - back, "deadline_utc": now + timedelta(days=4)}
        made.append(Case.model_validate(told | times))
        arrivals |= {str(it.path): now - back for it in slides}
    store.add_cases(made, SYSTEM)
    with store.writing() as session:
        for place, row in enumerate(session.query(SlideRow).order_by(SlideRow.id)):
            row.arrived_utc, row.scanner = arrivals[row.path], f"gt450-{1 + place % 3}" if place % 10 else None
            row.state = "scored" if place > 30 else "unscored"
            if place % 23 == 0:
                row.state, reason = FAULTS[place % 3]
                row.reason = reason.format(Path(row.path).name)
            done = row.arrived_utc + timedelta(minutes=20)
            if row.state == "scored":
                job = JobRow(path=row.path, model=MODEL, state="done", due_s=0, attempts=0, losses=0)
                job.not_before_utc, job.created_utc, job.finished_utc = row.arrived_utc, row.arrived_utc, done
                job.stamp = f"{int(rng.uniform(0.6, 1.8) * GB)}-1"
                session.add(job)


def _times(session: object, now: datetime, rng: np.random.Generator) -> None:
    months: dict[tuple[str, str], list[int]] = {}
    rows = []
    for back in range(24 * 70):
        hour = (now - timedelta(hours=back)).replace(minute=0, second=0, microsecond=0)
        if not 6 <= hour.hour <= 17:
            continue
        for action, mean in (("standard", 300), ("search", 60), ("data-heavy", 25), ("login", 12)):
            count = int(rng.poisson(mean))
            late = int(rng.binomial(count, 0.03 if hour.hour == 8 and action == "standard" else 0.002))
            rows.append(ActionHourRow(hour_utc=hour, action=action, actions=count, within=count - late))
            rows[-1].longest_s = float(rng.uniform(4, 16)) if late else 1.2
            of = months.setdefault((f"{hour:%Y-%m}", action), [0, 0])
            of[0], of[1] = of[0] + count, of[1] + count - late
    rows += [ActionMonthRow(month=it[0], action=it[1], actions=n, within=ok) for it, (n, ok) in months.items()]  # type: ignore[misc]
    session.add_all(rows)  # type: ignore[attr-defined]
