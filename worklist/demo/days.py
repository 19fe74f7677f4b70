"""The demo's last two weeks, lived through in the order in which they happened, by the acts of people and machines.

Every act is the app's own, done at its own time by somebody who may do it; so the audit trail holds as it would.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from inference.phantoms.spec import PhantomSpec
from inference.phantoms.truth import nests
from inference.results import SlideResult
from models.account import account_name
from worklist.cases import Case
from worklist.demo.department import HOSPITALS, PEOPLE, SITES, STRAYS, MadeUpCase, MadeUpSlide
from worklist.intake.apply import apply_order, apply_slide
from worklist.intake.events import Order, OrderedSpecimen, SlideArrival
from worklist.jobs.filling import queue_new
from worklist.jobs.finding import finding, stamp
from worklist.jobs.queue import JobQueue
from worklist.pathways import PathwayTable
from worklist.people import Actor, Role
from worklist.reading.assignment import assign
from worklist.reading.reading import reopen, start_reading, write_note
from worklist.reading.rescan import RescanReason, ask_rescan, rescans
from worklist.reading.second_opinion import Question, answer, ask, opinions
from worklist.reading.urgent import mark_urgent
from worklist.reading.verdict import Reading, give_verdict
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person, add_site, person
from worklist.watching.operations import close_operation, open_operations

LIS: Final = Actor("lis demo", "system", "hl7 demo")
SCANNER: Final = Actor("scanner demo", "system", "watch demo")
WORKER: Final = Actor("worker demo", "system", "worker")
COORDINATOR: Final = Actor("karinv", "coordinator", "app demo")
READERS: Final = tuple(login for login, _, role in PEOPLE if role == "pathologist")
ROUND: Final = timedelta(minutes=20)
"""How often the worker looks for slides."""
LAST_ROUND: Final = timedelta(minutes=25)
FIRST_CASES: Final = timedelta(minutes=35)
"""How long ago the ten that are always there came in."""

REOPENED: Final = 23
"""Of so many cases that were read, one is opened again."""
CANCELLED: Final = 43
"""Of so many open cases, one order is taken back."""
IN_VAIN: Final = 2
"""Of so many that the AI flagged, readers find one not to invade."""
IN_SITU: Final = "In situ only, no invasion."

REASONS: Final = ("Svaret mangler receptorstatus.", "Klinikken beder om måling af resektionsranden.")
NOTES: Final = (
    "Klinikken ringer: konferencen er flyttet til torsdag.",
    "Supplerende snit bestilt på blok A1.",
    "Kort præparat, men tilstrækkeligt.",
    "Prior biopsy from the other breast was benign.",
)


class Clock:
    """What time it is in the demo's past."""

    def __init__(self, now_utc: datetime) -> None:
        self.now_utc = now_utc

    def __call__(self) -> datetime:
        """The time at which the present act is done."""
        return self.now_utc


