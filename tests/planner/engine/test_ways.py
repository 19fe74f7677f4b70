"""The reference engine on small days reckoned by hand: splits and joins, delays, loops, backlog, and how a run ends."""

import numpy as np
import pytest

from planner.engine.draws import FOR_CHILD, FOR_TIME, draw_key, next_key, sample
from planner.engine.reference import simulate_reference
from planner.engine.tables import AI_FLAGGED, DONE, TOO_MANY_EVENTS
from tests.support.planner_days import MINUTE, a_day, minutes, people

SLIDES = {"does": "split", "into": "slide", "count": {"kind": "fixed", "value": 3}, "next": "scan"}
TOGETHER = {"does": "join", "of": "slides", "next": "read"}


def laboratory(scanners: int = 1, **steps: object) -> dict[str, object]:
    """A case is prepared, falls into three slides, which are scanned, and is read."""
    return {
        "prepare": {"needs": "technician", "time": minutes(5), "next": "slides"},
        "slides": SLIDES,
        "scan": {"needs": "scanner", "time": minutes(10), "next": "together"},
        "together": TOGETHER,
        "read": {"needs": "technician", "time": minutes(2), "per_slide": minutes(1), "next": "end"},
        **steps,
    }


RESOURCES = {"technician": people(5), "scanner": people()}


def test_a_case_has_behind_it_the_way_of_the_part_that_came_last() -> None:
    day = a_day(laboratory(), [0], RESOURCES)
    assert day.done == [5 + 3 * 10 + 5]
    assert day.wait("scan") == [20]
    assert day.work("scan") == [10]
    assert day.work("read") == [5]
    assert day.outcome.case_slides.tolist() == [3]
    assert day.outcome.slides_made.sum() == 3
    assert day.outcome.case_wait.sum() + day.outcome.case_work.sum() == 40 * MINUTE


def test_parts_of_parts_are_joined_from_within() -> None:
    steps = {
        "blocks": {"does": "split", "into": "block", "count": {"kind": "fixed", "value": 2}, "next": "cut"},
        "cut": {"needs": "technician", "time": minutes(5), "next": "slides"},
        "slides": SLIDES,
        "scan": {"needs": "scanner", "time": minutes(10), "next": "together"},
        "together": {"does": "join", "of": "slides", "next": "stack"},
        "stack": {"needs": "technician", "time": minutes(1), "per_slide": minutes(1), "next": "all"},
        "all": {"does": "join", "of": "blocks", "next": "read"},
        "read": {"needs": "technician", "time": minutes(0), "per_slide": minutes(1), "next": "end"},
    }
    day = a_day(steps, [0], RESOURCES)
    assert [minute for minute, _ in day.story("stack", "start")] == [5 + 30, 5 + 60]
    assert day.work("stack") == [1 + 3]
    assert day.work("read") == [6]
    assert day.done == [5 + 60 + 4 + 6]
    assert day.outcome.case_slides.tolist() == [6]
    assert day.outcome.case_wait.sum() + day.outcome.case_work.sum() == day.done[0] * MINUTE


def test_a_whole_is_where_its_last_part_is() -> None:
    steps = laboratory(
        scan={"does": "delay", "time": minutes(10), "to_site": "south", "next": "together"},
        read={"needs": "reader", "time": minutes(1), "next": "end"},
    )
    resources = {"technician": people(5), "reader": {"units": [{"site": "south"}]}}
    day = a_day(steps, [0], resources, sites={"main": {}, "south": {}})
    assert day.done == [16]


def test_a_delay_leaves_at_the_next_departure_and_one_that_has_none_stays() -> None:
    steps = {
        "courier": {
            "does": "delay",
            "departures": {"at": {"daily": ["10:00", "16:00"]}},
            "time": minutes(30),
            "trip": True,
            "next": "end",
        }
    }
    day = a_day(steps, [540, 600, 601, 961], {"reader": people()})
    assert day.done[:3] == [630, 630, 990]
    assert day.outcome.case_done[3] == -1
    assert day.wait("courier") == [60, 0, 359, 0]
    assert day.work("courier") == [30, 30, 30, 0]
    assert day.outcome.trips.sum() == 4


def test_each_round_of_a_loop_and_each_part_has_draws_of_its_own() -> None:
    span = {"kind": "uniform", "low": 1, "high": 60}
    steps = {
        "slides": {"does": "split", "into": "slide", "count": {"kind": "fixed", "value": 2}, "next": "scan"},
        "scan": {"needs": "scanner", "time": span, "next": [{"to": "scan", "share": 0.7}, {"to": "together"}]},
        "together": {"does": "join", "of": "slides", "next": "end"},
    }
    day = a_day(steps, [0], {"scanner": people(2)})
    tables = day.compiled.tables
    split, scan = (int(key) for key in tables.step_activity[:2])
    row = int(tables.step_time[1, 0])
    part = draw_key(int(day.futures.case_key[0]), split, 0, FOR_CHILD)
    rounds = 0
    for _ in range(2):
        part = next_key(part)
        mine = [row.tolist() for row in day.outcome.trace if row[4] == np.uint64(part).astype(np.int64)]
        starts = [ms for ms, what, *_ in mine if what == 1]
        ends = [ms for ms, what, *_ in mine if what == 2]
        for come_round, (start, end) in enumerate(zip(starts, ends, strict=True)):
            key = draw_key(part, scan, come_round, FOR_TIME)
            a, b = float(tables.dist_a[row]), float(tables.dist_b[row])
            assert end - start == int(sample(int(tables.dist_kind[row]), a, b, 0.0, tables.pool, key) + 0.5)
            rounds += 1
    assert rounds > 2


def test_open_cases_from_inside_splits_are_split_on_the_way() -> None:
    backlog = [{"stream": "routine", "step": "scan", "count": 2, "received_hours_ago": [5, 30], "flagged": True}]
    day = a_day(laboratory(), [600], RESOURCES, backlog=backlog)
    assert day.futures.case_received[:2].tolist() == [-5 * 60 * MINUTE, -30 * 60 * MINUTE]
    assert day.story("prepare", "stay") == [(600, "stay")]
    assert len(day.story("scan", "stay")) == 9
    assert day.done == [30 + 5, 60 + 5, 640]
    assert day.outcome.case_slides.tolist() == [3, 3, 3]
    assert day.futures.case_ai_now.tolist() == [AI_FLAGGED, AI_FLAGGED, 0]


def test_a_run_stops_at_its_most_events_and_says_so() -> None:
    day = a_day(laboratory(), [0, 10, 20], RESOURCES)
    assert day.outcome.status == DONE
    stopped = simulate_reference(day.compiled.tables, day.futures, 12, trace=False)
    assert (stopped.status, stopped.events) == (TOO_MANY_EVENTS, 12)
    enough = simulate_reference(day.compiled.tables, day.futures, day.outcome.events, trace=False)
    assert enough.status == DONE
    assert len(enough.trace) == 0


@pytest.mark.parametrize("count", [1, 7])
def test_events_are_shifts_gates_cases_and_what_was_scheduled(count: int) -> None:
    day = a_day(laboratory(), [0] * count, RESOURCES)
    assert day.outcome.events == 6 + count * (1 + 1 + 3 + 1)
