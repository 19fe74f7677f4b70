"""What the engines are given and what they give back, as flat arrays: `Tables` (a scenario, compiled), `Futures` (one
replication's random inputs), `Outcome` (what happened). docs/planner_engine.md says what the engines do with them.

Times are whole milliseconds from the start of the simulation (int64). `first` columns point into a list that follows:
entries `list[first[i] : first[i + 1]]` belong to i.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]
"""Rows of tables; half as wide, since a replication holds millions."""
Codes = npt.NDArray[np.int8]
"""One of a few answers."""
Floats = npt.NDArray[np.float64]

WORK, DELAY, SPLIT, JOIN, AI = range(5)
"""Kinds of step."""
SIGNED_OUT = -1
"""Where a way ends."""
BY_ENTRY, BY_DEADLINE = range(2)
"""What a station's order starts from."""
AI_UNKNOWN, AI_FLAGGED, AI_UNFLAGGED, AI_FAILED = range(4)
"""What the AI has said of a case so far; unscored cases stay unknown."""
NO_DEADLINE = 2**62
NEVER = 2**62
HOUR_MS = 3_600_000
"""Width of a bin of everything that is kept over time."""


class Tables(NamedTuple):
    """A scenario, compiled. S steps, K stations (a step's line at one site, for one subspecialty), V servers (one
    person or machine each), G groups (a resource at one site), R streams, D distributions, L stages."""

    step_kind: Ints  # S
    step_stage: Ints  # S: stage that its time counts under
    step_activity: Keys  # S: key of the step's name
    step_station: Ints  # (S, sites, R): station where a case of the stream, being at the site, lines up; -1 for no work
    step_time: Ints  # (S, R): distribution of the time (work, delay), or of the count (split); -1 for none
    step_setup: Ints  # S: distribution of a run's set-up; -1 for none
    step_per_slide: Ints  # S: ms added for each slide under the thing
    step_makes_slides: Ints  # S: 1 where a split's parts are slides
    step_to_site: Ints  # S: site after a delay; -1 for unchanged
    step_trip: Ints  # S: 1 where a delay is a trip
    departure_first: Ints  # S + 1
    departure: Ints  # ms, rising, over the whole simulation; a step with an empty list leaves at once
    route_first: Ints  # S * R + 1, row S-major: ways on from step s for stream r at s * R + r
    route_share: Floats  # cumulated probability, the last of each row 1
    route_to: Ints  # step, or SIGNED_OUT
    path_first: Ints  # S + 1
    path: Ints  # the splits that lead from a case to the step, outermost first
    station_size: Ints  # K: most things in a run
    station_least: Ints  # K: things that a run waits for
    station_wait: Ints  # K: ms that the first of a run waits at most; -1 for no limit
    station_one_by_one: Ints  # K: 1 where each is passed on by itself
    station_gated: Ints  # K: 1 where runs start at set moments only
    station_preempts: Ints  # K
    station_base: Ints  # K: BY_ENTRY or BY_DEADLINE
    station_boost: Ints  # (K, R, 4): head start in ms by stream and by what the AI said
    station_step: Ints  # K
    lead_first: Ints  # K + 1
    lead: Ints  # servers that do the step's first need
    lead_rank: Ints  # how near the station is to the server's own work, 0 the nearest; beside `lead`
    help_first: Ints  # K + 1: empty where the step has one need
    help: Ints  # servers that do its second need
    help_rank: Ints
    serves_first: Ints  # V + 1
    serves: Ints  # stations of a server, as lead or helper
    serves_rank: Ints
    server_speed: Floats  # V
    server_group: Ints  # V
    server_pauses: Ints  # V: 1 where work stops at the end of a shift
    server_overtime: Ints  # V: most ms of overtime that new work may start in; 0 for none
    server_overtime_waiting: Ints  # V: things waiting at its stations from which on it stays
    dist_kind: Ints  # D: planner.engine.draws
    dist_a: Floats  # D
    dist_b: Floats  # D
    dist_c: Floats  # D
    pool: Floats  # quantiles, shares and values


class Futures(NamedTuple):
    """One replication's random inputs from outside. C cases, the backlog first (released at 0), then as they arrive."""

    horizon: int  # ms; nothing happens after it
    case_received: Ints  # C: ms; negative in the backlog
    case_release: Ints  # C: ms >= 0, rising: when the case appears
    case_stream: Rows  # C
    case_site: Rows  # C: where it appears
    case_step: Rows  # C: step it appears at
    case_key: Keys  # C
    case_deadline: Ints  # C: ms or NO_DEADLINE
    case_ai: Codes  # C: what the AI will say: AI_FLAGGED, AI_UNFLAGGED, AI_FAILED; AI_UNKNOWN where it gives no score
    case_ai_now: Codes  # C: what it has said already when the case appears
    case_diseased: Codes  # C: the truth, 1 for what the AI is to find
    shift_at: Ints  # ms, rising; at one moment all ends before all beginnings, each by server
    shift_server: Ints
    shift_on: Ints  # 1 begins, 0 ends
    gate_at: Ints  # ms, rising, then by station
    gate_station: Ints


STAY, START, END, LEAVE, INTERRUPTED = range(5)
"""What a trace says: joins a line or begins a delay, work begins, work ends, the case is signed out, interruption."""
DONE, TOKENS_FULL, EVENTS_FULL, TRACE_FULL, TOO_MANY_EVENTS = range(5)
"""How a run ended; all but DONE are for `planner.engine.run` to deal with."""


@dataclass(frozen=True)
class Outcome:
    """What happened in one replication. B bins of an hour."""

    status: int
    events: int
    """Beginnings of cases, ends of work and of delays, timers."""
    case_done: Ints
    """C: ms of sign-out, or -1 where the case is still open."""
    case_slides: Ints
    """C: slides made for the case, where it is signed out."""
    case_wait: Ints
    """(C, L): ms waited in each stage on the way that decided the turnaround; signed-out cases only."""
    case_work: Ints
    """(C, L): ms of work or transport on that way. The two sum to sign-out less release."""
    station_joined: Ints
    """K: things that joined the line (a resumed one not again)."""
    station_done: Ints
    station_waiting: Ints
    """K: in the line at the end."""
    station_in_work: Ints
    """K: taken up and not finished at the end."""
    station_wait: Ints
    """K: sum of ms waited by things that were taken up; what interruptions add is in it."""
    station_longest: Ints
    """K: longest single wait in the line, ms, of what was taken up."""
    station_queue: Ints
    """(K, B): ms times things in the line."""
    group_busy: Ints
    """(G, B): ms that servers worked."""
    group_overtime: Ints
    """(G, B): ms of it outside their shifts, in the bin where it ended."""
    open_cases: Ints
    """B: ms times open cases."""
    slides_made: Ints
    """B."""
    trips: Ints
    """B."""
    trace: Ints
    """(n, 5) ms, what, step, server (-1 for none), key of the thing (its bits as int64); empty unless asked for."""
