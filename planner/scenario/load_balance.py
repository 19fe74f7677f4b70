"""Offered load against capacity, without simulating: how busy the cases keep whom, at best.

The load is spread over those who may do it so that the busiest are as little busy as possible (linear programs).
Where that is over 1 no order of work keeps up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from planner.scenario.demand import Stream
from planner.scenario.lines import Line, line_of, rank_of, time_of, work_steps
from planner.scenario.process import Work
from planner.scenario.process_map import ProcessMap, walk
from planner.scenario.quantities import MILLISECONDS, mean_ms
from planner.scenario.resources import Resource, Unit
from planner.scenario.scenario import Scenario
from planner.scenario.visits import cases_per_week, expected_visits

_NOTHING = 1e-9


@dataclass(frozen=True)
class LineLoad:
    """What comes to a line in a week without holidays."""

    line: Line
    things: float
    hours: float
    """Of work at speed 1; a run's set-up is shared by as many as a run holds."""


class Who(NamedTuple):
    """A unit of a resource: `Who("scanner", 0)` is the first that its list names."""

    resource: str
    unit: int


@dataclass(frozen=True)
class Pool:
    """Those who carry a load together, as busy as each other."""

    who: tuple[Who, ...]
    lines: tuple[Line, ...]
    utilisation: float
    """Busy hours over rostered hours of a week without holidays, at best; over 1: more comes than can be done."""


@dataclass(frozen=True)
class LoadBalance:
    """Offered loads and utilisations of a scenario."""

    lines: tuple[LineLoad, ...]
    pools: tuple[Pool, ...]
    """By resource, the busiest first."""
    groups: Mapping[tuple[str, str], float]
    """(resource, site) to utilisation."""


def load_balance(scenario: Scenario, found: ProcessMap | None = None) -> LoadBalance:
    """The loads of a scenario that can run (`found`: its process map, if it has been walked already)."""
    found = found or walk(scenario)
    loads = _line_loads(scenario, found)
    pools = [
        pool
        for name in scenario.resources
        for pool in _pools(scenario, name, {load.line: load.hours for load in loads})
    ]
    busy: dict[tuple[str, str], list[float]] = {}
    for pool in pools:
        for who in pool.who:
            unit = scenario.resources[who.resource].units[who.unit]
            hours = week_hours(scenario, scenario.resources[who.resource], unit)
            total = busy.setdefault((who.resource, unit.site), [0.0, 0.0])
            total[0] += hours * pool.utilisation
            total[1] += hours
    return LoadBalance(tuple(loads), tuple(pools), {group: total[0] / total[1] for group, total in busy.items()})


def busiest(scenario: Scenario) -> float:
    """Offered load over capacity of those who are busiest; 0 where nobody works."""
    return max((pool.utilisation for pool in load_balance(scenario).pools), default=0.0)


def week_hours(scenario: Scenario, resource: Resource, unit: Unit) -> float:
    """Hours that a unit is there in a week without holidays: roster, part time, absence, downtime; no overtime."""
    minutes = sum(end - start for start, end in scenario.all_rosters[unit.roster].week_minutes())
    down = resource.downtime
    up = down.mean_hours_between / (down.mean_hours_between + down.mean_hours_down) if down else 1.0
    return unit.count * minutes / 60 * unit.full_time * (1 - unit.absence) * up


def _line_loads(scenario: Scenario, found: ProcessMap) -> list[LineLoad]:
    total: dict[Line, list[float]] = {}
    steps = work_steps(scenario)
    for stream in scenario.arrivals:
        rate = cases_per_week(scenario, stream)
        for place, visits in expected_visits(scenario, stream, found).items():
            if place.step in steps:
                line = line_of(place.step, steps[place.step], place.sites[-1], stream)
                hours = _hours(steps[place.step], stream, visits.slides)
                load = total.setdefault(line, [0.0, 0.0])
                load[0] += rate * visits.things
                load[1] += rate * visits.things * hours
    return [LineLoad(line, *load) for line, load in total.items()]


