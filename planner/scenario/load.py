"""Scenario files: reading, ready ones, building on another, changing by path, writing, and a hash for its content."""

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from planner.errors import ScenarioError
from planner.scenario.scenario import Scenario
from planner.scenario.words import json_schema, problems_of, scenario_error
from planner.scenario.yaml_limits import check_limits

READY = Path(__file__).parents[1] / "ready"
"""The folder of the ready scenarios."""

__all__ = [
    "change",
    "dump_scenario",
    "json_schema",
    "load_scenario",
    "read_scenario",
    "ready_scenarios",
    "ready_variants",
    "scenario_hash",
]


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The ready scenario of that name, or the one in that YAML file.

    A file may say `extends:` (a ready name, or a file beside it); its other fields then replace those of that scenario,
    and `change:` alters single values by path, as `change` does. Raises ScenarioError that tells every problem.
    """
    return _load(name_or_path, Path(), ())


def read_scenario(text: str, where: str = "scenario") -> Scenario:
    """A scenario from YAML text, which may say `extends:` with the name of a ready one; `where` names it in errors.

    A text by itself lies beside no file, so it builds on no other. Raises ScenarioError.
    """
    data = _mapping(text, where)
    base = data.get("extends")
    if base is not None and (not isinstance(base, str) or base not in ready_scenarios()):
        known = ", ".join(ready_scenarios())
        raise ScenarioError(
            f"{where}: extends: here a plan can build on those that come with Forrang only ({known}), not on {base!r};"
            " name one of them, or write the plan out in full"
        )
    return _built(data, where, Path(where).stem, Path(), ())


@cache
def ready_scenarios() -> Mapping[str, str]:
    """Name and title of the scenarios that come with Forrang; read once."""
    files = {path.stem: _mapping(path.read_text(encoding="utf-8"), path.name) for path in sorted(READY.glob("*.yaml"))}
    return MappingProxyType(
        {name: str({**data, **data.get("change", {})}.get("title", "")) for name, data in files.items()}
    )


def ready_variants(name: str) -> tuple[str, ...]:
    """Names of the ready scenarios that change the one of this name."""
    files = {path.stem: _mapping(path.read_text(encoding="utf-8"), path.name) for path in sorted(READY.glob("*.yaml"))}
    return tuple(variant for variant, data in files.items() if data.get("extends") == name)


def change(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    """The scenario with values replaced by path: `{"resources.scanner.units.0.count": 6}`.

    A part of a path is a field, a key, a place in a list (one past the end adds to it), or the name of a list's entry:
    `arrivals.breast-biopsy.per_week.value`. Raises ScenarioError that names the path.
    """
    return _validated(_changed(scenario.model_dump(mode="json"), changes, scenario.name), scenario.name)


def dump_scenario(scenario: Scenario) -> str:
    """The scenario as YAML, without what is as it is by default. `read_scenario` gives the same scenario back."""
    return yaml.safe_dump(_plain(scenario), sort_keys=False, allow_unicode=True, width=120)


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of everything in the scenario, hexadecimal: two scenarios with the same hash are the same scenario."""
    return hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()


