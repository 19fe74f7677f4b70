"""Simulates one replication with the kernel, or with the reference where numba is missing."""

from typing import Literal

from planner.calendar import DAY_MS
from planner.engine.compiled import Compiled
from planner.engine.jit import HAS_NUMBA, compile_once
from planner.engine.kernel import run
from planner.engine.records import inputs_of, plan_of
from planner.engine.reference import simulate_reference
from planner.engine.state import MOST_SITES, MOST_STREAMS, STATUS, new_state, outcome_of
from planner.engine.tables import DONE, EVENTS_FULL, TOKENS_FULL, TOO_MANY_EVENTS, TRACE_FULL, Futures, Outcome
from planner.errors import RunError

Engine = Literal["auto", "kernel", "reference"]

FIRST_ROWS = 1 << 16
ROOM_DAYS, LEAST_ROOM, MOST_AT_FIRST = 64, 1 << 12, 1 << 20
"""Room at first is for as many things, and scheduled events, as so many days have cases, within these: two or three
times what a busy region needs. What is not used costs next to nothing, and a run that lacks room begins again."""
MOST_THINGS = 1 << 23
"""Cases, blocks and slides inside at one time: some gigabytes of memory, and a department far beyond its limit."""


def simulate(compiled: Compiled, futures: Futures, engine: Engine = "auto", *, trace: bool = False) -> Outcome:
    """One replication. The kernel begins again with more room until all fits; the result does not depend on it.

    Raises RunError where the kernel is asked for without numba, and where there is more than it can hold.
    """
    if engine == "kernel" and not HAS_NUMBA:
        raise RunError(
            "the compiled engine needs numba, which is not installed; use the engine reference or install numba"
        )
    max_events = compiled.scenario.max_events
    if engine == "reference" or not HAS_NUMBA:
        return simulate_reference(compiled.tables, futures, max_events, trace=trace)
    if len(compiled.sites) > MOST_SITES or len(compiled.streams) > MOST_STREAMS:
        raise RunError(
            f"{compiled.scenario.name}: the compiled engine holds at most {MOST_SITES} sites and {MOST_STREAMS:,}"
            " arrival streams; merge some, or use the engine reference"
        )
    things = futures.case_received.size * ROOM_DAYS * DAY_MS // futures.horizon
    events = things = min(max(things, LEAST_ROOM), MOST_AT_FIRST)
    rows = FIRST_ROWS if trace else 0
    plan, inputs = plan_of(compiled.tables), inputs_of(futures)
    while True:
        state = new_state(plan, inputs, things, events, rows)
        compile_once(run, plan, inputs, state, max_events)
        run(plan, inputs, state, max_events)
        status = state.counts[STATUS]
        if status in (DONE, TOO_MANY_EVENTS):
            return outcome_of(state)
        things *= 4 if status == TOKENS_FULL else 1
        events *= 4 if status == EVENTS_FULL else 1
        rows *= 4 if status == TRACE_FULL else 1
        if things > MOST_THINGS:
            raise RunError(
                f"{compiled.scenario.name}: more than {MOST_THINGS // 4:,} cases, blocks and slides are inside"
                " at one time: the department falls behind without bound. Ask for fewer days, or give it more capacity"
            )
