"""The demo's first cases: made up, over phantom slides or a user's own, taken in through CSV like any others.

Nothing here is a patient's: numbers, pathways, times and sites are demo values, and the numbers say so.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import make_url

from inference.phantoms.demo_set import DEMO_SLIDES, DemoSlide
from inference.results import SlideResult
from worklist.calendar import WorkingCalendar
from worklist.cases import SpecimenKind
from worklist.demo.days import LAST_ROUND, Clock, Days
from worklist.demo.department import STRAYS, made_up_cases
from worklist.demo.machines import count_actions, fill_disk
from worklist.intake.case_table import COLUMNS, Intake, read_cases
from worklist.pathways import PathwayTable, load_pathways
from worklist.people import command_line
from worklist.store.store import Store

DEMO_CSV = "demo-cases.csv"
PHANTOMS = "phantoms"
"""Where a demo's home keeps its slides."""

Draw = Callable[[Path, Sequence[DemoSlide]], object]
"""Draws slides into a folder."""
Score = Callable[[Sequence[Path]], Mapping[Path, SlideResult]]
"""Has slides read."""

_SQLITE_FILES = ("", "-journal", "-wal", "-shm")
"""What SQLite may leave beside a database; it would replay another one's into a new one."""


@dataclass(frozen=True)
class DemoCase:
    """A made-up case: its time of receipt is told in working days before the demo starts."""

    accession_number: str
    pathway: str
    specimen: SpecimenKind
    days_ago: int
    """0 is shortly before the demo starts."""
    site: str
    subspecialty: str
    slides: tuple[str, ...]
    """Paths of slides, relative to the CSV's folder or absolute."""


PHANTOM_CASES = (
    DemoCase("DEMO-01", "breast", "biopsy", 5, "Rigshospitalet", "breast", ("phantom-01.tif",)),
    DemoCase("DEMO-02", "breast", "biopsy", 4, "Rigshospitalet", "breast", ("phantom-02.tif",)),
    DemoCase("DEMO-03", "breast", "biopsy", 3, "Herlev Hospital", "breast", ("phantom-03.tif",)),
    DemoCase("DEMO-04", "breast", "biopsy", 2, "Bispebjerg Hospital", "breast", ("phantom-04.tif",)),
    DemoCase("DEMO-05", "breast", "resection", 4, "Hvidovre Hospital", "breast", ("phantom-05.tif", "phantom-06.tif")),
    DemoCase("DEMO-06", "breast", "resection", 3, "Herlev Hospital", "breast", ("phantom-07.tif", "phantom-08.tif")),
    DemoCase("DEMO-07", "unspecific", "tissue", 1, "Bispebjerg Hospital", "breast", ("phantom-09.tif",)),
    DemoCase("DEMO-08", "breast", "resection", 2, "Rigshospitalet", "breast", ("phantom-10.tif",)),
    DemoCase("DEMO-09", "breast", "biopsy", 0, "Herlev Hospital", "breast", ("phantom-11.tif",)),
    DemoCase("DEMO-10", "routine", "biopsy", 1, "Hvidovre Hospital", "breast", ("phantom-12.tif",)),
)
"""Ten cases of the Capital Region's hospitals over the twelve phantom slides: breast tissue, as the model is for."""

_TURNS: tuple[tuple[str, SpecimenKind, int], ...] = (
    ("breast", "biopsy", 3),
    ("lung", "biopsy", 2),
    ("colorectal", "resection", 4),
    ("breast", "resection", 2),
    ("routine", "biopsy", 1),
)
"""Pathway, specimen and working days since receipt that a user's own slides get in turn."""


