"""The demo's department: who works there, and what has come in over its last ten working days. Made up, from a seed.

Breast cases are digital, over drawn slides; other cases are read on glass and have no slide, as in a department that
has only begun to scan. Pure: a seed, the time and the pathways in, plain data out.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from inference.phantoms.demo_set import DemoSlide
from inference.phantoms.spec import PhantomSpec
from worklist.calendar import WorkingCalendar, working_time
from worklist.cases import SpecimenKind
from worklist.pathways import PathwayTable
from worklist.people import Role

PEOPLE: Final[tuple[tuple[str, str, Role], ...]] = (
    ("itdrift", "Ida Falk", "admin"),
    ("karinv", "Karin Vest", "coordinator"),
    ("madsr", "Mads Riis", "manager"),
    ("rikket", "Rikke Toft", "researcher"),
    ("annek", "Anne Kjær", "pathologist"),
    ("birgitl", "Birgit Lund", "pathologist"),
    ("chrish", "Christian Holm", "pathologist"),
    ("ditteb", "Ditte Bech", "pathologist"),
    ("emils", "Emil Skov", "pathologist"),
)
"""Login, name and role; nobody of these exists. The first is the admin who adds the others."""

HOSPITALS: Final = ("Rigshospitalet", "Herlev Hospital", "Bispebjerg Hospital", "Hvidovre Hospital")
SITES: Final = (
    *((name, name, "Hovedstaden") for name in HOSPITALS),
    ("OUH", "Odense Universitetshospital", "Syddanmark"),
)
"""Code, name and region."""

SCANNERS: Final = ("GT450-1", "GT450-2", "S360-1")
DAYS: Final = 10
CASES: Final = 190
"""With the ten that are always there, two hundred."""
DIGITAL: Final = frozenset({0, 2, 3, 5})
"""Of every seven cases, those that are scanned: the department has only begun to."""
SOONER_ON_GLASS: Final = 0.15
"""Of cases on glass, so many more are signed out: the list that is left shows what the AI does."""
UNREAD: Final = range(0, 150, 14)
"""Of these, the slides have only just come, so that the AI has not read them."""
TO_COME: Final = frozenset({2, 5})
"""Of every seven, those whose slides come while the list is looked at, where the case is open and nothing ails it."""
BLURRED: Final = (5, 24, 44, 65, 91, 136, 161)
MARKED: Final = (7, 89, 171)
"""With a pen."""
BROKEN: Final = (47, 110)

_ON_GLASS: Final[tuple[tuple[str, str, SpecimenKind], ...]] = (
    ("melanoma", "skin", "biopsy"),
    ("routine", "skin", "biopsy"),
    ("colorectal", "gastrointestinal", "biopsy"),
    ("colorectal", "gastrointestinal", "resection"),
    ("cervix", "gynaecology", "cytology"),
    ("lung", "thorax", "biopsy"),
    ("lymphoma", "haematology", "tissue"),
)
_DIGITAL: Final[tuple[tuple[str, SpecimenKind], ...]] = (
    ("breast", "biopsy"),
    ("breast", "biopsy"),
    ("breast", "biopsy"),
    ("breast", "resection"),
    ("routine", "biopsy"),
    ("unspecific", "tissue"),
)


@dataclass(frozen=True)
class MadeUpSlide:
    """A slide that was drawn, and when it came from which scanner."""

    drawn: DemoSlide
    scanner: str
    arrived_utc: datetime


@dataclass(frozen=True)
class MadeUpCase:
    """A case, and how far people have come with it."""

    number: str
    pathway: str
    specimen: SpecimenKind
    subspecialty: str
    site: str
    received_utc: datetime
    slides: tuple[MadeUpSlide, ...]
    signed_out_utc: datetime | None
    """None while it is open."""
    coming: tuple[MadeUpSlide, ...] = ()
    """Slides that are still on the scanner by then."""


def made_up_cases(now_utc: datetime, pathways: PathwayTable, seed: int = 26) -> tuple[MadeUpCase, ...]:
    """All of them but the ten that are always there, by when they came in; nothing lies after `now_utc`."""
    rng = np.random.default_rng(seed)
    days = _working_days(now_utc, pathways.calendar)
    cases = [_case(index, days, now_utc, pathways, rng) for index in range(CASES)]
    return tuple(sorted(cases, key=lambda it: (it.received_utc, it.number)))


def _working_days(now_utc: datetime, calendar: WorkingCalendar) -> list[date]:
    """The last of them, the newest last; today only where it has been going for a while."""
    today = calendar.local_day(now_utc)
    begun = calendar.is_working_day(today) and now_utc - calendar.opening_utc(today) > timedelta(hours=2)
    last = today if begun else calendar.shift_working_days(today, -1)
    return [calendar.shift_working_days(last, -back) if back else last for back in reversed(range(DAYS))]


def _case(
    index: int, days: list[date], now_utc: datetime, pathways: PathwayTable, rng: np.random.Generator
) -> MadeUpCase:
    """The lots are drawn in the same order for every case, so that its slides are the same on every day."""
    lots = rng.random(8)
    digital = index % 7 in DIGITAL
    number = f"DEMO-{101 + index}"
    kind: SpecimenKind
    if digital:
        pathway, kind = _DIGITAL[index % len(_DIGITAL)]
        subspecialty = "breast"
    else:
        pathway, subspecialty, kind = _ON_GLASS[index // 3 % len(_ON_GLASS)]
    unread = digital and index in UNREAD
    day = days[-2] if unread else days[index % DAYS]
    received = min(pathways.calendar.opening_utc(day) + timedelta(minutes=20 + 360 * lots[0]), now_utc)
    arrived = now_utc - timedelta(minutes=3 + 15 * lots[1]) if unread else received + timedelta(hours=15 + 8 * lots[1])
    slides = _slides(index, number, arrived, lots) if digital and arrived < now_utc else ()
    likelier = 0.0 if digital else SOONER_ON_GLASS
    done = None if unread else _signed_out(pathway, kind, received, now_utc, pathways, lots, likelier)
    coming: tuple[MadeUpSlide, ...] = ()
    if slides and done is None and not unread and index % 7 in TO_COME and _is_plain(slides[0].drawn.spec):
        slides, coming = (), slides
    return MadeUpCase(number, pathway, kind, subspecialty, HOSPITALS[int(4 * lots[2])], received, slides, done, coming)


def _is_plain(spec: PhantomSpec) -> bool:
    return not (spec.nests or spec.blur or spec.pen or spec.broken)


def _signed_out(
    pathway: str,
    kind: SpecimenKind,
    received_utc: datetime,
    now_utc: datetime,
    pathways: PathwayTable,
    lots: np.ndarray[tuple[int], np.dtype[np.float64]],
    likelier: float,
) -> datetime | None:
    """When it was signed out: the likelier, the nearer its deadline; a few are late. likelier: a share on top."""
    target = pathways.target(pathway, kind).working_days
    calendar = pathways.calendar
    used = working_time(received_utc, now_utc, calendar) / (target * calendar.working_day)
    share = 0.95 if used > 1.25 else 0.9 if used > 1 else 0.6 if used > 0.6 else 0.2 if used > 0.4 else 0.0
    if lots[3] >= share + likelier * (share > 0):
        return None
    day = calendar.shift_working_days(calendar.local_day(received_utc), max(2, round((0.5 + 0.6 * lots[4]) * target)))
    wanted = calendar.opening_utc(day) + timedelta(minutes=30 + 400 * lots[5])
    latest = _last_at_work(now_utc - timedelta(hours=2), calendar) - timedelta(minutes=100 * lots[5])
    earliest = received_utc + timedelta(hours=26)
    return None if latest < earliest else min(max(wanted, earliest), latest)


def _last_at_work(instant_utc: datetime, calendar: WorkingCalendar) -> datetime:
    """The latest time until then at which somebody was at work."""
    day = calendar.local_day(instant_utc)
    if not calendar.is_working_day(day) or instant_utc < calendar.opening_utc(day):
        day = calendar.shift_working_days(day, -1)
    return min(instant_utc, calendar.closing_utc(day))


def _slides(
    index: int, number: str, arrived_utc: datetime, lots: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[MadeUpSlide, ...]:
    """One drawn section; every sixth shows nests, and a few have what slides suffer from."""
    nests = index % 6 == 3
    spec = PhantomSpec(
        seed=1000 + index,
        width_px=2688 if nests else 1152,
        height_px=2016 if nests else 864,
        nests=0.70 + 0.30 * lots[6] if nests else 0.0,
        fat=0.05 + 0.2 * lots[7],
        glands=1 if nests else 2,
        lymphocytes=index % 3,
        stain=0.85 + 0.1 * lots[7] if nests else 0.9 + 0.3 * lots[6],
        blur=index in BLURRED,
        pen=index in MARKED,
        broken=index in BROKEN,
    )
    drawn = DemoSlide(f"phantom-{number}-A1.tif", spec)
    return (MadeUpSlide(drawn, SCANNERS[index % len(SCANNERS)], arrived_utc),)


STRAYS: Final = tuple(
    DemoSlide(f"phantom-{name}.tif", PhantomSpec(seed=900 + number, width_px=1024, height_px=768))
    for number, name in enumerate(("scan-0007", "scan-0012", "DEMO-401-A1"))
)
"""Slides whose case is not known: two that say none, and one of a case that has not come."""
