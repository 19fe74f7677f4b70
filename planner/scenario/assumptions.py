"""The numbers of a scenario that somebody assumed, measured or read somewhere, and how each would be varied."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel
from scipy.optimize import brentq

from planner.scenario.demand import Deadline, Stream
from planner.scenario.process import Ai, Next, Step
from planner.scenario.quantities import (
    ChoiceCount,
    Constant,
    Empirical,
    Erlang,
    Exponential,
    FixedCount,
    GeometricCount,
    Lognormal,
    Mark,
    Quantity,
    Sourced,
    Triangular,
    Uniform,
    Weibull,
)
from planner.scenario.resources import Downtime, Grade, Overtime, Unit
from planner.scenario.scenario import Scenario

_WHOLE: dict[type[BaseModel], tuple[str, ...]] = {
    Quantity: ("value",),
    Constant: ("value",),
    Exponential: ("mean",),
    Uniform: ("low", "high"),
    Triangular: ("low", "mode", "high"),
    Lognormal: ("mean", "sd"),
    Erlang: ("mean",),
    Weibull: ("scale",),
    Empirical: ("quantiles",),
    FixedCount: ("value",),
    GeometricCount: ("mean",),
}
"""Fields that are scaled together, so that a distribution keeps its shape."""
_SINGLE: dict[type[BaseModel], tuple[str, ...]] = {
    Downtime: ("mean_hours_between", "mean_hours_down"),
    Overtime: ("max_minutes", "when_waiting"),
    Grade: ("per_hour", "overtime_factor"),
    Ai: ("sensitivity", "false_positive_fraction", "unscored", "failed"),
    Unit: ("speed", "absence"),
    Stream: ("growth_per_year",),
}
"""Fields that are numbers of their own."""
_LIMITS = {
    "sensitivity": (0.0, 1.0),
    "false_positive_fraction": (0.0, 1.0),
    "unscored": (0.0, 1.0),
    "failed": (0.0, 1.0),
    "absence": (0.0, 1.0),
    "prevalence.value": (0.0, 1.0),
    "overtime_factor": (1.0, 10.0),
    "when_waiting": (1.0, math.inf),
}
"""What a field may be, by the end of its path."""
_COUNT_LIMITS = (1.0, 1000.0)
_STEEPEST = 200.0
"""Tilt of a count's shares at which all but one value are gone."""

Changes = dict[str, Any]
"""Dotted path to value, as `planner.scenario.load.change` takes them."""


@dataclass(frozen=True)
class Assumption:
    """A number, or several that stand and fall together: a distribution's parameters, one field of all streams."""

    path: str
    """Dotted, with * for every stream or unit: `steps.reading.time`, `arrivals.*.per_week`."""
    mark: Mark
    source: str
    scaled: Callable[[float], Changes]
    """The changes that scale it by a factor, kept within what is allowed; empty where nothing would change."""


class _Number(NamedTuple):
    path: str
    mark: Mark
    source: str
    scaled: Callable[[float], Changes]


def assumptions(scenario: Scenario, marks: Sequence[Mark] = ("assumed",)) -> tuple[Assumption, ...]:
    """The scenario's numbers with one of these marks, in its order.

    A number that says neither mark nor source has those of the part it stands in. Left out are numbers that are zero or
    as they are by default, deadlines (promised, not assumed), and numbers of people and machines (decided).
    """
    alike: dict[tuple[str, Mark, str], list[Callable[[float], Changes]]] = {}
    for number in _numbers(scenario, "", (scenario.mark, scenario.source)):
        if number.mark in marks and number.scaled(0.8) | number.scaled(1.2):
            alike.setdefault((_pattern(number.path), number.mark, number.source), []).append(number.scaled)
    return tuple(Assumption(*key, partial(_all_of, scaled)) for key, scaled in alike.items())


def _pattern(path: str) -> str:
    """Streams and units go together: one row for the demand, not one for each stream."""
    return re.sub(r"^(arrivals|resources\.[^.]+\.units)\.[^.]+", r"\1.*", path)


