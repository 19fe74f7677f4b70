"""How many things a case brings to each step, and how many slides, on average: loops and splits solved for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.scenario.demand import Stream
from planner.scenario.lines import count_of
from planner.scenario.process import Join, Split
from planner.scenario.process_map import Place, ProcessMap
from planner.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]

_GO_ON, _FALL, _CLOSE = range(3)
"""How things pass from place to place: as they are, as parts of what falls there, or joined as the whole."""
_NOTHING = 1e-9


class Visits(NamedTuple):
    """What one case brings to a place, on average."""

    things: float
    slides: float
    """Under each of them."""


def cases_per_week(scenario: Scenario, stream: Stream) -> float:
    """Mean arrivals in a week without holidays over the simulated days, with season and growth."""
    if stream.replay_hours is not None:
        return 7 * sum(hours < 24 * scenario.total_days for hours in stream.replay_hours) / scenario.total_days
    assert stream.per_week is not None
    months = stream.months or (1.0,) * 12
    days = np.arange(scenario.total_days)
    season = [months[(scenario.start + timedelta(days=int(day))).month - 1] for day in days]
    return float(stream.per_week.value * np.mean((1 + stream.growth_per_year) ** (days / 365.25) * season))


def expected_visits(scenario: Scenario, stream: Stream, found: ProcessMap) -> dict[Place, Visits]:
    """How many things one case of the stream brings to each place, and the mean number of slides under each.

    With F[i, j] the things that come to j for each at i: visits = entry + F' visits. Of a split's parts each counts at
    the join as its share of the whole, so that the whole comes out once. (Where parts end at several sites, the whole
    is where its last one is; that is taken to be as often as parts are there.)
    """
    ways = found.ways[stream.name]
    number = {place: at for at, place in enumerate(ways)}
    parts = {place: _parts(scenario, place, stream) for place in ways}
    flow = np.zeros((3, len(ways), len(ways)))
    splits: dict[tuple[int, int], int] = {}
    for place, after in ways.items():
        for to, share in after:
            if to is None:
                continue
            edge = number[place], number[to]
            if isinstance(scenario.steps[to.step], Join):
                split = _split_of(scenario, found, place)
                if split not in number:  # a part of the backlog, elsewhere than any arriving case's
                    continue
                splits[edge] = number[split]
                flow[(_CLOSE, *edge)] += share * (parts[place] or 1.0) / parts[split]
            elif parts[place]:
                flow[(_FALL, *edge)] += share * parts[place]
            else:
                flow[(_GO_ON, *edge)] += share
    came = np.zeros(len(ways))
    came[number[Place(scenario.entry, (stream.site,))]] = 1.0
    things: Floats = _solved(flow.sum(0), came)
    slides = _slides(scenario, found, parts, flow, splits, things)
    return {place: Visits(float(things[at]), float(slides[at])) for place, at in number.items()}


def _parts(scenario: Scenario, place: Place, stream: Stream) -> float:
    """Mean number of parts into which a thing falls there; 0 where it does not."""
    step = scenario.steps[place.step]
    return count_of(scenario, step, stream).mean if isinstance(step, Split) else 0.0


def _split_of(scenario: Scenario, found: ProcessMap, place: Place) -> Place:
    """Where the part that comes to a join from this place was split off."""
    step = scenario.steps[place.step]
    if isinstance(step, Split):
        return place
    path = found.splits[place.step]
    return Place(path[-2] if isinstance(step, Join) else path[-1], place.sites[:-1])


def _solved(flow: Floats, begin: Floats) -> Floats:
    """What comes to each place in all, where `begin` comes from outside and `flow` from place to place."""
    return np.asarray(np.linalg.solve(np.eye(len(begin)) - flow.T, begin), dtype=np.float64)


def _slides(
    scenario: Scenario,
    found: ProcessMap,
    parts: Mapping[Place, float],
    flow: Floats,
    splits: Mapping[tuple[int, int], int],
    things: Floats,
) -> Floats:
    """Mean slides under each thing at each place: what its splits have made so far, those of its parts included."""
    makes = [isinstance(step := scenario.steps[place.step], Split) and step.into == "slide" for place in parts]
    made = np.zeros(len(parts))
    for place, at in sorted(zip(parts, range(len(parts)), strict=True), key=lambda each: -len(each[0].sites)):
        if parts[place] and things[at] > _NOTHING:
            made[at] = parts[place] * makes[at] + sum(
                things[inner] * made[inner] / things[at]
                for inner, other in enumerate(parts)
                if other.sites[:-1] == place.sites and parts[other] and found.splits[other.step][-1:] == (place.step,)
            )
    wholes = np.zeros_like(flow[_CLOSE])
    for (part, join), split in splits.items():
        if things[split] > _NOTHING:
            wholes[split, join] += flow[_CLOSE, part, join] * things[part] / things[split]
    begin = flow[_FALL].T @ (things * makes) + wholes.T @ (things * made)
    under = _solved(flow[_GO_ON] + wholes, begin)
    return np.where(things > _NOTHING, under / np.maximum(things, _NOTHING), 0.0)
