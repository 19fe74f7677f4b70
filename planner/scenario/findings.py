"""What a scenario's author should know before believing a run: overload, roster holes, things that nothing uses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from planner.scenario.lines import Line, rank_of, work_steps
from planner.scenario.load_balance import LoadBalance, Pool
from planner.scenario.process import AiScore
from planner.scenario.process_map import ProcessMap
from planner.scenario.resources import Unit
from planner.scenario.rosters import DAYS, WEEK_MINUTES
from planner.scenario.scenario import Scenario

BUSY = 0.85
"""Utilisation from which on waits grow steeply (assumed; in M/M/1 a wait of 5.7 service times)."""
WORKDAYS = 5

Minutes = npt.NDArray[np.bool_]
Weeks = dict[str, Minutes]
"""Roster to (10080): whether it is on in each minute of a week, Monday 00:00 first."""


@dataclass(frozen=True)
class Finding:
    """Something about a scenario that runs all the same."""

    field: str
    message: str
    level: Literal["warning", "note"] = "warning"
    """A warning may spoil the answer; a note is to be known."""


def findings(scenario: Scenario, found: ProcessMap, balance: LoadBalance, weeks: Weeks) -> Iterator[Finding]:
    """All that is to be said of a scenario that can run."""
    yield from _loads(scenario, balance, weeks)
    yield from _batches(scenario, balance)
    yield from _holes(scenario, balance, weeks)
    yield from _demand(scenario)
    yield from _ai(scenario)
    yield from _unused(scenario, found)


def label(line: Line) -> str:
    """Name of a line for people: `reading breast @ herlev`."""
    return " ".join(filter(None, (line.step, line.subspecialty))) + (f" @ {line.site}" if line.site else "")


def roster_weeks(scenario: Scenario) -> Weeks:
    """Each roster's week without holidays."""
    weeks = {name: np.zeros(WEEK_MINUTES, dtype=bool) for name in scenario.all_rosters}
    for name, roster in scenario.all_rosters.items():
        for start, end in roster.week_minutes():
            weeks[name][np.arange(start, end) % WEEK_MINUTES] = True
    return weeks


def able(scenario: Scenario, line: Line, weeks: Weeks) -> tuple[list[Unit], ...]:
    """For each need of the line's step the units that may do it and are ever there."""
    needs = work_steps(scenario)[line.step].needs
    return tuple(
        [
            unit
            for unit in scenario.resources[need].units
            if unit.count
            and unit.absence < 1
            and weeks[unit.roster].any()
            and rank_of(unit, line.site, "" if helps else line.subspecialty) is not None
        ]
        for helps, need in enumerate(needs)
    )


def week_of(units: Iterable[Unit], weeks: Weeks) -> Minutes:
    """(10080): whether any of these is on duty."""
    somebody: Minutes = np.zeros(WEEK_MINUTES, dtype=bool)
    for roster in {unit.roster for unit in units}:
        somebody |= weeks[roster]
    return somebody


def _loads(scenario: Scenario, balance: LoadBalance, weeks: Weeks) -> Iterator[Finding]:
    things = {load.line: load.things for load in balance.lines}
    for pool in balance.pools:
        name = pool.who[0].resource
        if pool.utilisation <= BUSY:
            continue
        at = f"resources.{name}" + _units_of(scenario, pool)
        lines = ", ".join(label(line) for line in pool.lines[:4]) + (" and others" if len(pool.lines) > 4 else "")
        if pool.utilisation <= 1:
            yield Finding(at, f"utilisation {pool.utilisation:.2f} at {lines}: waits grow steeply over {BUSY:g}")
            continue
        growth = sum(things[line] for line in pool.lines) * (1 - 1 / pool.utilisation) / 7
        overtime = "; overtime, which may take some, is not counted" if scenario.resources[name].overtime else ""
        yield Finding(
            at,
            f"offered load over capacity: utilisation {pool.utilisation:.2f} at {lines};"
            f" the backlog will grow by about {growth:.3g} a day{overtime}",
        )
    for name, step in work_steps(scenario).items():
        if step.starts is None:
            continue
        for load in (load for load in balance.lines if load.line.step == name):
            machines = sum(unit.count for unit in able(scenario, load.line, weeks)[0])
            room = len(step.starts.week_minutes()) * machines * (step.batch.size if step.batch else 1)
            if load.things > room * BUSY:
                over = "more than" if load.things > room else "close to"
                yield Finding(
                    f"steps.{name}.starts",
                    f"{load.things:.0f} a week come to {label(load.line)}, {over} the {room} that its starts take",
                )


def _units_of(scenario: Scenario, pool: Pool) -> str:
    """Which of the resource's units, where it is not all of them."""
    units = scenario.resources[pool.who[0].resource].units
    if len(pool.who) == len(units):
        return ""
    names = [units[who.unit].name or str(who.unit) for who in pool.who]
    return f".units.{names[0]}" if len(names) == 1 else f".units ({', '.join(names[:6])}{', ...' * (len(names) > 6)})"


