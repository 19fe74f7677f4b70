"""Figures in words and units, for verdicts."""

from planner.measures.figures import FigureKey

ON_TIME = FigureKey("on_time", "all")
COST = FigureKey("cost", "all")

_NAMES = {
    "on_time": "Cases on time",
    "turnaround": "Turnaround",
    "backlog": "Open cases",
    "cost": "Cost a week",
    "cost_per_on_time": "Cost per case on time",
    "utilisation": "Utilisation",
    "overtime": "Overtime a week",
}
_DETAILS = {"p50": "half of the cases within", "p90": "90% of the cases within", "p95": "95% of the cases within"}
_SHARES = {"on_time", "undecided", "unfinished", "utilisation"}
_HOURS = {"turnaround", "stage_wait", "stage_work", "wait", "overtime"}


def named(key: FigureKey) -> str:
    """`Turnaround of cancer-breast, 90% of the cases within`."""
    name = _NAMES.get(key.measure, key.measure.replace("_", " "))
    of = f" of {key.group}" if key.group else ""
    detail = f", {_DETAILS.get(key.detail, key.detail)}" if key.detail else ""
    return f"{name}{of}{detail}"


def amount(key: FigureKey, value: float) -> str:
    """The value with its unit: 84.3%, 26.1 h, 1,234."""
    if key.measure in _SHARES:
        return f"{value:.1%}"
    if key.measure in _HOURS:
        return f"{value:,.1f} h"
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def change(key: FigureKey, value: float) -> str:
    """A difference with its sign: +2.4 points, -3.1 h, -12 min."""
    if key.measure in _SHARES:
        return f"{100 * value:+.1f} points"
    if key.measure in _HOURS and abs(value) < 1:
        return f"{60 * value:+.1f} min"
    if key.measure in _HOURS:
        return f"{value:+,.1f} h"
    return f"{value:+,.1f}" if abs(value) < 100 else f"{value:+,.0f}"


def is_better_higher(measure: str) -> bool:
    """Whether more of it is to be wished for; of waits, costs, backlogs and overtime it is not."""
    return measure == "on_time"
