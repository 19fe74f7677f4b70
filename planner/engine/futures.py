"""One replication's random inputs from outside: which cases come when, who is on shift, when runs may start.

What does not depend on the replication is made ready once for a compiled scenario, and kept as long as it.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from planner.calendar import Calendar, calendar_of
from planner.engine.arrivals import Inflow, OpenCases, draw_arrivals, draw_open, in_order, inflows, open_cases
from planner.engine.compiled import Compiled
from planner.engine.shifts import Crew, Machines, crews, draw_shifts, machines
from planner.engine.tables import HOUR_MS, Futures, Ints
from planner.errors import RunError
from planner.scenario.process import Work

MOST_CASES = 20_000_000
"""In one replication: some 2 GB."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A scenario's calendar, demand and plans, ready for drawing."""

    calendar: Calendar
    horizon: int
    streams: tuple[Inflow, ...]
    backlog: tuple[OpenCases, ...]
    crews: tuple[Crew, ...]
    machines: tuple[Machines, ...]
    gate_at: Ints
    gate_station: Ints


_prepared: WeakKeyDictionary[Compiled, Prepared] = WeakKeyDictionary()


def draw_futures(compiled: Compiled, seed: int, replication: int) -> Futures:
    """The random inputs of one replication: the same for the same three, whatever else is drawn.

    A shift that lasts to the end of the simulation has no end of its own.
    Raises ScenarioError where the calendar or the downtimes cannot be, RunError where more cases come than can be held.
    """
    ready = _ready(compiled)
    ai = compiled.scenario.ai
    entry = compiled.steps.index(compiled.scenario.entry)
    waiting = [draw_open(part, ai, seed, replication) for part in ready.backlog]
    coming = [draw_arrivals(stream, ready.calendar, ai, entry, seed, replication) for stream in ready.streams]
    cases = in_order([*waiting, *coming])
    shifts = draw_shifts(ready.crews, ready.machines, ready.horizon, seed, replication)
    at = np.concatenate((shifts.start, shifts.end))
    server = np.tile(shifts.lane, 2)
    on = np.repeat((1, 0), len(shifts.lane))
    order = np.lexsort((server, on, at))
    order = order[(at < ready.horizon)[order]]
    return Futures(
        horizon=ready.horizon,
        **{f"case_{name}": column for name, column in cases._asdict().items()},
        shift_at=at[order],
        shift_server=server[order],
        shift_on=on[order],
        gate_at=ready.gate_at,
        gate_station=ready.gate_station,
    )


def rostered_ms(compiled: Compiled, futures: Futures) -> Ints:
    """(G, B): ms on shift of each group's servers, in bins of an hour; the last bin ends with the simulation."""
    groups, bins = len(compiled.groups), -(-futures.horizon // HOUR_MS)
    ends = np.minimum(np.arange(1, bins + 1) * HOUR_MS, futures.horizon)
    widths = np.diff(ends, prepend=0)
    place = futures.shift_at // HOUR_MS
    cell = compiled.tables.server_group[futures.shift_server] * bins + place
    sign = 2 * futures.shift_on - 1
    change, part = np.zeros((2, groups, bins), np.int64)
    np.add.at(change.reshape(-1), cell, sign)
    np.add.at(part.reshape(-1), cell, sign * (ends[place] - futures.shift_at))
    before = np.cumsum(change, axis=1) - change
    return before * widths + part


def _ready(compiled: Compiled) -> Prepared:
    found = _prepared.get(compiled)
    if found is None:
        found = _prepared[compiled] = _prepare(compiled)
    return found


def _prepare(compiled: Compiled) -> Prepared:
    calendar = calendar_of(compiled.scenario)
    streams = inflows(compiled)
    backlog = open_cases(compiled, streams)
    expected = sum(stream.mean for stream in streams) + sum(len(part.received) for part in backlog)
    if expected > MOST_CASES:
        raise RunError(
            f"{compiled.scenario.name}: {expected:,.0f} cases are to come, and at most {MOST_CASES:,} can be held;"
            " lower per_week of the arrivals, or days"
        )
    gate_at, gate_station = _gates(compiled, calendar)
    return Prepared(
        calendar=calendar,
        horizon=calendar.horizon,
        streams=streams,
        backlog=backlog,
        crews=crews(compiled),
        machines=machines(compiled),
        gate_at=gate_at,
        gate_station=gate_station,
    )


def _gates(compiled: Compiled, calendar: Calendar) -> tuple[Ints, Ints]:
    """Moments at which runs start, and at which station; in order of time, then of station."""
    starts = {
        name: calendar.moments(step.starts)
        for name, step in compiled.scenario.steps.items()
        if isinstance(step, Work) and step.starts is not None
    }
    gated = [(row, starts[station.step]) for row, station in enumerate(compiled.stations) if station.step in starts]
    at = np.concatenate([np.empty(0, np.int64), *(moments for _, moments in gated)])
    station = np.repeat([row for row, _ in gated], [len(moments) for _, moments in gated]).astype(np.int64)
    order = np.lexsort((station, at))
    return at[order], station[order]
