"""The changes that a manager makes every week, found in any scenario: people, hours, machines, volumes, AI, post.

Each table has a row a thing, with the path of what may be changed in it; `changed` makes the scenario with new values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from planner.errors import ScenarioError
from planner.scenario.load import change
from planner.scenario.process import AiScore, Delay, Work
from planner.scenario.rosters import Texts
from planner.scenario.scenario import Scenario

OPINION: Final = ("second-opinion", "second opinion")
"""Name or stage of the step in which a second opinion travels."""
DIGITAL: Final[dict[str, Any]] = {
    "kind": "lognormal",
    "mean": 35,
    "sd": 25,
    "unit": "minutes",
    "mark": "published",
    "source": "Haghighi 2021: 86 h by post, 35 min digital; spread assumed",
}
POSTAL: Final[dict[str, Any]] = DIGITAL | {"mean": 86, "sd": 30, "unit": "hours"}
COURIER: Final[dict[str, Any]] = {"at": {"mon-fri": ["16:00"]}}
USUAL_AI: Final[dict[str, Any]] = {
    "sensitivity": 0.95,
    "false_positive_fraction": 0.1,
    "unscored": 0.4,
    "failed": 0.01,
    "source": "Replace by your model's own figures on your own slides",
}
READING: Final = "reading"
AI_STEP: Final = "ai-score"
AHEAD_HOURS: Final = 16.0
"""How far a flag moves a case forward, as in the region's scenario (assumed)."""

Opinion = Literal["post", "digital"]


@dataclass(frozen=True)
class UnitRow:
    """A group of people or machines that are alike."""

    path: str
    resource: str
    title: str
    people: bool
    name: str
    site: str
    count: int
    roster: str
    absence: float
    full_time: float


@dataclass(frozen=True)
class HoursRow:
    """The hours of a roster on some days."""

    roster: str
    days: str
    hours: str
    """`07:30-15:30`, several by a comma."""
    breaks: str


@dataclass(frozen=True)
class StreamRow:
    """Cases of one kind from one place."""

    path: str
    name: str
    site: str
    pathway: str
    per_week: float


def units(scenario: Scenario) -> list[UnitRow]:
    """Everybody and everything that works, in the scenario's order."""
    return [
        UnitRow(
            f"resources.{name}.units.{place}",
            name,
            resource.title or name.capitalize(),
            resource.kind == "people",
            unit.name,
            scenario.sites[unit.site].title or unit.site,
            unit.count,
            unit.roster,
            unit.absence,
            unit.full_time,
        )
        for name, resource in scenario.resources.items()
        for place, unit in enumerate(resource.units)
    ]


def hours(scenario: Scenario) -> list[HoursRow]:
    """The rosters' hours, a row for each group of days."""
    return [
        HoursRow(name, days, _joined(roster.hours.get(days, ())), _joined(roster.breaks.get(days, ())))
        for name, roster in scenario.rosters.items()
        for days in dict.fromkeys([*roster.hours, *roster.breaks])
    ]


def hours_change(rows: list[HoursRow]) -> dict[str, object]:
    """What makes these rows the rosters' hours, by path. Days without hours are closed."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        for part, text in (("hours", row.hours), ("breaks", row.breaks)):
            spans = [it.strip() for it in text.split(",") if it.strip()]
            part_of = found.setdefault(f"rosters.{row.roster}.{part}", {})
            if spans:
                part_of[row.days] = spans
    return dict(found)


def streams(scenario: Scenario) -> list[StreamRow]:
    """What comes in at a rate, by stream."""
    return [
        StreamRow(
            f"arrivals.{place}.per_week.value",
            stream.name,
            scenario.sites[stream.site].title or stream.site,
            scenario.pathways[stream.pathway].title or stream.pathway,
            stream.per_week.value,
        )
        for place, stream in enumerate(scenario.arrivals)
        if stream.per_week
    ]


def uses_ai(scenario: Scenario) -> bool:
    """Whether any work is done in an order that the AI has a say in."""
    return any(isinstance(step, Work) and step.order.rule == "ai" for step in scenario.steps.values())


def can_use_ai(scenario: Scenario) -> bool:
    """Whether the AI can be switched on: there is a step of reading that it could order."""
    return uses_ai(scenario) or isinstance(scenario.steps.get(READING), Work)


def ai_change(scenario: Scenario, *, on: bool) -> dict[str, object]:
    """What switches the AI's say on or off, by path. Off, cases are in their clinical order.

    On: reading goes by the AI, which is put before it where it was nowhere. Raises ScenarioError where nobody reads.
    """
    if on == uses_ai(scenario):
        return {}
    if not on:
        ordered = [name for name, it in scenario.steps.items() if isinstance(it, Work) and it.order.rule == "ai"]
        return {f"steps.{name}.order.rule": "clinical" for name in ordered}
    reading = scenario.steps.get(READING)
    if not isinstance(reading, Work):
        raise ScenarioError(f"{scenario.name}: has no step called {READING!r}, so there is nothing for the AI to order")
    made: dict[str, object] = {
        f"steps.{READING}.order.rule": "ai",
        f"steps.{READING}.order.ai_head_start_hours": reading.order.ai_head_start_hours or AHEAD_HOURS,
    }
    if scenario.ai is None:
        made["ai"] = USUAL_AI
    if not any(isinstance(step, AiScore) for step in scenario.steps.values()):
        made[f"steps.{AI_STEP}"] = {"does": "ai", "next": [{"to": READING}]}
        made |= {
            f"steps.{name}.next.{place}.to": AI_STEP
            for name, step in scenario.steps.items()
            for place, way in enumerate(step.next)
            if way.to == READING
        }
    return made


def opinion(scenario: Scenario) -> Opinion | None:
    """How second opinions travel; None where the scenario has none that travel."""
    found = _opinion_step(scenario)
    if found is None:
        return None
    return "post" if found[1].departures else "digital"


def opinion_change(scenario: Scenario, how: Opinion) -> dict[str, object]:
    """What makes second opinions ("revision") go by post or on the screen, by path."""
    found = _opinion_step(scenario)
    if found is None or opinion(scenario) == how:
        return {}
    at = f"steps.{found[0]}"
    if how == "digital":
        return {f"{at}.departures": None, f"{at}.trip": False, f"{at}.time": DIGITAL}
    return {f"{at}.departures": COURIER, f"{at}.trip": True, f"{at}.time": POSTAL}


def changed(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    """The scenario with the changes; itself where there are none. Raises ScenarioError that names the field."""
    return change(scenario, changes) if changes else scenario


def _opinion_step(scenario: Scenario) -> tuple[str, Delay] | None:
    for name, step in scenario.steps.items():
        if isinstance(step, Delay) and (name in OPINION or step.stage in OPINION):
            return name, step
    return None


def _joined(spans: Texts) -> str:
    return ", ".join(spans)
