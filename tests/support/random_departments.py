"""Random small departments for Hypothesis: every rule of the engines, in whole minutes, so that ties are frequent."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from planner.scenario.scenario import Scenario

SITES = ("north", "south")
SUBSPECIALTIES = ("skin", "breast")
RESOURCES = ("technician", "machine", "pathologist")
ROSTERS: dict[str, Any] = {
    "day": {"hours": {"daily": "08:00-12:00"}, "holidays": "open"},
    "late": {"hours": {"daily": ["09:00-10:00", "10:10-13:00"]}, "holidays": "open"},
}


def minutes(low: int, high: int) -> SearchStrategy[dict[str, Any]]:
    """A time: nearly always a whole number of minutes."""
    constant = st.integers(low, high).map(lambda value: {"kind": "constant", "value": value})
    return st.one_of(constant, constant, constant, st.just({"kind": "uniform", "low": low, "high": high + 1}))


@st.composite
def departments(draw: DrawFn) -> Scenario:
    """A department of up to two sites, three resources and some ten steps, and what comes to it in a morning."""
    sites = SITES[: draw(st.integers(1, 2))]
    steps: dict[str, dict[str, Any]] = {}
    entry = _sequence(draw, steps, sites, depth=0, length=draw(st.integers(1, 4)), after="end")
    ordered = {entry: steps[entry], **steps}
    streams = [_stream(draw, number, sites) for number in range(draw(st.integers(1, 3)))]
    return Scenario.model_validate(
        {
            "name": "random",
            "country": None,
            "time_zone": "UTC",
            "days": 1,
            "warm_up_days": 0,
            "follow_up_days": draw(st.integers(0, 1)),
            "max_events": 20_000,
            "sites": {site: {} for site in sites},
            "rosters": ROSTERS,
            "pathways": {
                "routine": {"deadline": {"calendar_days": 3}},
                "fast": {"priority": 1, "deadline": {"hours": 6}},
            },
            "arrivals": streams,
            "resources": {name: _resource(draw, sites) for name in RESOURCES},
            "steps": ordered,
            "ai": {"sensitivity": 0.8, "false_positive_fraction": 0.3, "unscored": 0.1, "failed": 0.1},
            "backlog": draw(st.lists(_backlog(streams, list(steps)), max_size=2)),
        }
    )


def _stream(draw: DrawFn, number: int, sites: tuple[str, ...]) -> dict[str, Any]:
    came = draw(st.lists(st.sampled_from(range(470, 660, 5)), min_size=1, max_size=8))
    return {
        "name": f"stream-{number}",
        "site": draw(st.sampled_from(sites)),
        "subspecialty": draw(st.sampled_from(SUBSPECIALTIES)),
        "pathway": draw(st.sampled_from(["routine", "fast"])),
        "prevalence": {"value": 0.5},
        "replay_hours": [minute / 60 for minute in sorted(came)],
    }


def _backlog(streams: list[dict[str, Any]], steps: list[str]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "stream": st.sampled_from([stream["name"] for stream in streams]),
            "step": st.sampled_from(steps),
            "count": st.integers(1, 3),
            "received_hours_ago": st.just([5]),
            "flagged": st.sampled_from([None, True, False]),
        }
    )


def _resource(draw: DrawFn, sites: tuple[str, ...]) -> dict[str, Any]:
    unit = st.fixed_dictionaries(
        {
            "count": st.integers(1, 2),
            "site": st.sampled_from(sites),
            "roster": st.sampled_from(["day", "late", "always"]),
            "speed": st.sampled_from([1.0, 1.0, 0.5, 3.0]),
            "skills": st.sampled_from([(), ("skin",), ("breast", "skin")]),
            "remote": st.booleans(),
        }
    )
    return {
        "units": draw(st.lists(unit, min_size=1, max_size=3)),
        "at_shift_end": draw(st.sampled_from(["finish", "pause"])),
        "overtime": draw(st.sampled_from([None, {"max_minutes": 30, "when_waiting": 1}])),
    }


def _sequence(
    draw: DrawFn, steps: dict[str, dict[str, Any]], sites: tuple[str, ...], *, depth: int, length: int, after: str
) -> str:
    """Adds steps one after the other that lead to `after`; returns the first. Splits hold sequences of their own."""
    following, later = after, [after]
    for _ in range(length):
        name = f"s{len(steps)}"
        kinds = ["work", "work", "work", "delay"] + ["split"] * (depth < 2) + ["ai"] * (depth == 0)
        kind = draw(st.sampled_from(kinds))
        if kind == "split":
            join = f"{name}-join"
            into = draw(st.sampled_from(["specimen", "block", "slide"]))
            count = {"kind": "choice", "values": [1, 2, 3], "shares": [0.4, 0.3, 0.3]}
            steps[name] = {"does": "split", "into": into, "count": count, "next": ""}
            steps[join] = {"does": "join", "of": name, "next": following}
            inner = _sequence(draw, steps, sites, depth=depth + 1, length=draw(st.integers(1, 2)), after=join)
            steps[name]["next"] = inner
        elif kind == "ai":
            steps[name] = {"does": "ai", "next": following}
        elif kind == "delay":
            steps[name] = _delay(draw, sites) | {"next": following}
        else:
            steps[name] = _work(draw) | {"next": following}
        if kind in ("work", "delay") and draw(st.integers(0, 3)) == 0:
            back_or_far = draw(st.sampled_from([name, *later]))
            if back_or_far != following:
                steps[name]["next"] = [{"to": back_or_far, "share": 0.4}, {"to": following}]
        later.append(following := name)
    return following


def _delay(draw: DrawFn, sites: tuple[str, ...]) -> dict[str, Any]:
    return {
        "does": "delay",
        "time": draw(minutes(0, 20)),
        "departures": draw(st.sampled_from([None, None, {"at": {"daily": ["09:00", "09:30"]}, "holidays": "open"}])),
        "to_site": draw(st.sampled_from([None, *sites])),
        "trip": draw(st.booleans()),
    }


def _work(draw: DrawFn) -> dict[str, Any]:
    rule = draw(st.sampled_from(["first-come", "clinical", "deadline", "ai"]))
    step: dict[str, Any] = {
        "needs": draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True)),
        "time": draw(minutes(0, 25)),
        "setup": draw(minutes(0, 5)),
        "per_slide": draw(st.sampled_from([None, {"kind": "constant", "value": 1}])),
        "by_subspecialty": draw(st.booleans()),
        "anywhere": draw(st.booleans()),
        "order": {
            "rule": rule,
            "head_start_hours": draw(st.sampled_from([None, 0.5])),
            "ai_head_start_hours": draw(st.sampled_from([None, 0.25])),
        },
    }
    if draw(st.booleans()):
        size = draw(st.integers(1, 4))
        step["batch"] = {
            "size": size,
            "at_least": draw(st.integers(1, size)),
            "max_wait_hours": draw(st.sampled_from([0.25, 1.0])),
            "out": draw(st.sampled_from(["together", "one-by-one"])),
        }
    if draw(st.integers(0, 4)) == 0:
        step["starts"] = {"at": {"daily": ["08:30", "09:30", "11:00", "12:00"]}, "holidays": "open"}
    if "batch" not in step and "starts" not in step and len(step["needs"]) == 1:
        step["order"]["preempt"] = draw(st.booleans())
    return step
