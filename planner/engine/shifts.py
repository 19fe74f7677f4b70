"""When each person and machine is on shift: roster and part time as planned, absence and breakdowns as drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.calendar import calendar_of
from planner.engine.compiled import Compiled
from planner.engine.draws import GOLDEN, name_key
from planner.engine.keyed import exponentials, keys_of, row_of_keys, uniforms
from planner.engine.tables import HOUR_MS, Floats, Ints, Keys
from planner.errors import ScenarioError
from planner.scenario.resources import Downtime
from planner.spans import Spans, cut

FOR_DAYS_OFF = 0xDE916ABCC965815B
FOR_ABSENCE = 0xA24BAED4963EE407
FOR_BREAKDOWN = 0xF1357AEA2E62A9C5
FOR_REPAIR = 0xD1342543DE82EF95
FOR_STATE = 0xA3B195354A39B70D
"""What a draw is for; any odd numbers would do that nothing else uses."""
MOST_BREAKDOWNS = 100_000
"""Of one machine in one replication; more are taken for a mistake in the scenario."""


@dataclass(frozen=True, eq=False)
class Crew:
    """n servers with the same roster; on d days some of its s spans begin."""

    servers: Ints
    names: Keys
    """(n,): key of each server's name."""
    dates: Keys
    """(d,): number of each day's date."""
    rostered: npt.NDArray[np.bool_]
    """(n, d): whether the server is to work that day."""
    absence: Floats
    """(n,): share of those days that fall out."""
    spans: Spans
    """Their lane is the row of the day."""


@dataclass(frozen=True, eq=False)
class Machines:
    """n servers that break down alike."""

    servers: Ints
    names: Keys
    downtime: Downtime


def crews(compiled: Compiled) -> tuple[Crew, ...]:
    """The servers by roster, with their plans."""
    scenario, calendar = compiled.scenario, calendar_of(compiled.scenario)
    units = [scenario.resources[server.resource].units[server.unit] for server in compiled.servers]
    names = _server_names(compiled)
    found = []
    for roster in dict.fromkeys(unit.roster for unit in units):
        servers = np.array([row for row, unit in enumerate(units) if unit.roster == roster], np.int64)
        spans = calendar.roster_spans(scenario.all_rosters[roster])
        days, row = np.unique(spans.lane, return_inverse=True)
        full_time = np.array([units[server].full_time for server in servers])[:, None]
        first_off = uniforms(names[servers], FOR_DAYS_OFF)[:, None]
        worked = np.diff(np.floor(np.arange(len(days) + 1) * full_time + first_off), axis=1) > 0
        found.append(
            Crew(
                servers=servers,
                names=names[servers],
                dates=(days + scenario.start.toordinal()).astype(np.uint64),
                rostered=worked | (full_time == 1),
                absence=np.array([units[server].absence for server in servers]),
                spans=spans._replace(lane=row),
            )
        )
    return tuple(found)


def machines(compiled: Compiled) -> tuple[Machines, ...]:
    """The servers that break down, by resource. Raises ScenarioError where they do so absurdly often."""
    names = _server_names(compiled)
    hours = calendar_of(compiled.scenario).horizon / HOUR_MS
    found = []
    for name, resource in compiled.scenario.resources.items():
        if (downtime := resource.downtime) is None:
            continue
        cycle = downtime.mean_hours_between + downtime.mean_hours_down
        if hours / cycle > MOST_BREAKDOWNS:
            raise ScenarioError(
                f"resources.{name}.downtime: a machine that fails every {cycle:g} hours fails over {MOST_BREAKDOWNS:,}"
                " times in the simulation; give longer times"
            )
        servers = np.array([row for row, server in enumerate(compiled.servers) if server.resource == name], np.int64)
        found.append(Machines(servers, names[servers], downtime))
    return tuple(found)


def draw_shifts(
    crew_list: Sequence[Crew], machine_list: Sequence[Machines], horizon: int, seed: int, replication: int
) -> Spans:
    """One replication's shifts, apart from each other, by server and start; the lane is the server."""
    worked = [_worked(crew, seed, replication) for crew in crew_list]
    down = [_down(group, horizon, seed, replication) for group in machine_list]
    return cut(_together(worked), _together(down))


def _worked(crew: Crew, seed: int, replication: int) -> Spans:
    """The crew's spans, server by server, less the days on which one is absent."""
    present = crew.rostered
    if crew.absence.any():
        people = keys_of(crew.names, seed, replication, FOR_ABSENCE)
        drawn = uniforms(people[:, None] + crew.dates * np.uint64(GOLDEN), FOR_ABSENCE)
        present = present & (drawn >= crew.absence[:, None])
    server, span = np.nonzero(present[:, crew.spans.lane])
    return Spans(crew.servers[server], crew.spans.start[span], crew.spans.end[span])


def _down(group: Machines, horizon: int, seed: int, replication: int) -> Spans:
    """When machines are broken: exponential times up and down, from a state at the start as it is in the long run."""
    up_mean = group.downtime.mean_hours_between * HOUR_MS
    down_mean = group.downtime.mean_hours_down * HOUR_MS
    roots = keys_of(group.names, seed, replication, FOR_BREAKDOWN)
    many = int(1.5 * horizon / (up_mean + down_mean)) + 16
    while True:
        keys = row_of_keys(roots, many)
        up = exponentials(keys, FOR_BREAKDOWN) * up_mean
        down = exponentials(keys, FOR_REPAIR) * down_mean
        up[uniforms(roots, FOR_STATE) < down_mean / (up_mean + down_mean), 0] = 0
        mended = np.cumsum(up + down, axis=1)
        if mended[:, -1].min() > horizon:
            break
        many *= 2
    edges = np.minimum(np.rint(np.stack((mended - down, mended))), horizon).astype(np.int64)
    return Spans(np.repeat(group.servers, many), edges[0].ravel(), edges[1].ravel())


def _together(parts: Sequence[Spans]) -> Spans:
    columns = zip(*parts, strict=True) if parts else [[np.empty(0, np.int64)]] * 3
    return Spans(*(np.concatenate(column) for column in columns))


def _server_names(compiled: Compiled) -> Keys:
    """(V,): a key for each server by resource, its unit's name or place, and its number: whoever else is there."""
    seen: Counter[str] = Counter()
    keys = []
    for server in compiled.servers:
        unit = compiled.scenario.resources[server.resource].units[server.unit]
        name = f"server:{server.resource}:{unit.name or server.unit}"
        keys.append(name_key(f"{name}:{seen[name]}"))
        seen[name] += 1
    return np.array(keys, np.uint64)
