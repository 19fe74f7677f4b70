"""What the engines are told is what the scenario says."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from planner.engine import draws
from planner.engine.compile import UNBOUNDED, UNBOUNDED_AI, compile_scenario
from planner.engine.compiled import Compiled, Group, Station
from planner.engine.distributions import DistributionTable
from planner.engine.tables import AI_FAILED, AI_FLAGGED, AI_UNFLAGGED, AI_UNKNOWN, BY_DEADLINE, NEVER, SIGNED_OUT
from planner.errors import ScenarioError
from planner.scenario.load import change
from planner.scenario.quantities import Count, Duration, mean_ms
from tests.support.planner_scenarios import single_queue, small_lab


def row(compiled: Compiled, table: str, at: int) -> list[int]:
    """A row of a table that is kept as lists."""
    first = getattr(compiled.tables, f"{table}_first")
    return list(getattr(compiled.tables, table)[first[at] : first[at + 1]])


def test_lines_groups_and_servers_are_named_in_the_order_of_the_file():
    compiled = compile_scenario(small_lab())
    assert compiled.stations[:2] == (Station("reception", "north", ""), Station("reception", "south", ""))
    assert compiled.stations[-2:] == (Station("reading", "north", "skin"), Station("reading", "north", "breast"))
    assert compiled.groups[:2] == (Group("technician", "north"), Group("technician", "south"))
    assert len(compiled.servers) == 5 + 2 + 2 + 3
    assert compiled.stages[0] == "laboratory"
    assert "specimens" not in compiled.stages, "a split takes no time"


def test_every_thing_has_a_line_where_it_can_come_and_no_other():
    compiled = compile_scenario(small_lab())
    tables = compiled.tables
    north, south = (compiled.sites.index(site) for site in ("north", "south"))
    scanning, cut_up = (compiled.steps.index(step) for step in ("scanning", "cut-up"))
    assert (tables.step_station[scanning, south] == -1).all()
    assert len(set(tables.step_station[scanning, north])) == 1
    assert tables.step_station[cut_up, south].tolist()[0] == -1
    for step, site, stream in np.argwhere(tables.step_station >= 0):
        station = compiled.stations[tables.step_station[step, site, stream]]
        assert (station.step, station.site) == (compiled.steps[step], compiled.sites[site])
        assert station.subspecialty in ("", compiled.scenario.arrivals[stream].subspecialty)


def test_who_serves_a_line_and_how_near_it_is_to_them():
    compiled = compile_scenario(small_lab())
    names = [compiled.scenario.resources[one.resource].units[one.unit].name for one in compiled.servers]
    station = compiled.stations.index(Station("reading", "north", "skin"))
    first = compiled.tables.lead_first[station]
    ranks = {
        names[server]: int(compiled.tables.lead_rank[first + at])
        for at, server in enumerate(row(compiled, "lead", station))
    }
    assert ranks == {"Ane": 0, "Bo": 101, "Cy": 0}
    breast = compiled.stations.index(Station("reading", "north", "breast"))
    assert {names[server] for server in row(compiled, "lead", breast)} == {"Bo", "Cy"}
    for server in range(len(names)):
        for at in row(compiled, "serves", server):
            assert server in row(compiled, "lead", at) + row(compiled, "help", at)


def test_a_second_need_is_served_by_helpers_of_the_site():
    lab = change(small_lab(), {"steps.cut-up.needs": ["technician", "processor"]})
    compiled = compile_scenario(lab)
    station = compiled.stations.index(Station("cut-up", "south", ""))
    assert {compiled.servers[server].resource for server in row(compiled, "help", station)} == {"processor"}
    assert len(row(compiled, "help", station)) == 1


def test_ways_on_are_cumulated_and_end_at_one():
    compiled = compile_scenario(small_lab())
    tables = compiled.tables
    for first, last in pairwise(tables.route_first):
        if last > first:
            assert tables.route_share[last - 1] == 1.0
            assert (np.diff(tables.route_share[first:last]) > 0).all()
    reading = compiled.steps.index("reading") * len(compiled.streams)
    first = tables.route_first[reading]
    assert tables.route_to[first : first + 2].tolist() == [compiled.steps.index("stains"), SIGNED_OUT]
    assert tables.route_share[first] == pytest.approx(0.2)


def test_the_way_to_a_step_inside_splits_is_told():
    compiled = compile_scenario(small_lab())
    path = {
        step: [compiled.steps[split] for split in row(compiled, "path", at)] for at, step in enumerate(compiled.steps)
    }
    assert path["reading"] == []
    assert path["microtomy"] == ["specimens", "blocks"]
    assert path["scanning"] == path["slides-together"] == ["specimens", "blocks", "slides"]


def boosts(order: dict[str, Any], priority: int = 2) -> list[int]:
    queue = change(
        single_queue(order=order, ai={"sensitivity": 0.9, "false_positive_fraction": 0.1}),
        {"pathways.routine.priority": priority},
    )
    return list(compile_scenario(queue).tables.station_boost[0, 0])


def test_the_ai_only_raises_and_head_starts_are_bounded_where_they_are_given():
    hour = 3_600_000
    assert boosts({"rule": "first-come"}) == [0] * 4
    assert boosts({"rule": "clinical", "head_start_hours": 5}) == [10 * hour] * 4
    found = boosts({"rule": "ai", "head_start_hours": 5, "ai_head_start_hours": 3})
    assert found[AI_FLAGGED] == 13 * hour
    assert {found[AI_UNKNOWN], found[AI_UNFLAGGED], found[AI_FAILED]} == {10 * hour}
    assert boosts({"rule": "ai"}, priority=0)[AI_FLAGGED] > boosts({"rule": "ai"}, priority=9)[AI_UNFLAGGED]
    assert boosts({"rule": "ai"}, priority=9)[AI_FLAGGED] == UNBOUNDED_AI + 9 * UNBOUNDED < 2**61
    assert boosts({"rule": "clinical", "head_start_hours": 1e300}, priority=9) == [9 * UNBOUNDED] * 4
    assert boosts({"rule": "deadline"}) == [0] * 4
    assert compile_scenario(single_queue(order={"rule": "deadline"})).tables.station_base.tolist() == [BY_DEADLINE]


def test_departures_are_those_of_the_calendar_and_a_courier_that_never_comes_is_not_one_that_leaves_at_once():
    compiled = compile_scenario(small_lab(country=None))
    courier = compiled.steps.index("courier")
    leaves = row(compiled, "departure", courier)
    assert leaves[:3] == [10 * 3_600_000, 16 * 3_600_000, 34 * 3_600_000]
    assert row(compiled, "departure", compiled.steps.index("staining")) == []
    weekend = small_lab(start="2026-01-10", days=1, warm_up_days=0, follow_up_days=0)
    assert row(compile_scenario(weekend), "departure", courier) == [NEVER]


def test_overtime_pause_speed_and_batches_are_carried_over():
    compiled = compile_scenario(small_lab())
    tables = compiled.tables
    assert tables.server_overtime[0] == 3_600_000
    assert tables.server_overtime_waiting[0] == 10
    assert tables.server_pauses.tolist() == [0] * 9 + [1] * 3
    assert tables.server_speed.tolist()[-3:] == [1.0, 1.2, 0.8]
    scanning = compiled.stations.index(Station("scanning", "north", ""))
    assert (tables.station_size[scanning], tables.station_least[scanning]) == (20, 5)
    assert (tables.station_wait[scanning], tables.station_one_by_one[scanning]) == (3_600_000, 1)
    assert tables.station_gated[compiled.stations.index(Station("processing", "south", ""))] == 1


def test_a_step_keeps_its_draws_when_others_are_added():
    lab = small_lab()
    more = change(lab, {"steps.new": {"does": "delay", "next": "end"}, "steps.stain.next": "stains-together"})
    assert (
        compile_scenario(more).tables.step_activity[: len(lab.steps)].tolist()
        == compile_scenario(lab).tables.step_activity.tolist()
    )
    assert len(set(compile_scenario(lab).tables.step_activity.tolist())) == len(lab.steps)


def test_what_cannot_run_is_not_compiled():
    with pytest.raises(ScenarioError, match="endless loop"):
        compile_scenario(change(single_queue(), {"steps.read.next": [{"to": "read"}]}))


DURATIONS = [
    {"kind": "constant", "value": 3},
    {"kind": "exponential", "mean": 5, "unit": "seconds"},
    {"kind": "uniform", "low": 1, "high": 4},
    {"kind": "triangular", "low": 1, "mode": 2, "high": 9, "unit": "hours"},
    {"kind": "triangular", "low": 2, "mode": 2, "high": 2},
    {"kind": "lognormal", "mean": 7, "sd": 5, "unit": "days"},
    {"kind": "lognormal", "mean": 7, "sd": 0},
    {"kind": "erlang", "mean": 8, "stages": 4},
    {"kind": "weibull", "scale": 6, "shape": 1.7},
    {"kind": "empirical", "quantiles": [1, 2, 2, 10], "unit": "seconds"},
]
COUNTS = [
    {"kind": "fixed", "value": 4},
    {"kind": "choice", "values": [1, 5, 9], "shares": [0.5, 0.3, 0.2]},
    {"kind": "geometric", "mean": 3.5},
    {"kind": "geometric", "mean": 1},
]


def drawn(table: DistributionTable, at: int, n: int = 4000) -> list[float]:
    kind, a, b, c = table.rows[at]
    pool = np.array(table.pool)
    key, found = 1, []
    for _ in range(n):
        key = draws.next_key(key)
        found.append(draws.sample(kind, a, b, c, pool, key))
    return found


@pytest.mark.parametrize("written", [*DURATIONS, *COUNTS])
def test_draws_have_the_mean_that_the_scenario_says(written: dict[str, Any]):
    table = DistributionTable()
    is_count = written in COUNTS
    of: Any = TypeAdapter(Count if is_count else Duration).validate_python(written)
    table.row(TypeAdapter(Duration).validate_python(DURATIONS[-1]))
    values = drawn(table, table.row(of))
    mean = of.mean if is_count else mean_ms(of)
    assert abs(np.mean(values) - mean) <= 4 * np.std(values) / len(values) ** 0.5 + 1e-9 * mean
    assert min(values) >= (1 if is_count else 0)


@given(st.lists(st.sampled_from(range(len(DURATIONS))), min_size=1, max_size=20))
@settings(max_examples=20, deadline=None)
def test_a_distribution_is_kept_once_whatever_its_source(order: list[int]):
    table = DistributionTable()
    adapter = TypeAdapter(Duration)
    rows = [
        table.row(adapter.validate_python({**DURATIONS[one], "source": f"paper {at}", "mark": "published"}))
        for at, one in enumerate(order)
    ]
    assert len(table.rows) == len(set(order))
    assert [order[rows.index(found)] for found in rows] == order