@dataclass
class Days:
    """What is needed to live through them."""

    store: Store
    """That tells its time by `clock`."""
    clock: Clock
    pathways: PathwayTable
    home: Path
    slides: Path
    """Folder of the drawn slides."""
    results: Mapping[Path, SlideResult]
    """Of every slide that the AI has read by now."""
    model: str
    _acts: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)

    def live(self, cases: tuple[MadeUpCase, ...], first: tuple[Case, ...], now_utc: datetime) -> None:
        """Lives through them until `now_utc`. first: the cases that are always there. Raises StoreError."""
        begins = min([case.received_utc for case in cases], default=now_utc) - timedelta(hours=1)
        self._at(begins, self._people)
        self._at(now_utc - FIRST_CASES, lambda: self.store.add_cases(first, LIS))
        for number, case in enumerate(cases):
            self._case(number, case, now_utc)
        for number, stray in enumerate(STRAYS):
            self._at(now_utc - timedelta(hours=3 + 20 * number), partial(self._stray, stray.name))
        for instant in self._rounds(cases, now_utc):
            self._at(instant, self._read_what_waits)
        for instant, _, act in sorted(self._acts, key=lambda it: it[:2]):
            self.clock.now_utc = instant
            act()
        self.clock.now_utc = now_utc

    def _at(self, instant: datetime, act: Callable[[], object]) -> None:
        self._acts.append((instant, len(self._acts), act))

    def _people(self) -> None:
        (login, name, _), *others = PEOPLE
        add_first_admin(self.store, account_name(), login, name)
        admin = _who(login)
        for code, title, region in SITES:
            add_site(self.store, admin, code, title, region)
        for number, (login, name, role) in enumerate(others):
            add_person(self.store, admin, login, name, role, HOSPITALS[number % len(HOSPITALS)])
        if person(self.store, account_name()) is None:
            add_person(self.store, admin, account_name(), account_name(), "pathologist")

    def _case(self, number: int, case: MadeUpCase, now_utc: datetime) -> None:
        self._at(case.received_utc, lambda: self._order(case))
        for slide in case.slides:
            self._at(slide.arrived_utc, partial(arrive, self.store, self.slides, case, slide))
        if case.signed_out_utc is not None:
            self._read(number, case, case.signed_out_utc, now_utc)
        else:
            self._open(number, case, now_utc)
        self._wish(case, now_utc)

    def _read(self, number: int, case: MadeUpCase, done_utc: datetime, now_utc: datetime) -> None:
        """A case that was read to its end; a few were opened again."""
        reader = _who(READERS[number % len(READERS)])
        self._at(done_utc - timedelta(minutes=90), lambda: assign(self.store, COORDINATOR, case.number, reader.name))
        self._at(done_utc - timedelta(minutes=40), lambda: start_reading(self.store, reader, case.number))
        if number % 17 == 0:
            other = READERS[(number + 1) % len(READERS)]
            self._at(
                done_utc - timedelta(minutes=30),
                lambda: self._ask(case, reader, Question("person", other, "digital", "Do you agree?")),
            )
            self._at(done_utc - timedelta(minutes=18), lambda: self._agree(case, _who(other)))
        self._at(done_utc - timedelta(minutes=5), lambda: self._judge(case, reader))
        self._at(done_utc, lambda: self.store.sign_out(case.number, reader))
        calendar = self.pathways.calendar
        next_day = calendar.shift_working_days(calendar.local_day(done_utc), 1)
        again_utc = calendar.opening_utc(next_day) + timedelta(minutes=15 + number * 53 % 430)
        if number % REOPENED == 5 and again_utc < now_utc:
            why = REASONS[number % len(REASONS)]
            self._at(again_utc, lambda: reopen(self.store, COORDINATOR, case.number, why))

    def _open(self, number: int, case: MadeUpCase, now_utc: datetime) -> None:
        """A case that somebody has, or will have; what was done to it was done since its order came."""
        when = self._between(case.received_utc, now_utc, number)
        lately = max(now_utc - timedelta(minutes=100 + number % 60), case.received_utc + timedelta(minutes=5))
        reader = _who(READERS[number % len(READERS)])
        if number % 9 == 0:
            reader = _who(account_name())
        if number % 3 == 0:
            self._at(when, lambda: assign(self.store, COORDINATOR, case.number, reader.name))
        if number % 12 == 0:
            self._at(when + timedelta(minutes=9), lambda: start_reading(self.store, reader, case.number))
        if number % 24 == 0:
            question = Question("site", "OUH", "post", "Lobular or ductal?")
            self._at(when + timedelta(minutes=17), lambda: self._ask(case, reader, question))
        if number % 17 == 3:
            why = "Operation i morgen"
            self._at(lately, lambda: mark_urgent(self.store, COORDINATOR, case.number, why, self.pathways.calendar))
        if number % 11 == 2:
            words = NOTES[number // 11 % len(NOTES)]
            self._at(when, lambda: write_note(self.store, COORDINATOR, case.number, words))
        if number % CANCELLED == 4:
            self._at(when, lambda: self._cancel(case))

    def _wish(self, case: MadeUpCase, now_utc: datetime) -> None:
        """A slide that is no good is asked for again within hours; for the older ones, the laboratory has done it."""
        for slide in case.slides:
            spec, name = slide.drawn.spec, slide.drawn.name
            if not (spec.blur or spec.pen or spec.broken):
                continue
            reason: RescanReason = "out of focus" if spec.blur else "dirt or pen" if spec.pen else "file damaged"
            asked_utc = slide.arrived_utc + timedelta(minutes=50 + spec.seed % 90)
            if asked_utc >= min(now_utc, case.signed_out_utc or now_utc) - timedelta(minutes=95):
                continue
            self._at(asked_utc, partial(ask_rescan, self.store, COORDINATOR, case.number, name, reason))
            done_utc = asked_utc + timedelta(hours=20 + spec.seed % 9)
            if case.signed_out_utc is not None and done_utc < now_utc:
                self._at(done_utc, lambda: self._scanned_again(case))

    def _scanned_again(self, case: MadeUpCase) -> None:
        asked = {it.id for it in rescans(self.store, case.number, only_open=True)}
        for it in open_operations(self.store, ["rescan"]):
            if asked and f"Case {case.number}," in it.text:
                close_operation(self.store, COORDINATOR, it.id)

    def _between(self, came_utc: datetime, now_utc: datetime, number: int) -> datetime:
        """Some time since the case came, within opening hours where there were any."""
        wished = came_utc + (now_utc - came_utc) * (number * 37 % 90 / 100)
        calendar = self.pathways.calendar
        on_the_day = calendar.opening_utc(calendar.local_day(wished)) + timedelta(minutes=15 + number * 53 % 430)
        latest = now_utc - timedelta(minutes=25)
        return max(min(on_the_day, latest), came_utc + timedelta(minutes=5))

    def _order(self, case: MadeUpCase) -> None:
        order = Order(
            action="new",
            source="LIS demo",
            message_id=f"order-{case.number}",
            sent_utc=case.received_utc,
            order_number=f"R-{case.number}",
            accession_number=case.number,
            pathway=case.pathway,
            specimens=(OrderedSpecimen(number="A", kind=case.specimen),),
            received_utc=case.received_utc,
            site=case.site,
            subspecialty=case.subspecialty,
            patient_id=SecretStr(f"nobody {case.number}"),
        )
        apply_order(self.store, order, self.pathways, LIS, self.home)

    def _cancel(self, case: MadeUpCase) -> None:
        order = Order(
            action="cancel",
            source="LIS demo",
            message_id=f"cancelled-{case.number}",
            sent_utc=self.store.now(),
            order_number=f"R-{case.number}",
            accession_number=case.number,
        )
        apply_order(self.store, order, self.pathways, LIS, self.home)

    def _stray(self, name: str) -> None:
        number = name.removeprefix("phantom-").rpartition("-")[0] if "DEMO" in name else None
        _come(self.store, self.slides / name, accession_number=number)

    def _rounds(self, cases: tuple[MadeUpCase, ...], now_utc: datetime) -> Iterator[datetime]:
        """The times at which the worker finds something to do."""
        last = now_utc - LAST_ROUND
        came = [slide.arrived_utc for case in cases for slide in case.slides]
        yield from sorted({last - (last - it) // ROUND * ROUND for it in came if it < last} | {last})

    def _read_what_waits(self) -> None:
        queue = JobQueue(self.store, self.model)
        queue_new(queue)
        for lease in queue.claim(WORKER.name, len(self.results)):
            slide = finding(lease.path, self.results[lease.path])
            slide = slide.model_copy(update={"scored_utc": self.store.now()})
            told = queue.fail if slide.state == "failed" else queue.finish
            told(replace(lease, stamp=stamp(lease.path)), slide, WORKER)

    def _judge(self, case: MadeUpCase, reader: Actor) -> None:
        for slide in case.slides:
            drawn = slide.drawn
            path = str(self.slides / drawn.name)
            if drawn.spec.broken or drawn.spec.blur:
                give_verdict(self.store, reader, case.number, path, "not assessable")
                continue
            said = self._said(drawn.spec, path)
            seen = nests(drawn.spec) if said == "positive" else []
            whole = _whole(drawn.spec.width_px, drawn.spec.height_px)
            regions = {"type": "FeatureCollection", "features": seen or [whole]}
            comment = IN_SITU if drawn.spec.nests and not seen else ""
            give_verdict(self.store, reader, case.number, path, said, regions=regions, comment=comment)

    def _said(self, spec: PhantomSpec, path: str) -> Reading:
        """What a reader says: nests are carcinoma, but some of what the AI flagged did not invade after all."""
        if not spec.nests:
            return "negative"
        result = self.results.get(Path(path))
        flagged = result is not None and bool(result.flagged)
        return "negative" if flagged and spec.seed // 6 % IN_VAIN == 0 else "positive"

    def _ask(self, case: MadeUpCase, reader: Actor, question: Question) -> None:
        ask(self.store, reader, case.number, question, self.pathways.calendar)

    def _agree(self, case: MadeUpCase, other: Actor) -> None:
        (asked,) = opinions(self.store, case.number)
        answer(self.store, other, asked.id, "", agrees=True)


def arrive(store: Store, folder: Path, case: MadeUpCase, slide: MadeUpSlide) -> None:
    """A slide of a case is there, in the folder where slides are drawn. Raises StoreError."""
    told = {"accession_number": case.number, "slide_id": f"{case.number}-A1", "block": "A1", "stain": "HE"}
    _come(store, folder / slide.drawn.name, scanner=slide.scanner, **told)


def _come(store: Store, path: Path, **told: str | None) -> None:
    arrival = SlideArrival.model_validate({"path": path, "source": "folder scans", "arrived_utc": store.now(), **told})
    apply_slide(store, arrival, SCANNER)


def _who(login: str) -> Actor:
    roles: dict[str, Role] = {name: role for name, _, role in PEOPLE}
    return Actor(login, roles.get(login, "pathologist"), "app demo")


def _whole(width_px: int, height_px: int) -> dict[str, Any]:
    """Everything on the slide, read as negative."""
    corners = [[0, 0], [width_px, 0], [width_px, height_px], [0, height_px], [0, 0]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [corners]},
        "properties": {"classification": {"name": "negative"}},
    }