def _batches(scenario: Scenario, balance: LoadBalance) -> Iterator[Finding]:
    for name, step in work_steps(scenario).items():
        if step.batch is None:
            continue
        for load in (load for load in balance.lines if load.line.step == name):
            a_day = load.things / WORKDAYS
            if step.batch.at_least > a_day > 0:
                wait = step.batch.max_wait_hours
                then = f"most runs start after {wait:g} hours, not full" if wait else "full_only: they wait for days"
                yield Finding(
                    f"steps.{name}.batch.at_least",
                    f"is more than a working day brings to {label(load.line)} ({a_day:.3g}); {then}",
                )


def _holes(scenario: Scenario, balance: LoadBalance, weeks: Weeks) -> Iterator[Finding]:
    for load in balance.lines:
        days = [bool(day.any()) for day in np.split(week_of(able(scenario, load.line, weeks)[0], weeks), 7)]
        missing = [day for day, there in zip(DAYS[:WORKDAYS], days, strict=False) if not there]
        if missing and load.things and work_steps(scenario)[load.line.step].starts is None:
            yield Finding(
                f"steps.{load.line.step}", f"roster hole: nobody on duty at {label(load.line)} on {', '.join(missing)}"
            )


def _demand(scenario: Scenario) -> Iterator[Finding]:
    zone = ZoneInfo(scenario.time_zone)
    begin, after = (datetime.combine(scenario.start + timedelta(days=days), time(), zone) for days in (0, 1))
    if begin.utcoffset() != after.utcoffset():
        yield Finding("start", f"the clock changes on {scenario.start}; its hours are those of the wall clock", "note")
    for stream in scenario.arrivals:
        if stream.replay_hours is None and stream.per_week is not None and not stream.per_week.value:
            yield Finding(f"arrivals.{stream.name}.per_week", "is 0: no case of this stream ever comes", "note")
        late = sum(hours >= 24 * scenario.total_days for hours in stream.replay_hours or ())
        if late:
            yield Finding(
                f"arrivals.{stream.name}.replay_hours", f"{late} come after the last simulated day and are left out"
            )


def _ai(scenario: Scenario) -> Iterator[Finding]:
    scored = any(isinstance(step, AiScore) for step in scenario.steps.values())
    if scenario.ai and not scored:
        yield Finding("ai", "is given, but no step does: ai, so that nothing is ever flagged")
    for name, step in work_steps(scenario).items():
        if step.order.rule == "ai" and not scored:
            yield Finding(f"steps.{name}.order.rule", "is ai, but no step does: ai; the order is the clinical one")
        pathways = [scenario.pathways[stream.pathway] for stream in scenario.arrivals]
        if step.order.rule == "deadline" and not any(pathway.deadline or pathway.deadlines for pathway in pathways):
            yield Finding(f"steps.{name}.order.rule", "is deadline, but no case has one; the order is as they come")


def _unused(scenario: Scenario, found: ProcessMap) -> Iterator[Finding]:
    steps = work_steps(scenario)
    units = [unit for resource in scenario.resources.values() for unit in resource.units]
    fields = {stream.subspecialty for stream in scenario.arrivals}
    used: dict[str, tuple[Iterable[str], set[str]]] = {
        "resources": (scenario.resources, {need for step in steps.values() for need in step.needs}),
        "rosters": (scenario.rosters, {unit.roster for unit in units}),
        "profiles": (scenario.profiles, {stream.profile for stream in scenario.arrivals}),
        "specimens": (scenario.specimens, {stream.specimen for stream in scenario.arrivals}),
        "pathways": (scenario.pathways, {stream.pathway for stream in scenario.arrivals}),
        "costs.grades": (scenario.costs.grades, {unit.grade for unit in units}),
    }
    for kind, (names, wanted) in used.items():
        yield from (Finding(f"{kind}.{name}", "is used nowhere", "note") for name in names if name not in wanted)
    for name in scenario.steps:
        if name not in found.splits:
            yield Finding(f"steps.{name}", "unreachable: no case ever comes to it")
    for name, resource in scenario.resources.items():
        for number, unit in enumerate(resource.units):
            strange = [skill for skill in unit.skills if skill not in fields]
            if strange:
                yield Finding(
                    f"resources.{name}.units.{unit.name or number}.skills",
                    f"no stream has subspecialty {', '.join(strange)}; there are {', '.join(sorted(fields))}",
                    "note",
                )
    reached = set(chain.from_iterable(found.streams_at(name) for name in steps))
    for site in scenario.sites:
        if site not in {at for at, _ in reached} and all(unit.site != site for unit in units):
            yield Finding(f"sites.{site}", "is used nowhere", "note")
