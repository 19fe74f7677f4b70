"""What of a scenario is measured and what is guessed: its numbers in words, and how they are known."""

from collections import Counter
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel

from planner.scenario.assumptions import assumptions
from planner.scenario.quantities import Mark
from planner.scenario.scenario import Scenario

MARKS = {
    "measured": "measured in the department",
    "published": "published",
    "derived": "derived from published or measured numbers",
    "assumed": "assumed",
}
UNSAID = ("", "constant", "fixed")
"""Kinds that go without saying."""
MOST_VALUES = 6


@dataclass(frozen=True)
class Known:
    """A number, or a few that belong together, and how they are known."""

    path: str
    """As `--set` writes it: `steps.reading.time`; with * for every stream or unit."""
    value: str
    mark: str
    source: str


def known_numbers(scenario: Scenario) -> list[Known]:
    """Every number that the sensitivity analysis knows, whatever its mark, in the scenario's order."""
    found = assumptions(scenario, get_args(Mark))
    return [Known(one.path, _value(scenario, one.path), one.mark, one.source) for one in found]


def counted(numbers: list[Known]) -> dict[str, int]:
    """Mark to how many."""
    found = Counter(number.mark for number in numbers)
    return {mark: found[mark] for mark in MARKS if found[mark]}


def _value(scenario: Scenario, path: str) -> str:
    """The value in words; several where the path stands for several."""
    if "*" in path:
        return "several"
    part: object = scenario
    for name in path.split("."):
        if isinstance(part, dict):
            part = part[name]
        elif isinstance(part, tuple):
            part = part[int(name)]
        else:
            part = getattr(part, name)
    return _words(part) if isinstance(part, BaseModel) else f"{part:g}" if isinstance(part, int | float) else str(part)


def _words(part: BaseModel) -> str:
    """The plain numbers of a part: `lognormal, mean 4.6, sd 3 minutes`."""
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    said = [
        _number(value) if name == "value" else f"{name.replace('_', ' ')} {_number(value)}"
        for name, value in fields.items()
        if isinstance(value, int | float | tuple)
    ]
    kind = str(fields.get("kind", ""))
    return f"{', '.join([*([] if kind in UNSAID else [kind]), *said])} {fields.get('unit', '')}".strip()


def _number(value: float | tuple[float, ...]) -> str:
    if isinstance(value, tuple):
        more = " ..." if len(value) > MOST_VALUES else ""
        return " ".join(f"{one:g}" for one in value[:MOST_VALUES]) + more
    return f"{value:g}"