def _all_of(scaled: Sequence[Callable[[float], Changes]], factor: float) -> Changes:
    return {path: value for one in scaled for path, value in one(factor).items()}


def _numbers(value: object, path: str, known: tuple[Mark, str]) -> Iterator[_Number]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _numbers(one, f"{path}.{name}", known)
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from _numbers(one, f"{path}.{place}", known)
    elif isinstance(value, BaseModel) and not isinstance(value, Deadline):
        fields = type(value).model_fields
        own = {name: given for name in fields if (given := getattr(value, name)) != fields[name].default}
        if isinstance(value, Sourced) and own.keys() & {"mark", "source"}:
            known = value.mark, value.source
        if type(value) in _WHOLE:
            yield _Number(path, *known, partial(_fields_scaled, value, path, _WHOLE[type(value)]))
        for name in _SINGLE.get(type(value), ()):
            if name in own:
                yield _Number(f"{path}.{name}", *known, partial(_fields_scaled, value, path, (name,)))
        if isinstance(value, ChoiceCount):
            yield _Number(path, *known, partial(_choice_scaled, value, path))
        if isinstance(value, Step):
            for place, way in enumerate(value.next):
                if way.share:
                    yield _Number(f"{path}.next.{place}.share", *known, partial(_way_scaled, value.next, place, path))
        for name, one in own.items():
            yield from _numbers(one, f"{path}.{name}" if path else name, known)


def _fields_scaled(part: BaseModel, path: str, names: Sequence[str], factor: float) -> Changes:
    values = {name: getattr(part, name) for name in names}
    changed = {name: _within(value, factor, _limits(part, f"{path}.{name}")) for name, value in values.items()}
    return {f"{path}.{name}": value for name, value in changed.items() if value != values[name]}


def _limits(part: BaseModel, path: str) -> tuple[float, float]:
    if isinstance(part, FixedCount | GeometricCount):
        return _COUNT_LIMITS
    return next((limits for end, limits in _LIMITS.items() if path.endswith(end)), (-math.inf, math.inf))


def _within(value: Any, factor: float, limits: tuple[float, float]) -> Any:
    if isinstance(value, tuple):
        return tuple(_within(one, factor, limits) for one in value)
    scaled = min(max(value * factor, limits[0]), limits[1])
    return round(scaled) if isinstance(value, int) else scaled


def _choice_scaled(count: ChoiceCount, path: str, factor: float) -> Changes:
    """Shares tilted along the values until the mean is the one wanted, or nearly all is at one end."""
    values, shares = np.array(count.values, np.float64), np.array(count.shares)
    low, high = values[shares > 0].min(), values[shares > 0].max()
    if low == high:
        return {}
    wanted = np.clip(count.mean * factor, low + 0.01 * (high - low), high - 0.01 * (high - low))

    def tilted(by: float) -> npt.NDArray[np.float64]:
        weights = shares * np.exp(by * (values - values.mean()) / (high - low))
        return np.asarray(weights / weights.sum(), np.float64)

    by = brentq(lambda by: float(tilted(by) @ values - wanted), -_STEEPEST, _STEEPEST)
    return {f"{path}.shares": tuple(tilted(by).tolist())}


def _way_scaled(ways: Sequence[Next], place: int, path: str, factor: float) -> Changes:
    """The share of one way scaled; the others of the same cases keep their proportions and take the rest."""
    share = ways[place].share or 0.0
    others = {
        number: way.share
        for number, way in enumerate(ways)
        if number != place and way.share is not None and way.when == ways[place].when
    }
    rest = sum(others.values())
    at = f"{path}.next"
    if any(way.share is None for way in ways):
        return {f"{at}.{place}.share": min(share * factor, 1 - rest)}
    if not rest:
        return {}
    wanted = min(share * factor, 1.0)
    return {
        f"{at}.{place}.share": wanted,
        **{f"{at}.{number}.share": other * (1 - wanted) / rest for number, other in others.items()},
    }
