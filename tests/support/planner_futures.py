"""Departments of one step, to look at what is drawn for them: demand and shifts, with nothing else in the way."""

from typing import Any

import numpy as np

from planner.calendar import calendar_of
from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.tables import HOUR_MS, Futures, Ints
from planner.scenario.scenario import Scenario

EASTER_WEEK = {"start": "2026-03-30", "days": 14}
"""Maundy Thursday, Good Friday and Easter Monday are 2, 3 and 6 April 2026; Denmark closes on them."""
CLOCK_FORWARD = {"start": "2026-03-28", "days": 3}
"""On Sunday 29 March 2026 Copenhagen's clock goes from 02:00 to 03:00."""
CLOCK_BACK = {"start": "2026-10-24", "days": 3}
"""On Sunday 25 October 2026 it goes from 03:00 back to 02:00."""


def stream(name: str = "cases", per_week: float = 700.0, **fields: Any) -> dict[str, Any]:
    """A stream of arrivals, as a scenario file would have it."""
    rate = {} if "replay_hours" in fields else {"per_week": {"value": per_week}}
    return {"name": name, **rate, **fields}


def department(**fields: Any) -> Scenario:
    """A step that one person does, in Copenhagen, without warm-up; any field may be given."""
    base: dict[str, Any] = {
        "name": "department",
        "warm_up_days": 0,
        "follow_up_days": 0,
        "days": 28,
        "arrivals": [stream()],
        "resources": {"person": {"units": [{}]}},
        "steps": {"work": {"needs": "person", "next": "end"}},
    }
    return Scenario.model_validate({**base, **fields})


def crew(roster: dict[str, Any], **fields: Any) -> Scenario:
    """A department whose unit `one` works this roster; unit fields in `unit`, resource fields in `resource`."""
    unit = {"name": "one", "roster": "roster", **fields.pop("unit", {})}
    resource = {"units": [unit, *fields.pop("more_units", [])], **fields.pop("resource", {})}
    return department(rosters={"roster": roster}, resources={"person": resource}, **fields)


def drawn(scenario: Scenario, seed: int = 1, replication: int = 0) -> tuple[Compiled, Futures]:
    """The scenario compiled, and one replication's futures."""
    compiled = compile_scenario(scenario)
    return compiled, draw_futures(compiled, seed, replication)


def cases_of(scenario: Scenario, name: str = "cases", seed: int = 1, replication: int = 0) -> dict[str, Ints]:
    """Every column of a stream's cases by its name without `case_`, in order of arrival."""
    compiled, futures = drawn(scenario, seed, replication)
    mine = futures.case_stream == compiled.streams.index(name)
    return {field[5:]: getattr(futures, field)[mine] for field in futures._fields if field.startswith("case_")}


def local_hours(scenario: Scenario, ms: Ints) -> Ints:
    """Whole local hours since the first midnight."""
    return calendar_of(scenario).local(ms) // HOUR_MS


def shifts_of(scenario: Scenario, server: int = 0, seed: int = 1, replication: int = 0) -> list[tuple[float, float]]:
    """A server's shifts in elapsed hours from and to; one that lasts ends with the simulation."""
    _, futures = drawn(scenario, seed, replication)
    mine = futures.shift_server == server
    at, on = futures.shift_at[mine], futures.shift_on[mine]
    assert (on[::2] == 1).all()
    assert (on[1::2] == 0).all()
    edges = at if len(at) % 2 == 0 else np.append(at, futures.horizon)
    return [(float(a), float(b)) for a, b in edges.reshape(-1, 2) / HOUR_MS]
