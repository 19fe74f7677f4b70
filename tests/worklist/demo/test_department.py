"""The demo's department: the same slides on every day, nothing from the future, and days that can be lived through."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.phantoms.truth import nests
from inference.results import SlideResult, Status
from tests.support.scorers import stub_result
from worklist.demo import days, department
from worklist.demo.days import LAST_ROUND, Clock, Days
from worklist.demo.department import PEOPLE, STRAYS, UNREAD, MadeUpCase, made_up_cases
from worklist.pathways import load_pathways
from worklist.reading.reading import notes_of
from worklist.reading.rescan import rescans
from worklist.reading.second_opinion import opinions
from worklist.reading.verdict import verdicts
from worklist.store.store import Store
from worklist.trail.directory import people
from worklist.trail.verify import verify

TABLE = load_pathways()
SUNDAY = datetime(2026, 11, 22, 18, 10, tzinfo=UTC)
WEEK = [datetime(2026, 11, 16, 0, 10, tzinfo=UTC) + timedelta(days=day, hours=3 * day) for day in range(7)]


def results_of(cases: tuple[MadeUpCase, ...], folder: Path, now: datetime) -> Mapping[Path, SlideResult]:
    told = {}
    for case in cases:
        for slide in case.slides:
            if slide.arrived_utc < now - LAST_ROUND:
                spec, name = slide.drawn.spec, slide.drawn.name
                status: Status = "failed" if spec.broken else "rejected" if spec.blur else "scored"
                reason = None if status == "scored" else f"{name}: look at it"
                told[folder / name] = stub_result(name, status=status, score=0.6 * spec.nests, reason=reason)
    return told


def live(folder: Path, now: datetime) -> Store:
    cases = made_up_cases(now, TABLE)
    for case in cases:
        for slide in case.slides:
            (folder / slide.drawn.name).write_bytes(b"stands for a phantom slide")
    clock = Clock(now)
    store = Store(f"sqlite:///{folder / 'demo.db'}", clock)
    Days(store, clock, TABLE, folder, folder, results_of(cases, folder, now), "idc-screen@1.0.0").live(cases, (), now)
    return store


@pytest.mark.parametrize("now", [*WEEK, datetime(2026, 12, 24, 12, tzinfo=UTC)])
def test_nothing_lies_in_the_future_and_every_case_has_its_own_number_and_slides(now: datetime) -> None:
    cases = made_up_cases(now, TABLE)
    assert len({case.number for case in cases}) == department.CASES
    slides = [slide for case in cases for slide in case.slides]
    assert len({slide.drawn.name for slide in slides}) == len(slides)
    assert all(case.received_utc <= now for case in cases)
    assert all(slide.arrived_utc < now for slide in slides)
    assert all(case.received_utc < case.signed_out_utc < now for case in cases if case.signed_out_utc)
    by_chance = 3
    assert 8 <= sum(slide.arrived_utc > now - LAST_ROUND for slide in slides) <= len(UNREAD) + by_chance
    assert not any(case.slides or case.signed_out_utc for case in cases if case.coming)


def test_a_slide_is_drawn_the_same_on_every_day_so_that_it_is_drawn_once() -> None:
    drawn = defaultdict(set)
    for now in WEEK:
        for case in made_up_cases(now, TABLE):
            for slide in case.slides:
                drawn[slide.drawn.name].add(slide.drawn.spec)
    assert all(len(specs) == 1 for specs in drawn.values())


@pytest.mark.parametrize("now", [WEEK[0], WEEK[4]])
def test_any_day_can_be_lived_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(department, "CASES", 30)
    monkeypatch.setattr(days, "nests", lambda _spec: [])
    store = live(tmp_path, now)
    assert len(store.cases(include_signed_out=True)) == 30
    store.close()


def test_the_list_has_cases_in_all_their_states_and_a_trail_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "nests", lambda _spec: [])
    store = live(tmp_path, SUNDAY)
    cases = store.cases(include_signed_out=True)
    states = Counter(case.state for case in cases)
    assert len(cases) == department.CASES
    assert {"received", "scanned", "scored", "rejected", "assigned", "in reading", "second opinion"} < states.keys()
    assert 70 < states["signed out"] < 120
    open_ai = Counter(case.ai_state for case in cases if case.is_open)
    assert {"flagged", "not flagged", "unscored", "no slides"} <= open_ai.keys()
    assert "failed" in {case.ai_state for case in cases}
    assert any(case.urgent_by for case in cases)
    assert {login for login, _, _ in PEOPLE} < {person.login for person in people(store)}
    assert any(case.order_cancelled_utc for case in cases)
    assert {it.discord for it in verdicts(store)} >= {"AI did not flag, reader positive", "AI flagged, reader negative"}
    assert any(it.is_open for it in rescans(store))
    assert any(not it.is_open for it in rescans(store))
    assert any("Reopened" in note.text for case in cases for note in notes_of(store, case.accession_number))
    assert len({note.at_utc.date() for case in cases for note in notes_of(store, case.accession_number)}) > 2
    assert len(verdicts(store)) > 40
    assert any(not it.is_open for it in opinions(store))
    assert verify(store).rows > 700
    store.close()


def test_the_outline_of_nests_lies_on_the_slide_and_a_benign_section_has_none() -> None:
    spec = next(
        slide.drawn.spec for case in made_up_cases(SUNDAY, TABLE) for slide in case.slides if slide.drawn.spec.nests
    )
    small = spec.model_copy(update={"width_px": 1024, "height_px": 768})
    (outline, *_) = nests(small)
    assert outline["properties"]["classification"]["name"] == "positive"
    xs, ys = zip(*outline["geometry"]["coordinates"][0], strict=True)
    assert min(xs + ys) >= 0
    assert max(xs) <= small.width_px
    assert max(ys) <= small.height_px
    assert nests(STRAYS[0].spec) == []
