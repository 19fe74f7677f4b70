"""The demo's cases walk the same way as any others, on any day of the week."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.phantoms.demo_set import DEMO_SLIDES
from tests.support.people import SYSTEM
from worklist.demo.start import PHANTOM_CASES, cases_for_slides, demo_intake
from worklist.pathways import load_pathways
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.store.store import Store

TABLE = load_pathways()
WEEK = [datetime(2026, 11, 16, 0, 10, tzinfo=UTC) + timedelta(days=day, hours=3 * day) for day in range(7)]


@pytest.fixture
def phantoms(tmp_path: Path) -> Path:
    for case in PHANTOM_CASES:
        for name in case.slides:
            (tmp_path / name).write_bytes(b"stands for a phantom slide")
    return tmp_path


@pytest.mark.parametrize("now", [*WEEK, datetime(2026, 12, 24, 12, tzinfo=UTC)])
def test_ten_phantom_cases_of_twelve_slides_come_in_without_a_word(phantoms: Path, now: datetime) -> None:
    told = demo_intake(phantoms, now, TABLE)
    assert told.problems == ()
    assert len(told.cases) == 10
    assert len({slide.path for case in told.cases for slide in case.slides}) == 12
    assert all(slide.state == "unscored" for case in told.cases for slide in case.slides)
    assert all(case.received_utc <= now for case in told.cases)


def test_the_cases_stand_over_exactly_the_phantoms_that_the_demo_draws() -> None:
    assert sorted(name for case in PHANTOM_CASES for name in case.slides) == [it.name for it in DEMO_SLIDES]


def test_the_demos_list_shows_what_a_list_has_to_show(phantoms: Path) -> None:
    now = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
    ranked = rank(demo_intake(phantoms, now, TABLE).cases, now, Policy())
    assert ranked[0].overdue
    assert any(it.protected and not it.overdue for it in ranked)
    assert sum(not it.protected for it in ranked) >= 6
    assert len({it.case.site for it in ranked}) == 4


def test_a_users_own_slides_become_one_case_each_whatever_their_names(tmp_path: Path) -> None:
    slides = [tmp_path / name for name in ("æ ø å.svs", "b;c|d.svs", "one/CMU-1.svs", "two/CMU-1.svs")]
    for slide in slides:
        slide.parent.mkdir(exist_ok=True)
        slide.write_bytes(b"slide")
    told = demo_intake(tmp_path, WEEK[0], TABLE, [*slides, slides[0]])
    assert told.problems == ()
    assert [case.slides[0].path for case in told.cases] == slides
    assert [case.accession_number for case in told.cases] == [
        "DEMO-æ ø å",
        "DEMO-b;c|d",
        "DEMO-CMU-1",
        "DEMO-CMU-1-2",
    ]
    assert {case.subspecialty for case in told.cases} == {"demo values"}
    assert all(case.slides[0].startswith("/") for case in cases_for_slides(slides))


def test_the_demos_cases_fill_a_store(phantoms: Path) -> None:
    store = Store(f"sqlite:///{phantoms / 'worklist.db'}", clock=lambda: WEEK[2])
    added = store.add_cases(demo_intake(phantoms, WEEK[2], TABLE).cases, SYSTEM)
    assert (added.new, added.conflicts) == (10, ())