def _load(name_or_path: str | Path, beside: Path, below: tuple[Path, ...]) -> Scenario:
    ready = READY / f"{name_or_path}.yaml"
    path = ready if ready.parent == READY and ready.is_file() else beside / name_or_path
    where = str(name_or_path)
    if path.resolve() in below:
        raise ScenarioError(f"{where}: extends itself, by way of {' > '.join(file.name for file in below)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        known = ", ".join(file.stem for file in sorted(READY.glob("*.yaml")))
        raise ScenarioError(f"{where}: no such file, nor a ready scenario; the ready ones are {known}") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ScenarioError(f"{where}: cannot be read as a text file: {error}") from error
    return _built(_mapping(text, where), where, path.stem, path.parent, (*below, path.resolve()))


def _built(data: dict[str, Any], where: str, name: str, beside: Path, below: tuple[Path, ...]) -> Scenario:
    """What a file says, over what it extends. beside, below: where files lie that it names, and those that led here."""
    base = data.pop("extends", None)
    changes = data.pop("change", None)
    if base is None:
        if changes is not None:
            raise ScenarioError(f"{where}: change: there is nothing to change; say which scenario it `extends`")
        return _validated(data, where)
    if not isinstance(base, str):
        raise ScenarioError(f"{where}: extends: must be the name of a ready scenario or a file; got {base!r}")
    if changes is not None and not isinstance(changes, dict):
        raise ScenarioError(f"{where}: change: must be a group of paths and values; got {changes!r}")
    under = _load(base, beside, below).model_dump(mode="json")
    own = {"name": name, "title": "", **data}
    return _validated(_changed({**under, **own}, changes or {}, where), where)


def _validated(data: dict[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise scenario_error(where, problems_of(error, data)) from error


def _changed(data: dict[str, Any], changes: Mapping[str, object], where: str) -> dict[str, Any]:
    data = copy.deepcopy(data)
    problems = []
    for path, value in changes.items():
        try:
            _set(data, str(path).split("."), copy.deepcopy(value))
        except KeyError as error:
            problems.append(f"change {path!r}: {error.args[0]}")
    if problems:
        raise scenario_error(where, problems)
    return data


def _set(holder: Any, path: Sequence[str], value: object) -> None:
    """Puts a value at a path; raises KeyError with what is wrong in words."""
    for number, part in enumerate(path):
        last = number == len(path) - 1
        if isinstance(holder, list):
            key: Any = _place_in(holder, part, may_add=last)
            if key == len(holder):
                holder.append(None)
        elif isinstance(holder, dict):
            key = part
            if part not in holder and not last:
                raise KeyError(f"there is no {part!r}; there are {', '.join(map(str, holder)) or 'none'}")
        else:
            raise KeyError(f"{'.'.join(path[:number])} is a single value ({holder!r}), and has no {part!r}")
        if last:
            holder[key] = value
        elif holder[key] is None:
            holder[key] = {}
        holder = holder[key]


def _place_in(entries: list[Any], part: str, *, may_add: bool) -> int:
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    if names.count(part) > 1:
        raise KeyError(f"{names.count(part)} entries are called {part!r}; say the place in the list, 0 for the first")
    if part in names:
        return names.index(part)
    if part.isdecimal() and int(part) < len(entries) + may_add:
        return int(part)
    known = ", ".join(str(name) for name in names if name)
    places = f"places 0 to {len(entries) - 1}" if entries else "an empty list"
    raise KeyError(f"there is no entry {part!r}; there are {places}" + (f", named {known}" if known else ""))


def _plain(value: object) -> object:
    """Models as mappings of what differs from the default; `kind` and `does` always, as a reader needs them."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        kept = {name: getattr(value, name) for name in fields}
        return {
            name: _plain(part)
            for name, part in kept.items()
            if name in ("kind", "does", "forrang_scenario") or part != fields[name].default
        }
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        check_limits(text)
        data = yaml.load(text, _Loader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "YAML"
        raise ScenarioError(f"{where}: {place}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{where}: is not YAML: {error}") from error
    if data is None:
        raise ScenarioError(f"{where}: is empty; a scenario has at least name, arrivals, resources and steps")
    if not isinstance(data, dict):
        raise ScenarioError(f"{where}: must be a group of fields (name: value), but it is {type(data).__name__}")
    return data


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as people mean it: a key given twice is an error, 16:30 is a time (not 990), NO is Norway (not false)."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Called first for every mapping, before others are merged into it; raises MarkedYAMLError for a double key."""
        looked_at: dict[int, yaml.Node] = self.__dict__.setdefault("looked_at", {})
        if id(node) not in looked_at:
            looked_at[id(node)] = node
            seen: set[str] = set()
            for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
                seen.add(key.value)
        super().flatten_mapping(node)


_OTHERWISE = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] not in _OTHERWISE]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
