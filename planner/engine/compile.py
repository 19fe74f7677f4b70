"""From a scenario, as people write it, to the flat tables that the engines read."""

from collections.abc import Iterable, Sequence

import numpy as np

from planner.calendar import calendar_of
from planner.engine.compiled import Compiled, Group, Server, Station
from planner.engine.distributions import DistributionTable
from planner.engine.draws import name_key
from planner.engine.tables import (
    AI,
    AI_FLAGGED,
    BY_DEADLINE,
    BY_ENTRY,
    DELAY,
    HOUR_MS,
    JOIN,
    NEVER,
    SIGNED_OUT,
    SPLIT,
    WORK,
    Ints,
    Tables,
)
from planner.scenario.demand import Stream
from planner.scenario.lines import count_of, line_of, lines, rank_of, time_of, work_steps
from planner.scenario.process import END, Delay, Order, Split, Step, Work
from planner.scenario.process_map import ProcessMap, shares, walk
from planner.scenario.quantities import MILLISECONDS, Constant, mean_ms
from planner.scenario.resources import Unit
from planner.scenario.scenario import Scenario
from planner.scenario.words import scenario_error

UNBOUNDED = 2**52
"""ms of head start for each level of priority where none is given: 140,000 years, so that levels do not mix."""
UNBOUNDED_AI = 2**57
"""The same for the AI: above nine unbounded levels of priority; their sum stays far below 2**61."""


def compile_scenario(scenario: Scenario) -> Compiled:
    """Tables for the engines. Raises ScenarioError, naming every field, where the process map cannot run."""
    found = walk(scenario)
    if found.problems:
        raise scenario_error(scenario.name, found.problems)
    steps, sites = tuple(scenario.steps), tuple(scenario.sites)
    streams = tuple(stream.name for stream in scenario.arrivals)
    stages = _timed_stages(scenario)
    stations = tuple(Station(*line) for line in lines(scenario, found))
    groups, servers, units = _servers(scenario)
    distributions = DistributionTable()
    columns: dict[str, object] = {
        **_step_columns(scenario, stages, distributions),
        **_departures(scenario),
        **_routes(scenario, found),
        **_station_columns(scenario, stations),
        **_who_serves(scenario, stations, servers, units),
        **_server_columns(scenario, groups, servers, units),
        "step_station": _station_of(scenario, found),
        "dist_kind": _ints(row[0] for row in distributions.rows),
        "dist_a": np.array([row[1] for row in distributions.rows]),
        "dist_b": np.array([row[2] for row in distributions.rows]),
        "dist_c": np.array([row[3] for row in distributions.rows]),
        "pool": np.array(distributions.pool),
    }
    tables = Tables(**columns)  # type: ignore[arg-type]
    return Compiled(scenario, tables, steps, stages, streams, sites, stations, groups, servers)


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _lists(rows: Iterable[Sequence[int]]) -> tuple[Ints, Ints]:
    """Rows of different length as (first, values)."""
    kept = list(rows)
    return _ints(np.cumsum([0, *map(len, kept)])), _ints(value for row in kept for value in row)


def _servers(scenario: Scenario) -> tuple[tuple[Group, ...], tuple[Server, ...], list[Unit]]:
    servers: list[Server] = []
    units: list[Unit] = []
    for name, resource in scenario.resources.items():
        for number, unit in enumerate(resource.units):
            servers += [Server(name, number, one) for one in range(unit.count)]
            units += [unit] * unit.count
    groups = dict.fromkeys(Group(server.resource, unit.site) for server, unit in zip(servers, units, strict=True))
    return tuple(groups), tuple(servers), units


def _timed_stages(scenario: Scenario) -> tuple[str, ...]:
    """The stages that take time, as they first come; a scenario in which nothing does has the first step's."""
    timed = {step.stage or name: None for name, step in scenario.steps.items() if isinstance(step, Work | Delay)}
    return tuple(timed) or (scenario.entry,)


def _step_columns(scenario: Scenario, stages: tuple[str, ...], distributions: DistributionTable) -> dict[str, object]:
    steps = list(scenario.steps.items())
    sites = list(scenario.sites)
    kinds = {"work": WORK, "delay": DELAY, "split": SPLIT, "join": JOIN, "ai": AI}
    staged = [step.stage or name for name, step in steps]
    per_slide = [step.per_slide if isinstance(step, Work) else None for _, step in steps]
    setups = [step.setup if isinstance(step, Work) else Constant(value=0) for _, step in steps]
    return {
        "step_kind": _ints(kinds[step.does] for _, step in steps),
        "step_stage": _ints(stages.index(stage) if stage in stages else 0 for stage in staged),
        "step_activity": np.array([name_key(f"step:{name}") for name, _ in steps], dtype=np.uint64),
        "step_time": np.array(
            [[_time_row(scenario, step, stream, distributions) for stream in scenario.arrivals] for _, step in steps],
            dtype=np.int64,
        ),
        "step_setup": _ints(distributions.row(setup) if mean_ms(setup) else -1 for setup in setups),
        "step_per_slide": _ints(round(mean_ms(time)) if time else 0 for time in per_slide),
        "step_makes_slides": _ints(isinstance(step, Split) and step.into == "slide" for _, step in steps),
        "step_to_site": _ints(
            sites.index(step.to_site) if isinstance(step, Delay) and step.to_site is not None else -1
            for _, step in steps
        ),
        "step_trip": _ints(isinstance(step, Delay) and step.trip for _, step in steps),
    }


def _time_row(scenario: Scenario, step: Step, stream: Stream, distributions: DistributionTable) -> int:
    if isinstance(step, Work | Delay):
        return distributions.row(time_of(step, stream))
    return distributions.row(count_of(scenario, step, stream)) if isinstance(step, Split) else -1


