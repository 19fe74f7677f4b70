"""The planner's charts made ready for the page: one at a time, in the theme's colours and the visitor's language."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from planner.report import look
from planner.report.charts import Spec

DARK: Final[Mapping[str, str]] = {
    look.INK: "#e6edf3",
    look.FAINT: "#a8b8c5",
    look.GRID: "#2f3d4a",
    look.BLUE: "#6fb4e6",
    look.ORANGE: "#f0a35e",
    look.GREEN: "#56c79c",
    look.RED: "#f0857a",
    look.PURPLE: "#b79be0",
    look.SKY: "#4f8fb8",
    look.GREY: "#97a3ae",
    "#eef3f8": "#1d2832",
    "#a9cbe2": "#2f6f9c",
    "#f0b56b": "#c98a3a",
}
"""The report's colours, and those that stand for them on a dark page."""

_PLAIN: Final = frozenset({"field", "type", "mark", "$schema", "op", "calculate", "filter", "shape", "name", "format"})
"""Keys whose text is Vega-Lite's own."""
_ROOM: Final = {"type": "fit-x", "contains": "padding"}
"""As wide as there is room; the height is the bars', and axes and legends come on top of it."""
_COMMAS: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " kr."]}


def charts(spec: Spec, say: Callable[[str], str], *, dark: bool, commas: bool) -> list[Spec]:
    """A chart, or each of those that stand below each other in one, ready to be drawn as wide as there is room.

    say: text in the visitor's language. commas: numbers as 1.234,5.
    """
    config = copy.deepcopy(spec.get("config", {}))
    if commas:
        config["locale"] = {"number": _COMMAS}
    data = spec.get("datasets", {})
    found = []
    for part in spec.get("vconcat", [spec]):
        own = {name: data[name] for name in set(_datasets(part)) if name in data}
        whole = _told({**part, "autosize": _ROOM, "datasets": own}, say)
        drawn = {**whole, "config": config, "$schema": spec.get("$schema", "")}
        found.append(_coloured(drawn) if dark else drawn)
    return found


def _datasets(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("data"), dict) and "name" in part["data"]:
            yield part["data"]["name"]
        for value in part.values():
            yield from _datasets(value)
    elif isinstance(part, list):
        for value in part:
            yield from _datasets(value)


def _coloured(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _coloured(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_coloured(value) for value in part]
    return DARK.get(part, part) if isinstance(part, str) else part


def _told(part: Any, say: Callable[[str], str]) -> Any:
    """Every text that is read by people, data and the names of colours alike."""
    if isinstance(part, dict):
        names = {
            key: re.sub(r"'(\w+)'", lambda word: f"'{say(word[1])}'", value) if key == "labelExpr" else value
            for key, value in part.items()
        }
        return {
            key: value if key in _PLAIN and isinstance(value, str) and key != "name" else _told(value, say)
            for key, value in names.items()
        }
    if isinstance(part, list):
        return [_told(value, say) for value in part]
    return say(part) if isinstance(part, str) else part
