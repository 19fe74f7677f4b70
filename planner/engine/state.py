"""What the kernel remembers while it runs: things, lines, servers, scheduled events, and the outcome as it grows."""

from typing import NamedTuple

import numpy as np

from planner.engine.records import Inputs, Plan, Records
from planner.engine.tables import HOUR_MS, Ints, Outcome

EVENTS, SCHEDULED, NUMBER, JOINED, FREE, OPEN, OPEN_TOUCHED, TRACED, STACK, TO_DO, STATUS = range(11)
"""Places in `State.counts`: events processed, events in the heap, events ever scheduled, joinings of lines, free
things, open cases, when they last changed, rows of the trace, things on the stack, errands, how the run ended."""
MOST_ERRANDS = 8
"""An event leaves three at most: both servers of a run look for work, and a station is dispatched."""

_NUMBER, _PLACE, _KEY, _REAL = np.int64, np.int32, np.uint64, np.float64

THING = np.dtype(
    [  # in the first line of memory what every line and run touches: the kernel's speed is that of memory
        ("order", _NUMBER),
        ("number", _NUMBER),
        ("since", _NUMBER),  # waits since
        ("seen", _KEY),  # a bit for each step visited in this round
        ("left", _REAL),  # ms of interrupted work at speed 1, or -1
        ("case", _PLACE),
        ("parent", _PLACE),
        ("sibling", _PLACE),  # links of a line: the next in the list or in the heap
        ("next", _PLACE),  # in the same run
        ("step", _PLACE),
        ("stream", _PLACE),
        ("site", _PLACE),
        ("ai", _PLACE),
        ("key", _KEY),
        ("round", _KEY),
        ("slides", _NUMBER),
        ("child", _PLACE),  # the first below in the heap
        ("parts", _PLACE),  # still out, after a split
    ]
)
LINE = np.dtype(
    [
        ("head", _NUMBER),  # first of all
        ("front", _NUMBER),  # first and last of those who came to its back
        ("back", _NUMBER),
        ("raised", _NUMBER),  # heap of those who go before others
        ("many", _NUMBER),
        ("touched", _NUMBER),
        ("stamp", _NUMBER),
        ("overdue", _NUMBER),
        ("gate", _NUMBER),
        ("idle_lead", _NUMBER),
        ("idle_help", _NUMBER),
        ("joined", _NUMBER),
        ("done", _NUMBER),
        ("in_work", _NUMBER),
        ("wait", _NUMBER),
        ("longest", _NUMBER),
    ]
)
SERVER = np.dtype(
    [
        ("shift", _NUMBER),
        ("idle", _NUMBER),
        ("since", _NUMBER),  # idle or busy since
        ("station", _NUMBER),
        ("first", _NUMBER),  # thing of the run
        ("leads", _NUMBER),
        ("partner", _NUMBER),
        ("base", _REAL),  # ms of the run at speed 1
        ("piece", _NUMBER),  # when the present piece of work began
        ("stamp", _NUMBER),
        ("off", _NUMBER),  # end of the last shift
        ("idle_before", _NUMBER),  # among the idle of its team
        ("idle_after", _NUMBER),
    ]
)
TEAM = np.dtype([("first", _NUMBER), ("last", _NUMBER)])
EVENT = np.dtype([("at", _NUMBER), ("number", _NUMBER), ("what", _NUMBER), ("about", _NUMBER), ("stamp", _NUMBER)])
WAY_ON = np.dtype([("thing", _NUMBER), ("step", _NUMBER)])
ERRAND = np.dtype([("what", _NUMBER), ("about", _NUMBER)])
CASE_END = np.dtype([("done", _NUMBER), ("slides", _NUMBER)])


class State(NamedTuple):
    """N things, K stations, V servers, G groups, B hours, L stages."""

    counts: Ints
    thing: Records
    part_way: Ints  # (N, 2 M): for each stage that parts come to, ms waited and ms worked; cases have theirs in case_*
    free: Ints
    stack: Records
    errand: Records
    line: Records
    server: Records
    team: Records
    event: Records
    case: Records
    case_wait: Ints
    case_work: Ints
    station_queue: Ints
    group_busy: Ints
    group_overtime: Ints
    open_cases: Ints
    slides_made: Ints
    trips: Ints
    trace: Ints


def new_state(plan: Plan, inputs: Inputs, things: int, events: int, trace_rows: int) -> State:
    """An empty department with room for so many things, scheduled events, and rows of a trace."""
    cases, stations, servers = inputs.case.size, plan.station.size, plan.server.size
    stages, groups = int(plan.step["stage"].max()) + 1, int(plan.server["group"].max()) + 1
    bins = -(-inputs.horizon // HOUR_MS)

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    def rows(many: int, kind: np.dtype[np.void], **start: int) -> Records:
        made: Records = np.zeros(many, dtype=kind)
        for name, value in start.items():
            made[name] = value
        return made

    counts = ints(STATUS + 1)
    counts[FREE] = things
    return State(
        counts=counts,
        thing=rows(things, THING, parent=-1, left=-1, next=-1),
        part_way=ints(things, 2 * plan.column_stage.size),
        free=np.arange(things - 1, -1, -1, dtype=np.int64),
        stack=rows(things + 1, WAY_ON),
        errand=rows(MOST_ERRANDS, ERRAND),
        line=rows(stations, LINE, head=-1, front=-1, back=-1, raised=-1, gate=-1),
        server=rows(servers, SERVER, station=-1, first=-1, partner=-1, idle_before=-1, idle_after=-1),
        team=rows(int(plan.server["team"].max()) + 1, TEAM, first=-1, last=-1),
        event=rows(events, EVENT),
        case=rows(cases, CASE_END, done=-1),
        case_wait=ints(cases, stages),
        case_work=ints(cases, stages),
        station_queue=ints(stations, bins),
        group_busy=ints(groups, bins),
        group_overtime=ints(groups, bins),
        open_cases=ints(bins),
        slides_made=ints(bins),
        trips=ints(bins),
        trace=ints(trace_rows, 5),
    )


def outcome_of(s: State) -> Outcome:
    """What the finished state says."""
    return Outcome(
        status=int(s.counts[STATUS]),
        events=int(s.counts[EVENTS]),
        case_done=s.case["done"].copy(),
        case_slides=s.case["slides"].copy(),
        case_wait=s.case_wait,
        case_work=s.case_work,
        station_joined=s.line["joined"].copy(),
        station_done=s.line["done"].copy(),
        station_waiting=s.line["many"].copy(),
        station_in_work=s.line["in_work"].copy(),
        station_wait=s.line["wait"].copy(),
        station_longest=s.line["longest"].copy(),
        station_queue=s.station_queue,
        group_busy=s.group_busy,
        group_overtime=s.group_overtime,
        open_cases=s.open_cases,
        slides_made=s.slides_made,
        trips=s.trips,
        trace=s.trace[: s.counts[TRACED]],
    )
