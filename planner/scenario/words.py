"""What is wrong with a scenario, in words: the field as the author wrote it, what is there, and what is allowed."""

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from planner.errors import ScenarioError
from planner.scenario.scenario import FORMAT, Scenario

_BOUNDS = {
    "greater_than": ("gt", "must be above"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be below"),
    "less_than_equal": ("le", "must be at most"),
    "too_short": ("min_length", "too few; give at least"),
    "too_long": ("max_length", "too many; give at most"),
    "string_too_short": ("min_length", "too short; number of letters at least"),
}
_WANTED = {
    "float_": "must be a number",
    "int_": "must be a whole number",
    "finite_number": "must be a number that is neither infinite nor nan",
    "string_": "must be a text (put it in quotes)",
    "bool_": "must be true or false",
    "date_": "must be a date such as 2026-01-05",
    "model_": "must be a group of fields (name: value)",
    "dict_": "must be a group of named entries (name: value)",
    "tuple_": "must be a list",
    "list_": "must be a list",
}


def scenario_error(where: str, problems: Sequence[str]) -> ScenarioError:
    """One error that tells all the problems, each on its line where there are several."""
    if len(problems) == 1:
        return ScenarioError(f"{where}: {problems[0]}")
    return ScenarioError(f"{where}: {len(problems)} problems\n" + "\n".join(f"- {problem}" for problem in problems))


@cache
def json_schema() -> dict[str, Any]:
    """The scenario file's format as a JSON Schema."""
    return Scenario.model_json_schema()


def problems_of(error: ValidationError, data: object) -> list[str]:
    """Each problem that pydantic found in `data`, as `field: what is wrong and what is allowed`."""
    problems: list[str] = []
    everything = error.errors(include_url=False)
    for found in everything:
        if found["type"] == "too_short" and any(_within(other["loc"], found["loc"]) for other in everything):
            continue  # the entries that are missing are those that are wrong
        field, schema = _place(found["loc"], data)
        problems += [f"{field}: {text}" if field else text for text in _words(dict(found), schema).split("\n")]
    return list(dict.fromkeys(problems))


def _within(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def _words(found: dict[str, Any], schema: Mapping[str, Any]) -> str:
    kind: str = found["type"]
    given, context = found["input"], found.get("ctx", {})
    last = str(found["loc"][-1]) if found["loc"] else ""
    if last == "forrang_scenario":
        return f"this version of Forrang reads format {FORMAT}, not {given!r}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"unknown field; {_allowed(last, list(schema.get('properties', {})))}"
    if kind == "union_tag_not_found":
        field = context["discriminator"].strip("'")
        kinds = ", ".join(schema.get("discriminator", {}).get("mapping", {}))
        return f"say which {field} it is: {kinds}"
    if kind == "union_tag_invalid":
        return f"unknown {context['discriminator']} {context['tag']!r}; {_allowed(context['tag'], _listed(context))}"
    if kind == "literal_error":
        return f"{given!r} is not allowed; it may be {context['expected']}"
    if kind in _BOUNDS:
        bound, text = _BOUNDS[kind]
        shown = f"{given!r}: " if isinstance(given, int | float | str) else ""
        return f"{shown}{text} {context[bound]}"
    for start, text in _WANTED.items():
        if kind.startswith(start):
            return f"{text}; got {_short(given)}"
    return f"{found['msg']}; got {_short(given)}"


def _listed(context: Mapping[str, Any]) -> list[str]:
    return [tag.strip().strip("'") for tag in context["expected_tags"].split(",")]


def _allowed(name: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, allowed, 1)
    return (f"perhaps {near[0]!r}; " if near else "") + f"there are {', '.join(allowed)}"


def _short(given: object) -> str:
    text = "nothing" if given is None else repr(given)
    return text if len(text) <= 60 else text[:57] + "..."


def _place(location: Sequence[int | str], data: object) -> tuple[str, Mapping[str, Any]]:
    """The field as the author wrote it (list entries by name), and its schema; for an unknown field its holder's."""
    schema: Mapping[str, Any] = json_schema()
    parts: list[str] = []
    for part in location:
        schema = _resolved(schema)
        if not _has(data, part) and part in schema.get("discriminator", {}).get("mapping", {}):
            schema = {"$ref": schema["discriminator"]["mapping"][part]}
            continue
        if isinstance(part, int):
            entry = data[part] if isinstance(data, Sequence) and part < len(data) else None
            name = entry.get("name") if isinstance(entry, Mapping) else None
            parts.append(str(name or part))
            data, schema = entry, schema.get("items", {})
        else:
            parts.append(part)
            data = data.get(part) if isinstance(data, Mapping) else None
            inner = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
            schema = inner if isinstance(inner, Mapping) else schema
    return ".".join(parts), _resolved(schema)


def _has(data: object, part: int | str) -> bool:
    return isinstance(data, Mapping) and part in data


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference, or behind `this or null`."""
    while True:
        if "$ref" in schema:
            schema = json_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        elif "discriminator" not in schema and "anyOf" in schema:
            schema = next((one for one in schema["anyOf"] if one.get("type") != "null"), {})
        else:
            return schema
