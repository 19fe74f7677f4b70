"""The process map walked: to which steps a stream's cases come, where, inside which splits, how likely.

Both the engine's tables and the checks build on it, so that what is checked is what runs.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from planner.scenario.demand import Stream
from planner.scenario.process import END, AiScore, Delay, Join, Split
from planner.scenario.scenario import Scenario

_CLOSE = 1e-6


class Place(NamedTuple):
    """A thing at a step. At a join it is the whole that goes on from there, at the site of its last part."""

    step: str
    sites: tuple[str, ...]
    """Where the case is, its part, the part's part...: innermost last."""


@dataclass
class ProcessMap:
    """What the walk found."""

    ways: dict[str, dict[Place, list[tuple[Place | None, float]]]] = field(default_factory=dict)
    """Stream to the places its cases come to, each with the places after it (None: signed out) and their probabilities.
    After a split they are those of each part."""
    splits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Step to the splits that lead to it, outermost first; for a join its own split is the last. Reached steps only."""
    problems: list[str] = field(default_factory=list)
    """What cannot run, each with its field."""

    def streams_at(self, step: str) -> set[tuple[str, str]]:
        """(site, stream) of the things that come to a step."""
        return {
            (place.sites[-1], stream) for stream, places in self.ways.items() for place in places if place.step == step
        }


def shares(scenario: Scenario, step: str, stream: Stream) -> list[tuple[str, float]]:
    """Ways on from a step for a stream's cases, with their probabilities; ways of probability 0 are left out.

    Raises ValueError, naming the field, where there is no way or the shares do not sum to 1.
    """
    covered = [way for way in scenario.steps[step].next if way.when.covers(stream)]
    at = f"steps.{step}.next, for stream {stream.name!r}"
    if not covered:
        raise ValueError(f"{at}: no way on; give a way whose `when` covers it, or one without `when`")
    given = sum(way.share for way in covered if way.share is not None)
    without = sum(way.share is None for way in covered)
    if without > 1:
        raise ValueError(f"{at}: {without} ways have no share; only one may leave it out and take the rest")
    if given > 1 + _CLOSE or (not without and given < 1 - _CLOSE):
        raise ValueError(f"{at}: the shares sum to {given:g}; they must sum to 1 (one way may leave its share out)")
    rest = max(0.0, 1 - given)
    found = [(way.to, rest if way.share is None else way.share) for way in covered]
    return [(to, share) for to, share in found if share > 0]


def walk(scenario: Scenario) -> ProcessMap:
    """Follows every stream from where its cases come in, or wait at the start, to sign-out."""
    found = ProcessMap()
    for stream in scenario.arrivals:
        found.ways[stream.name] = {}
        found.splits.setdefault(scenario.entry, ())
        if isinstance(scenario.steps[scenario.entry], Join):
            found.problems.append(f"steps.{scenario.entry}: cases come in at a join; put where they start first")
            return found
        _follow(scenario, stream, Place(scenario.entry, (stream.site,)), found)
    streams = {stream.name: stream for stream in scenario.arrivals}
    for number, waiting in enumerate(scenario.backlog):
        if waiting.step not in found.splits:
            found.problems.append(f"backlog.{number}.step: no arriving case ever comes to {waiting.step!r}")
            continue
        stream = streams[waiting.stream]
        site = waiting.site or stream.site
        path = found.splits[waiting.step]
        depth = len(path) if isinstance(scenario.steps[waiting.step], Join) else len(path) + 1
        _follow(scenario, stream, Place(waiting.step, (site,) * depth), found)
    found.problems += [*_two_joins(scenario, found), *_endless(found)]
    found.problems = list(dict.fromkeys(found.problems))
    return found


def _follow(scenario: Scenario, stream: Stream, start: Place, found: ProcessMap) -> None:
    places = found.ways[stream.name]
    open_ends = [start]
    while open_ends:
        place = open_ends.pop()
        if place in places:
            continue
        places[place] = []
        try:
            ways = shares(scenario, place.step, stream)
        except ValueError as error:
            found.problems.append(str(error))
            continue
        for to, share in ways:
            after = _next_place(scenario, place, to, found)
            if after is not None:
                open_ends.append(after)
            if after is not None or to == END:
                places[place].append((after, share))


def _next_place(scenario: Scenario, place: Place, to: str, found: ProcessMap) -> Place | None:
    """The place after this one; None at sign-out and where the map makes no sense (noted as a problem)."""
    step = scenario.steps[place.step]
    path, sites = found.splits[place.step], place.sites
    if isinstance(step, Join):
        path = path[:-1]
    elif isinstance(step, Split):
        path, sites = (*path, place.step), (*sites, sites[-1])
    elif isinstance(step, Delay) and step.to_site is not None:
        sites = (*sites[:-1], step.to_site)
    problem = _misfit(scenario, place.step, to, path, found)
    if problem:
        found.problems.append(problem)
        return None
    if to == END:
        return None
    found.splits[to] = path
    return Place(to, (*sites[:-2], sites[-1]) if isinstance(scenario.steps[to], Join) else sites)


def _misfit(scenario: Scenario, step: str, to: str, path: tuple[str, ...], found: ProcessMap) -> str:
    """Why a thing inside these splits cannot go there, or nothing."""
    inside = f"inside split {path[-1]!r}" if path else "outside every split"
    at = f"steps.{step}.next"
    if to == END:
        return f"{at}: a part {inside} cannot be signed out; lead it to the join of {path[-1]!r}" if path else ""
    target = scenario.steps[to]
    if isinstance(target, Join) and (not path or path[-1] != target.of):
        return f"{at}: {to!r} joins the parts of {target.of!r}, but comes {inside}; join the innermost open split"
    if isinstance(target, AiScore) and path:
        return f"{at}: {to!r} scores whole cases, but comes {inside}; put it before the split or after the join"
    if to in path:
        return f"{at}: {to!r} splits again what it has split; join its parts first"
    if found.splits.get(to, path) != path:
        other = found.splits[to]
        there = f"inside split {other[-1]!r}" if other else "outside every split"
        return f"{at}: {to!r} is reached {inside} from here, but elsewhere {there}; give each its own step"
    return ""


def _two_joins(scenario: Scenario, found: ProcessMap) -> list[str]:
    joins: dict[str, list[str]] = {}
    for name, step in scenario.steps.items():
        if isinstance(step, Join) and name in found.splits:
            joins.setdefault(step.of, []).append(name)
    return [
        f"steps.{several[1]}.of: the parts of {split!r} come to {' and '.join(several)}; give a split one join"
        for split, several in joins.items()
        if len(several) > 1
    ]


def _endless(found: ProcessMap) -> list[str]:
    """Steps from which no case of a stream ever gets to sign-out; looked for where the ways make sense."""
    if found.problems:
        return []
    lost: dict[str, str] = {}
    for stream, places in found.ways.items():
        before: dict[Place | None, list[Place]] = {}
        for place, after in places.items():
            for to, _ in after:
                before.setdefault(to, []).append(place)
        ends: set[Place | None] = set()
        back: list[Place | None] = [None]
        while back:
            end = back.pop()
            if end not in ends:
                ends.add(end)
                back += before.get(end, [])
        lost |= {place.step: stream for place in places if place not in ends}
    return [
        f"steps.{step}.next: cases of stream {stream!r} never get from here to {END!r} (an endless loop);"
        " give a way out of it a share above 0"
        for step, stream in lost.items()
    ]