def _hours(step: Work, stream: Stream, slides: float) -> float:
    ms = mean_ms(time_of(step, stream)) + mean_ms(step.setup) / (step.batch.size if step.batch else 1)
    return (ms + (mean_ms(step.per_slide) * slides if step.per_slide else 0.0)) / MILLISECONDS["hours"]


def _pools(scenario: Scenario, name: str, loads: Mapping[Line, float]) -> list[Pool]:
    """Spreads the lines' hours so that the busiest units are least busy, then the next busiest, and so on."""
    resource = scenario.resources[name]
    units = {
        number: hours
        for number, unit in enumerate(resource.units)
        if (hours := week_hours(scenario, resource, unit)) > _NOTHING
    }
    work = {
        line: (hours, speeds)
        for line, hours in loads.items()
        if hours > _NOTHING and (speeds := _speeds(scenario, name, line, units))
    }
    pools: list[Pool] = []
    while work:
        utilisation, tight_lines, tight_units = _least_busy(work, units)
        pools.append(Pool(tuple(Who(name, unit) for unit in tight_units), tuple(tight_lines), utilisation))
        units = {unit: hours for unit, hours in units.items() if unit not in tight_units}
        work = {line: load for line, load in work.items() if line not in tight_lines}
        work = {
            line: (hours, {u: s for u, s in speeds.items() if u in units}) for line, (hours, speeds) in work.items()
        }
    if units:
        pools.append(Pool(tuple(Who(name, unit) for unit in units), (), 0.0))
    return pools


def _speeds(scenario: Scenario, name: str, line: Line, units: Mapping[int, float]) -> dict[int, float]:
    """Units of a resource that may take part at a line, with the speed at which its work goes then."""
    needs = scenario.steps[line.step].needs  # type: ignore[union-attr]
    if name not in needs:
        return {}
    leads = name == needs[0]
    subspecialty = line.subspecialty if leads else ""
    speeds = {
        number: unit.speed
        for number, unit in enumerate(scenario.resources[name].units)
        if number in units and rank_of(unit, line.site, subspecialty) is not None
    }
    if leads:
        return speeds
    leaders = scenario.resources[needs[0]].units
    able = [unit.speed for unit in leaders if rank_of(unit, line.site, line.subspecialty) is not None] or [1.0]
    return dict.fromkeys(speeds, sum(able) / len(able))


def _least_busy(
    work: Mapping[Line, tuple[float, dict[int, float]]], units: Mapping[int, float]
) -> tuple[float, list[Line], list[int]]:
    """The least possible utilisation of the busiest, and the lines and units that hold it there.

    Variables: hours that a unit spends on a line, for each pair, and the utilisation, which is minimised.
    """
    lines, people = list(work), list(units)
    pairs = [(line, unit) for line in lines for unit in work[line][1]]
    done = np.zeros((len(lines), len(pairs) + 1))
    spent = np.zeros((len(people), len(pairs) + 1))
    spent[:, -1] = [-units[unit] for unit in people]
    for column, (line, unit) in enumerate(pairs):
        done[lines.index(line), column] = work[line][1][unit]
        spent[people.index(unit), column] = 1.0
    cost = np.zeros(len(pairs) + 1)
    cost[-1] = 1.0
    best = linprog(cost, spent, np.zeros(len(people)), done, [work[line][0] for line in lines], method="highs")
    line_prices, unit_prices = np.abs(best["eqlin"]["marginals"]), np.abs(best["ineqlin"]["marginals"])
    tight_lines = [line for line, price in zip(lines, line_prices, strict=True) if price > _NOTHING]
    tight_units = [unit for unit, price in zip(people, unit_prices, strict=True) if price > _NOTHING]
    return float(best["fun"]), tight_lines, tight_units
