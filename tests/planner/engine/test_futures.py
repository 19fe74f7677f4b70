"""A replication's futures are in the order that the engines rely on, complete, and the same for the same seed."""

import gc
import weakref

import numpy as np

from planner.calendar import calendar_of
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures, rostered_ms
from planner.engine.tables import HOUR_MS, Futures, Ints
from planner.scenario.scenario import Scenario
from tests.support.planner_futures import CLOCK_BACK, crew, department, drawn, stream

MIXED: dict[str, object] = {
    "unit": {"count": 4, "absence": 0.1, "full_time": 0.8},
    "more_units": [{"name": "m", "count": 3}, {"name": "n", "site": "other", "roster": "roster"}],
    "sites": {"main": {}, "other": {}},
    "resource": {"downtime": {"mean_hours_between": 50, "mean_hours_down": 5}},
    "arrivals": [stream("one", 700), stream("two", 700, site="other")],
}
NIGHTS = {"hours": {"mon-fri": "22:15-06:00", "sat": "08:00-20:00"}, "breaks": {"mon-fri": "23:30-24:00"}}


def mixed() -> Scenario:
    """People and machines at two sites over the end of summer time."""
    return crew(NIGHTS, **{**MIXED, **CLOCK_BACK, "days": 20})


def test_the_columns_are_as_long_as_each_other_and_in_order() -> None:
    compiled, f = drawn(mixed())
    assert {len(getattr(f, name)) for name in Futures._fields if name.startswith("case_")} == {len(f.case_key)}
    narrow = dict.fromkeys(("case_stream", "case_site", "case_step"), np.int32)
    narrow |= dict.fromkeys(("case_ai", "case_ai_now", "case_diseased"), np.int8)
    for name in Futures._fields[1:]:
        wanted = np.uint64 if name == "case_key" else narrow.get(name, np.int64)
        assert getattr(f, name).dtype == wanted, name
    assert f.horizon == calendar_of(compiled.scenario).horizon
    assert (np.diff(f.case_release) >= 0).all()
    assert f.case_release.max() <= f.horizon
    order = list(zip(f.shift_at.tolist(), f.shift_on.tolist(), f.shift_server.tolist(), strict=True))
    assert order == sorted(order)
    assert set(f.case_site.tolist()) == {0, 1}


def test_a_server_begins_and_ends_in_turn_and_within_the_time() -> None:
    compiled, f = drawn(mixed())
    assert f.shift_at.min() >= 0
    assert f.shift_at.max() < f.horizon
    for server in range(len(compiled.servers)):
        mine = f.shift_server == server
        assert (f.shift_on[mine] == np.arange(mine.sum()) % 2 ^ 1).all()
        assert (np.diff(f.shift_at[mine]) > 0).all()


def test_rostered_time_by_hour_is_what_counting_the_servers_on_shift_gives() -> None:
    compiled, f = drawn(mixed())
    found = rostered_ms(compiled, f)
    expected = np.zeros((len(compiled.groups), -(-f.horizon // HOUR_MS)), np.int64)
    for server, group in enumerate(compiled.tables.server_group):
        at = f.shift_at[f.shift_server == server].tolist()
        edges = at if len(at) % 2 == 0 else [*at, f.horizon]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            for hour in range(start // HOUR_MS, -(-end // HOUR_MS)):
                expected[group, hour] += min(end, (hour + 1) * HOUR_MS) - max(start, hour * HOUR_MS)
    assert found.tolist() == expected.tolist()


def test_the_same_seed_gives_the_same_future_in_whatever_order_they_are_drawn() -> None:
    compiled = compile_scenario(mixed())
    later, first = draw_futures(compiled, 7, 1), draw_futures(compiled, 7, 0)
    again = draw_futures(compile_scenario(mixed()), 7, 1)
    for name, column in later._asdict().items():
        assert np.array_equal(column, getattr(again, name)), name
    assert not np.array_equal(later.case_key, first.case_key)


def test_what_is_made_ready_for_a_scenario_goes_with_it() -> None:
    compiled, _ = drawn(department())
    gone = weakref.ref(compiled)
    del compiled
    gc.collect()
    assert gone() is None


def gates(scenario: Scenario) -> tuple[Ints, Ints]:
    _, futures = drawn(scenario)
    return futures.gate_at, futures.gate_station


def test_gates_open_at_the_named_moments_for_every_line_of_the_step() -> None:
    at, station = gates(
        department(
            days=7,
            start="2026-03-30",
            sites={"main": {}, "other": {}},
            arrivals=[stream("one"), stream("two", site="other")],
            resources={"person": {"units": [{}, {"site": "other"}]}},
            steps={
                "work": {"needs": "person", "starts": {"at": {"mon-fri": ["08:00", "16:30"]}}, "next": "more"},
                "more": {"needs": "person", "next": "end"},
            },
        )
    )
    expected = [24 * day + hour for day in range(3) for hour in (8, 16.5)]
    assert (at / HOUR_MS).tolist() == [hour for hour in expected for _ in range(2)]
    assert station.tolist() == [0, 1] * 6


def test_no_gates_where_no_step_waits_for_moments() -> None:
    at, station = gates(department())
    assert at.tolist() == station.tolist() == []