def _departures(scenario: Scenario) -> dict[str, object]:
    calendar = calendar_of(scenario)
    first, values = _lists(
        calendar.moments(step.departures).tolist() or [NEVER] if isinstance(step, Delay) and step.departures else []
        for step in scenario.steps.values()
    )
    return {"departure_first": first, "departure": values}


def _routes(scenario: Scenario, found: ProcessMap) -> dict[str, object]:
    numbers = {name: number for number, name in enumerate(scenario.steps)} | {END: SIGNED_OUT}
    rows = []
    for step in scenario.steps:
        reached = {stream for _, stream in found.streams_at(step)}
        rows += [shares(scenario, step, stream) if stream.name in reached else [] for stream in scenario.arrivals]
    first, to = _lists([numbers[way] for way, _ in row] for row in rows)
    cumulated = [share for row in rows for share in [*np.cumsum([part for _, part in row])[:-1], 1.0][: len(row)]]
    path_first, path = _lists([numbers[split] for split in found.splits.get(step, ())] for step in scenario.steps)
    return {
        "route_first": first,
        "route_share": np.array(cumulated),
        "route_to": to,
        "path_first": path_first,
        "path": path,
    }


def _station_of(scenario: Scenario, found: ProcessMap) -> Ints:
    numbers = {line: number for number, line in enumerate(lines(scenario, found))}
    table = np.full((len(scenario.steps), len(scenario.sites), len(scenario.arrivals)), -1, dtype=np.int64)
    for s, (name, step) in enumerate(scenario.steps.items()):
        if isinstance(step, Work):
            come = found.streams_at(name)
            for i, site in enumerate(scenario.sites):
                for r, stream in enumerate(scenario.arrivals):
                    if (site, stream.name) in come:
                        table[s, i, r] = numbers[line_of(name, step, site, stream)]
    return table


def _station_columns(scenario: Scenario, stations: tuple[Station, ...]) -> dict[str, object]:
    steps = work_steps(scenario)
    at = [steps[station.step] for station in stations]
    numbers = list(scenario.steps)
    wait = [step.batch.max_wait_hours if step.batch else None for step in at]
    return {
        "station_size": _ints(step.batch.size if step.batch else 1 for step in at),
        "station_least": _ints(step.batch.at_least if step.batch else 1 for step in at),
        "station_wait": _ints(-1 if hours is None else round(hours * HOUR_MS) for hours in wait),
        "station_one_by_one": _ints(step.batch is not None and step.batch.out == "one-by-one" for step in at),
        "station_gated": _ints(step.starts is not None for step in at),
        "station_preempts": _ints(step.order.preempt for step in at),
        "station_base": _ints(BY_DEADLINE if step.order.rule == "deadline" else BY_ENTRY for step in at),
        "station_boost": np.array(
            [[_boosts(scenario, step.order, stream) for stream in scenario.arrivals] for step in at], dtype=np.int64
        ).reshape(len(stations), len(scenario.arrivals), 4),
        "station_step": _ints(numbers.index(station.step) for station in stations),
    }


def _boosts(scenario: Scenario, order: Order, stream: Stream) -> list[int]:
    """Head start, ms, by what the AI has said: it only ever raises, so all but flagged cases keep the clinical one."""
    if order.rule not in ("clinical", "ai"):
        return [0] * 4
    level = _head_start(order.head_start_hours, UNBOUNDED)
    boosts = [scenario.pathways[stream.pathway].priority * level] * 4
    if order.rule == "ai":
        boosts[AI_FLAGGED] += _head_start(order.ai_head_start_hours, UNBOUNDED_AI)
    return boosts


def _head_start(hours: float | None, unbounded: int) -> int:
    return unbounded if hours is None else min(round(hours * HOUR_MS), unbounded)


def _who_serves(
    scenario: Scenario, stations: tuple[Station, ...], servers: tuple[Server, ...], units: list[Unit]
) -> dict[str, object]:
    steps = work_steps(scenario)
    lead: list[list[tuple[int, int]]] = []
    helpers: list[list[tuple[int, int]]] = []
    serves: list[list[tuple[int, int]]] = [[] for _ in servers]
    for number, station in enumerate(stations):
        needs = steps[station.step].needs
        for depth, rows in enumerate((lead, helpers)):
            field = "" if depth else station.subspecialty
            row = [
                (server, rank)
                for server, unit in enumerate(units)
                if servers[server].resource in needs[depth : depth + 1]
                and (rank := rank_of(unit, station.site, field)) is not None
            ]
            rows.append(row)
            for server, rank in row:
                serves[server].append((number, rank))
    columns: dict[str, object] = {}
    for name, rows in (("lead", lead), ("help", helpers), ("serves", serves)):
        columns[f"{name}_first"], columns[name] = _lists([who for who, _ in row] for row in rows)
        columns[f"{name}_rank"] = _ints(rank for row in rows for _, rank in row)
    return columns


def _server_columns(
    scenario: Scenario, groups: tuple[Group, ...], servers: tuple[Server, ...], units: list[Unit]
) -> dict[str, object]:
    resources = [scenario.resources[server.resource] for server in servers]
    return {
        "server_speed": np.array([unit.speed for unit in units]),
        "server_group": _ints(
            groups.index(Group(server.resource, unit.site)) for server, unit in zip(servers, units, strict=True)
        ),
        "server_pauses": _ints(resource.at_shift_end == "pause" for resource in resources),
        "server_overtime": _ints(
            round(resource.overtime.max_minutes * MILLISECONDS["minutes"]) if resource.overtime else 0
            for resource in resources
        ),
        "server_overtime_waiting": _ints(
            resource.overtime.when_waiting if resource.overtime else 0 for resource in resources
        ),
    }
