"""What a plan may change: how many people and machines, on which roster, and choices of process; pruned by the load.

A plan is a row of places, one for each knob: which of the knob's options it takes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from planner.errors import PlannerError
from planner.scenario.difference import differences
from planner.scenario.load import change
from planner.scenario.load_balance import LoadBalance, Who, load_balance
from planner.scenario.resources import Unit
from planner.scenario.scenario import Scenario

LOWER, UPPER = 0.8, 1.5
"""Counts go from this share of today's to that (at least two more), rounded away from today."""
BUSY = 0.6
"""More are tried only of those whose offered load is at least this share of their hours (assumed)."""
FULL = 0.95
"""Fewer are tried only as long as their load stays within this share (assumed)."""
ALIKE_HOURS = 0.1
"""Another roster fits a unit where its weekly hours differ by no more than this share (assumed)."""

Design = tuple[int, ...]
Space = tuple["Knob", ...]


class Option(NamedTuple):
    """One way to set a knob."""

    words: str
    """`Slide scanners at Hvidovre: 2 more (5)`; "" as today."""
    changes: Mapping[str, object]
    """Dotted paths and values; none as today."""


@dataclass(frozen=True)
class Knob:
    """Something that may be changed."""

    name: str
    options: tuple[Option, ...]
    today: int
    """Place of today's option."""
    kind: Literal["number", "choice", "value"] = "number"
    """Numbers that rise, a choice of process, or other values such as rosters."""

    @property
    def ordered(self) -> bool:
        """Whether there can be one more and one fewer."""
        return self.kind == "number"


def today(space: Space) -> Design:
    """The plan that changes nothing."""
    return tuple(knob.today for knob in space)


def changes_of(space: Space, design: Design) -> dict[str, object]:
    """A plan's changes of the scenario."""
    return {path: value for option in _taken(space, design) for path, value in option.changes.items()}


def words_of(space: Space, design: Design) -> tuple[str, ...]:
    """A plan's changes in words."""
    return tuple(option.words for option in _taken(space, design) if option.words)


def too_busy(scenario: Scenario) -> bool:
    """Whether somebody's offered load is over the rostered hours, so that simulating tells nothing more.

    Overtime may carry such a plan for a while; a plan that lives on it is none.
    """
    return any(pool.utilisation > 1 for pool in load_balance(scenario).pools)


def derive(scenario: Scenario, balance: LoadBalance | None = None) -> Space:
    """Counts of each resource at each site (by first skill and roster, of the commonest kind), and other rosters.

    Rosters are tried for people only: a machine's hours have no price in a scenario, so that more would cost nothing.
    """
    balance = balance or load_balance(scenario)
    counts, rosters = [], []
    for name, place, unit in _kinds(scenario):
        busy = balance.groups.get((name, unit.site), 0.0)
        path = f"resources.{name}.units.{place}"
        who = describe(scenario, name, unit)
        values = _counts(scenario, name, unit, busy)
        if len(values) > 1:
            counts.append(_numbers(f"{path}.count", who, values, unit.count))
        others = _rosters(scenario, name, unit) if busy >= BUSY else []
        if others:
            options = [Option("", {})] + [Option(f"{who}: roster {it}", {f"{path}.roster": it}) for it in others]
            rosters.append(Knob(f"{path}.roster", tuple(options), 0, "value"))
    return (*counts, *rosters)


def vary(scenario: Scenario, path: str, values: Sequence[object]) -> Knob:
    """A knob for any field of the scenario. Raises ScenarioError where it cannot take a value."""
    for value in values:
        change(scenario, {path: value})
    now = _value(scenario, path)
    unit = _unit_at(scenario, path)
    if all(isinstance(value, int) and not isinstance(value, bool) for value in (now, *values)):
        numbers = sorted({now, *values})
        return _numbers(path, unit or path, numbers, now)
    shown = f"{unit}: {path.rpartition('.')[2]} " if unit else f"{path}: "
    others = [value for value in values if value != now]
    return Knob(path, (Option("", {}), *(Option(f"{shown}{it}", {path: it}) for it in others)), 0, "value")


def choice(scenario: Scenario, name: str, changes: Mapping[str, object]) -> Knob:
    """A choice of process: as today, or with these changes. Raises ScenarioError where they cannot be made."""
    change(scenario, changes)
    return Knob(name, (Option("", {}), Option(name, dict(changes))), 0, "choice")


def choice_of(scenario: Scenario, variant: Scenario) -> Knob:
    """The choice between a scenario and a variant of it, by the variant's title."""
    changes = {one.path: one.after for one in differences(scenario, variant)}
    title = (
        (variant.title or variant.name)
        .removeprefix(f"{scenario.title}, ")
        .removeprefix(f"{scenario.title.split(',')[0]}, ")
    )
    return choice(scenario, title, changes)


