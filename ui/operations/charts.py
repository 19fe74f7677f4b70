"""The charts of operations as Vega-Lite, without a look of their own, so that the app's theme gives them one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ui.shell.language import day, language, number, percent, t
from ui.shell.look import BLUE, GREEN, GREY, ORANGE, PURPLE

Spec = dict[str, Any]
Row = Mapping[str, Any]

_HEIGHT: Final = 280
_LEGEND: Final = {"orient": "top"}
_HOUR: Final = {"field": "hour", "type": "ordinal", "title": None, "sort": None, "axis": {"labelAngle": 0}}


def slides_a_day(days: Mapping[date, Mapping[str, int]], names: Mapping[str, str]) -> Spec:
    """Slides that arrived, day by day, stacked by what became of them. names: of the states, in their order."""
    rows = [
        {"day": _short(it), "said": day(it), "state": names[state], "place": place, "slides": found.get(state, 0)}
        for it, found in sorted(days.items())
        for place, state in enumerate(names)
    ]
    encoding = {
        "x": {
            "field": "day",
            "type": "ordinal",
            "title": None,
            "sort": None,
            "axis": {"labelAngle": 0, "labelOverlap": True},
        },
        "y": {"field": "slides", "type": "quantitative", "title": t("slides")},
        "color": _series("state", list(names.values()), (BLUE, GREY, ORANGE, PURPLE)),
        "order": {"field": "place"},
        "tooltip": _told(("said", t("day")), ("state", t("state")), ("slides", t("slides"))),
    }
    return _spec(rows, {"mark": "bar", "encoding": encoding}, t("Slides that arrived, by day and by their state now"))


def by_hour(hours: Sequence[Mapping[str, float]], series: Sequence[str]) -> Spec:
    """Slides an hour over the day, on the site's clock. hours: of each of the 24 hours a mean by series."""
    rows = [
        {"hour": f"{hour:02}", "what": name, "slides": found.get(name, 0.0), "said": number(found.get(name, 0.0), 1)}
        for hour, found in enumerate(hours)
        for name in series
    ]
    encoding = {
        "x": _HOUR,
        "xOffset": {"field": "what", "sort": list(series)},
        "y": {"field": "slides", "type": "quantitative", "title": t("slides an hour")},
        "color": _series("what", series, (BLUE, GREEN)),
        "tooltip": _told(("hour", t("hour")), ("what", ""), ("said", t("slides an hour"))),
    }
    return _spec(rows, {"mark": "bar", "encoding": encoding}, t("Slides an hour, over the hours of the day"))


def within_by_hour(hours: Sequence[tuple[int, int]], wanted: float) -> Spec:
    """Per cent within the limit over the hours of the day. hours: of each hour actions and those within; wanted: %."""
    rows = [
        {
            "hour": f"{hour:02}",
            "percent": 100 * within / actions,
            "actions": actions,
            "said": percent(within / actions, 1),
            "met": t("met") if 100 * within / actions >= wanted else t("missed"),
        }
        for hour, (actions, within) in enumerate(hours)
        if actions
    ]
    lowest = min([90.0, *(float(str(row["percent"])) for row in rows)])
    scale = {"domain": [max(0.0, lowest - 1), 100]}
    met = {"domain": [t("met"), t("missed")], "range": [BLUE, ORANGE]}
    x = {**_HOUR, "scale": {"domain": [f"{hour:02}" for hour in range(24)]}}
    y = {"field": "percent", "type": "quantitative", "title": t("% within the limit"), "scale": scale}
    points = {
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"field": "met", "type": "nominal", "scale": met, "title": None, "legend": _LEGEND},
            "shape": {
                "field": "met",
                "type": "nominal",
                "scale": {**met, "range": ["circle", "triangle-down"]},
                "title": None,
                "legend": _LEGEND,
            },
            "tooltip": _told(("hour", t("hour")), ("said", t("within the limit")), ("actions", t("actions"))),
        },
    }
    line = {
        "data": {"values": [{"wanted": wanted}]},
        "mark": {"type": "rule", "strokeDash": [6, 4], "color": GREY, "strokeWidth": 1.5},
        "encoding": {"y": {"field": "wanted", "type": "quantitative", "scale": scale}},
    }
    return _spec(rows, {"layer": [line, points]}, t("Actions within their limit, by hour of the day"))


def used_over_days(days: Iterable[tuple[date, str, int]], unit: float, unit_name: str) -> Spec:
    """Used bytes of each place over the days. unit: bytes of the axis' unit."""
    rows = [
        {"day": it.isoformat(), "said": day(it), "place": place, "used": used / unit, "size": number(used / unit, 1)}
        for it, place, used in days
    ]
    places = list(dict.fromkeys(str(row["place"]) for row in rows))
    encoding = {
        "x": {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%-d/%-m", "tickCount": 8}},
        "y": {"field": "used", "type": "quantitative", "title": t("used, {unit}", unit=unit_name)},
        "color": _series("place", places, (BLUE, ORANGE, GREEN, PURPLE, GREY)),
        "strokeDash": {"field": "place", "type": "nominal", "legend": None},
        "tooltip": _told(("said", t("day")), ("place", t("disk")), ("size", unit_name)),
    }
    mark = {"type": "line", "point": True, "strokeWidth": 2}
    return _spec(rows, {"mark": mark, "encoding": encoding}, t("Used space by day"))


def _series(field: str, names: Sequence[str], colours: Sequence[str]) -> Spec:
    legend = {**_LEGEND, "symbolType": "stroke", "symbolStrokeWidth": 3} if field == "place" else _LEGEND
    spread = [colours[place % len(colours)] for place in range(len(names))]
    scale = {"domain": list(names), "range": spread}
    return {"field": field, "type": "nominal", "title": None, "scale": scale, "legend": legend}


def _short(it: date) -> str:
    return f"{it.day}/{it.month}"


def _told(*fields: tuple[str, str]) -> list[Spec]:
    return [{"field": name, "title": title} for name, title in fields]


def _spec(rows: Sequence[Row], drawn: Spec, described: str) -> Spec:
    """described: read out by screen readers."""
    danish = {"number": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " kr."]}}
    return {
        "description": described,
        "data": {"values": list(rows)},
        "height": _HEIGHT,
        **drawn,
        "config": {"locale": danish} if language() == "da" else {},
    }
