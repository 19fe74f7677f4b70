"""What differs between two scenarios: the dotted paths of the fields, with both values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.scenario.scenario import Scenario

_NO_CAUSE = {"name", "title", "note", "source", "mark"}
"""Fields that a simulation does not read."""


@dataclass(frozen=True)
class FieldChange:
    """One field, or one whole part that is new or gone."""

    path: str
    before: Any
    """As in JSON; None where it is not there."""
    after: Any

    @property
    def sentence(self) -> str:
        """`resources.scanner.units.0.count: 4, now 6`."""
        if self.before is None and isinstance(self.after, dict):
            return f"{self.path}: new"
        if self.after is None and isinstance(self.before, dict):
            return f"{self.path}: gone"
        return f"{self.path}: {_shown(self.before)}, now {_shown(self.after)}"


def differences(before: Scenario, after: Scenario) -> tuple[FieldChange, ...]:
    """Every field in which two scenarios differ, save names, titles, notes and sources. Named things go by name."""
    return tuple(_differences("", before.model_dump(mode="json"), after.model_dump(mode="json")))


def _shown(value: Any) -> Any:
    return "none" if value is None else value


def _differences(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            if key not in _NO_CAUSE:
                yield from _differences(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif _is_table(before) and _is_table(after):
        yield from _differences(path, _by_name(before), _by_name(after))
    else:
        yield FieldChange(path, before, after)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _by_name(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows by their names where each has one of its own, else by their numbers."""
    names = [str(row.get("name", "")) for row in rows]
    unique = all(names) and len(set(names)) == len(names)
    return {name if unique else str(number): row for number, (name, row) in enumerate(zip(names, rows, strict=True))}