def carried(scenario: Scenario, space: Space) -> Design:
    """The plan to start from: today's, with more of whoever has more to do than hours, as far as the space goes."""
    paths = {knob.name: place for place, knob in enumerate(space)}
    design = list(today(space))
    while True:
        pools = load_balance(change(scenario, changes_of(space, tuple(design)))).pools
        for pool in sorted(pools, key=lambda it: -it.utilisation):
            if pool.utilisation <= 1:
                return tuple(design)
            if _raise_one(pool.who, paths, design, space):
                break
        else:
            return tuple(design)


def describe(scenario: Scenario, resource: str, unit: Unit) -> str:
    """`Pathologists (breast) at Herlev`, `Histotechnicians (early) at Hvidovre`."""
    title = (scenario.resources[resource].title or resource).split(" (")[0]
    alike = [one for one in scenario.resources[resource].units if one.site == unit.site]
    rosters = {one.roster for one in alike}
    kind = unit.skills[0] if unit.skills else unit.roster if len(rosters) > 1 else ""
    site = (scenario.sites[unit.site].title or unit.site).split(" (")[0].split(",")[0]
    return title + (f" ({kind})" if kind else "") + (f" at {site}" if len(scenario.sites) > 1 else "")


def _taken(space: Space, design: Design) -> Iterable[Option]:
    return (knob.options[place] for knob, place in zip(space, design, strict=True))


def _kinds(scenario: Scenario) -> list[tuple[str, int, Unit]]:
    """Of each resource, site, first skill and roster the largest unit: its resource, place, and itself."""
    most: dict[tuple[str, ...], tuple[str, int, Unit]] = {}
    for name, resource in scenario.resources.items():
        for place, unit in enumerate(resource.units):
            key = (name, unit.site, unit.roster, *unit.skills[:1])
            if unit.count and (key not in most or unit.count > most[key][2].count):
                most[key] = (name, place, unit)
    return list(most.values())


def _counts(scenario: Scenario, name: str, unit: Unit, busy: float) -> list[int]:
    group = sum(one.count for one in scenario.resources[name].units if one.site == unit.site)
    spare = math.floor(group * (1 - busy / FULL))
    fewest = max(1, math.floor(LOWER * unit.count), unit.count - max(spare, 0))
    most = max(unit.count + 2, math.ceil(UPPER * unit.count)) if busy >= BUSY else unit.count
    return list(range(fewest, most + 1))


def _rosters(scenario: Scenario, name: str, unit: Unit) -> list[str]:
    if scenario.resources[name].kind != "people":
        return []
    hours = {roster: sum(end - start for start, end in it.week_minutes()) for roster, it in scenario.rosters.items()}
    own = hours.get(unit.roster)
    return [it for it in hours if own and it != unit.roster and abs(hours[it] / own - 1) <= ALIKE_HOURS]


def _numbers(path: str, who: str, values: Sequence[int], now: int) -> Knob:
    options = [Option("" if it == now else f"{who}: {_more(it - now)} ({it})", {path: it}) for it in values]
    at = list(values).index(now)
    options[at] = Option("", {})
    return Knob(path, tuple(options), at)


def _more(difference: int) -> str:
    return f"{abs(difference)} {'more' if difference > 0 else 'fewer'}"


def _value(scenario: Scenario, path: str) -> Any:
    """What stands at a path that `change` takes."""
    held: Any = scenario.model_dump(mode="json")
    for part in path.split("."):
        if isinstance(held, list):
            named = [row for row in held if isinstance(row, dict) and row.get("name") == part]
            held = named[0] if named else held[int(part)]
        else:
            held = held.get(part)
    return held


def _unit_at(scenario: Scenario, path: str) -> str:
    parts = path.split(".")
    if len(parts) == 5 and parts[0] == "resources" and parts[2] == "units" and parts[3].isdecimal():
        return describe(scenario, parts[1], scenario.resources[parts[1]].units[int(parts[3])])
    return ""


def _raise_one(who: Iterable[Who], paths: Mapping[str, int], design: list[int], space: Space) -> bool:
    """Takes one more of the largest unit among them that can be raised; whether there was one."""
    able = [
        place
        for one in who
        if (place := paths.get(f"resources.{one.resource}.units.{one.unit}.count")) is not None
        and design[place] + 1 < len(space[place].options)
    ]
    if able:
        design[max(able, key=lambda place: len(space[place].options) - design[place])] += 1
    return bool(able)


def checked(space: Sequence[Knob]) -> Space:
    """The space, if there is something to choose. Raises PlannerError."""
    names = [knob.name for knob in space]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlannerError(f"{twice[0]} is to be varied twice; give it once, with all its values")
    if not any(len(knob.options) > 1 for knob in space):
        raise PlannerError("there is nothing to choose from: name what may be varied, and between which values")
    return tuple(knob for knob in space if len(knob.options) > 1)
