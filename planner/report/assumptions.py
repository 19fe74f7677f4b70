"""What of a scenario is measured and what is guessed: its numbers, and how they are known."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from planner.scenario.quantities import Sourced
from planner.scenario.scenario import Scenario

MARKS = {
    "measured": "measured in the department",
    "published": "published",
    "derived": "derived from published or measured numbers",
    "assumed": "assumed",
}


UNSAID = ("", "constant", "fixed", "people", "machine")
"""Kinds that go without saying."""


@dataclass(frozen=True)
class Known:
    """A number, or a few that belong together, and how they are known."""

    path: str
    """As `--set` and a scenario's `change` write it: `steps.reading.time`."""
    value: str
    mark: str
    source: str


def known_numbers(scenario: Scenario) -> list[Known]:
    """Every marked number that the scenario gives itself, in its order; what is as it is by default is left out.

    A number that says neither mark nor source has those of the part it stands in.
    """
    own = scenario.mark, scenario.source
    return [it for field in type(scenario).model_fields for it in _under(getattr(scenario, field), field, own)]


def counted(numbers: list[Known]) -> dict[str, int]:
    """Mark to how many."""
    found = Counter(number.mark for number in numbers)
    return {mark: found[mark] for mark in MARKS if found[mark]}


def _under(value: object, path: str, known: tuple[str, str]) -> Iterator[Known]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _under(one, f"{path}.{name}", known)
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _under(one, f"{path}.{getattr(one, 'name', '') or number}", known)
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        own = {name: given for name in fields if (given := getattr(value, name)) != fields[name].default}
        if isinstance(value, Sourced):
            if own.keys() & {"mark", "source"}:
                known = value.mark, value.source
            words = _words(own, getattr(value, "unit", ""))
            if words:
                yield Known(path, words, *known)
        for name, one in own.items():
            yield from _under(one, f"{path}.{name}", known)


def _words(fields: dict[str, object], unit: str) -> str:
    """The plain numbers of a part, in words: `lognormal, mean 4.6, sd 3 minutes`."""
    numbers = [
        f"{value:g}" if name == "value" else f"{name.replace('_', ' ')} {value:g}"
        for name, value in fields.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    lists = [
        f"{name} {', '.join(f'{one:g}' for one in value[:6])}{' ...' if len(value) > 6 else ''}"
        for name, value in fields.items()
        if isinstance(value, tuple) and value and all(isinstance(one, int | float) for one in value)
    ]
    kind = str(fields.get("kind", ""))
    kinds = [] if kind in UNSAID else [kind]
    return f"{', '.join([*kinds, *numbers, *lists])} {unit}".strip() if numbers or lists else ""