def cases_for_slides(slides: Sequence[Path]) -> tuple[DemoCase, ...]:
    """One made-up case for each of a user's own slides, numbered after the file; each slide once."""
    cases: dict[str, DemoCase] = {}
    for turn, slide in enumerate(dict.fromkeys(path.absolute() for path in slides)):
        pathway, specimen, days_ago = _TURNS[turn % len(_TURNS)]
        number = _free_number(f"DEMO-{slide.stem}"[:60], cases)
        cases[number] = DemoCase(number, pathway, specimen, days_ago, "demo site", "demo values", (str(slide),))
    return tuple(cases.values())


def write_demo_csv(folder: Path, cases: Sequence[DemoCase], now_utc: datetime, pathways: PathwayTable) -> Path:
    """Writes the cases to `folder` as a department's system would hand them over; returns the file."""
    path = folder / DEMO_CSV
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for case in cases:
            received = _received(case.days_ago, now_utc, pathways.calendar)
            told = (received.strftime("%d-%m-%Y %H:%M"), case.site, case.subspecialty, "|".join(case.slides))
            writer.writerow((case.accession_number, case.pathway, case.specimen, *told))
    return path


def start_demo(url: str, folder: Path, slides: Sequence[Path] | None = None) -> Store:
    """A new list at `url` with the demo's cases, received shortly before now; one of an earlier demo gives way.

    folder: where the phantom slides are, and where the demo's CSV goes; slides: a user's own, in place of them.
    Raises StoreError. `url` is a SQLite file of the demo's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _begin_anew(url)
    store = Store.open(url)
    store.add_cases(demo_intake(folder, store.now(), load_pathways(), slides).cases, command_line())
    return store


def start_department(url: str, home: Path, model: str, draw: Draw, score: Score, now_utc: datetime) -> Store:
    """A new list at `url` with two hundred cases in all their states, and two weeks behind them.

    home: the demo's own, whose `phantoms` get the slides. model: name@version of what scores. now_utc: until when it
    is lived; slides that are still to come then are left to `worklist.demo.later`. Raises StoreError.
    """
    now, pathways, folder = now_utc, load_pathways(), home / PHANTOMS
    cases = made_up_cases(now, pathways)
    came = [slide for case in cases for slide in case.slides]
    draw(folder, [*DEMO_SLIDES, *STRAYS, *(slide.drawn for slide in came)])
    read = [slide.drawn for slide in came if slide.arrived_utc < now - LAST_ROUND]
    results = score([folder / slide.name for slide in (*DEMO_SLIDES, *read)])
    _begin_anew(url)
    clock = Clock(now)
    store = Store(url, clock)
    first = demo_intake(folder, now, pathways).cases
    Days(store, clock, pathways, home, folder, results, model).live(cases, first, now)
    count_actions(store, pathways.calendar, now)
    fill_disk(store, now)
    store.close()
    return Store.open(url)


def _begin_anew(url: str) -> None:
    database = make_url(url).database or ""
    for rest in _SQLITE_FILES:
        Path(database + rest).unlink(missing_ok=True)


def demo_intake(
    folder: Path, now_utc: datetime, pathways: PathwayTable, slides: Sequence[Path] | None = None
) -> Intake:
    """Makes the demo's file of cases in `folder` and reads it the way every file of cases is read.

    `slides` are a user's own; without them the cases stand over the phantom slides in `folder`.
    """
    cases = PHANTOM_CASES if slides is None else cases_for_slides(slides)
    return read_cases(write_demo_csv(folder, cases, now_utc, pathways), pathways, now_utc)


def _received(days_ago: int, now_utc: datetime, calendar: WorkingCalendar) -> datetime:
    """A time of receipt on the site's own clock."""
    if days_ago == 0:
        return (now_utc - timedelta(minutes=40)).astimezone(calendar.zone)
    day = calendar.shift_working_days(calendar.local_day(now_utc), -days_ago)
    return datetime.combine(day, time(9, 15), calendar.zone)


def _free_number(wanted: str, taken: dict[str, DemoCase]) -> str:
    number, copy = wanted, 2
    while number in taken:
        number, copy = f"{wanted}-{copy}", copy + 1
    return number
