"""What the kernel remembers while it runs: things, lines, servers, scheduled events, and the outcome as it grows."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.engine.heaps import LANES
from planner.engine.records import Inputs, Plan, Records
from planner.engine.tables import HOUR_MS, Floats, Ints, Outcome, Rows

EVENTS, SCHEDULED, SOON, SPELL, SPELL_BITS, NUMBER, FREE, OPEN, OPEN_TOUCHED, TRACED, STACK, TO_DO, STATUS = range(13)
"""Places in `State.counts`: events processed, events scheduled, those of them in the heap, the next spell of time, the
logarithm of a spell's ms, events ever scheduled, free things, open cases, when they last changed, rows of the trace,
things on the stack, errands, how the run ended."""
MOST_ERRANDS = 8
"""An event leaves three at most: both servers of a run look for work, and a station is dispatched."""

CACHE_LINE = 64
"""Bytes that a processor takes from memory at a time: the kernel's speed is that of memory."""

MOST_SITES, MOST_STREAMS, MOST_JOININGS = 1 << 8, 1 << 15, (1 << 32) - 1
"""What the narrow fields of a thing can tell apart."""

_NUMBER, _PLACE, _COUNT, _KEY, _REAL = np.int64, np.int32, np.uint32, np.uint64, np.float64

THING = np.dtype(
    [  # one line of memory
        ("order", _NUMBER),
        ("since", _NUMBER),  # waits since
        ("seen", _KEY),  # a bit for each step visited in this round
        ("key", _KEY),
        ("number", _COUNT),  # of those that joined the line
        ("round", _COUNT),
        ("case", _PLACE),
        ("parent", _PLACE),
        ("sibling", _PLACE),  # the next in the line, in the heap, or in the run
        ("detail", _PLACE),  # in a lane or run who is AHEAD behind, in a heap the first below, in a delay its step,
        # after a split how many parts are out
        ("slides", _PLACE),
        ("stream", np.int16),
        ("site", np.uint8),
        ("ai", np.int8),
    ],
    align=True,
)
LINE = np.dtype(
    [
        ("head", _NUMBER),  # first of all
        ("raised", _NUMBER),  # heap of those who found no lane
        ("many", _NUMBER),
        ("touched", _NUMBER),
        ("idle_lead", _NUMBER),  # teams with somebody idle
        ("idle_help", _NUMBER),
        ("overdue", _NUMBER),
        ("timer", _NUMBER),  # ticket of the event that will make it overdue
        ("gate", _NUMBER),
        ("joined", _NUMBER),
        ("done", _NUMBER),
        ("in_work", _NUMBER),
        ("wait", _NUMBER),
        ("longest", _NUMBER),
        ("cut", _NUMBER),  # interrupted things that wait
    ],
    align=True,
)
LANE = np.dtype(
    [
        ("front", _NUMBER),
        ("back", _NUMBER),
        ("marker", _NUMBER),  # thing at most AHEAD places ahead of the back
        ("gap", _NUMBER),  # how many
    ]
)
SERVER = np.dtype(
    [  # one line of memory
        ("since", _NUMBER),  # idle or busy since
        ("base", _REAL),  # ms of the run at speed 1
        ("piece", _NUMBER),  # when the present piece of work began
        ("ends", _NUMBER),  # ticket of the event that ends it
        ("off", _NUMBER),  # end of the last shift
        ("station", _PLACE),
        ("first", _PLACE),  # thing of the run
        ("partner", _PLACE),
        ("idle_before", _PLACE),  # among the idle of its team
        ("idle_after", _PLACE),
        ("shift", np.int8),
        ("idle", np.int8),
        ("leads", np.int8),
    ],
    align=True,
)
TEAM = np.dtype([("first", _NUMBER), ("last", _NUMBER)])
EVENT = np.dtype([("at", _NUMBER), ("ticket", _NUMBER)])  # four to a line of memory
LATER = np.dtype([("at", _NUMBER), ("ticket", _NUMBER), ("following", _NUMBER)])
WAY_ON = np.dtype([("thing", _NUMBER), ("step", _NUMBER)])
ERRAND = np.dtype([("what", _NUMBER), ("about", _NUMBER)])


class State(NamedTuple):
    """N things, K stations, V servers, G groups, B hours, L stages."""

    counts: Ints
    thing: Records
    way: Ints  # (N, 2 L or more): for each stage, in the plan's columns, ms waited and ms worked; a part has not all
    left: Floats  # N: ms of interrupted work at speed 1, or -1
    free: Rows
    stack: Records
    errand: Records
    line: Records
    lane: Records  # (K * LANES)
    server: Records
    team: Records
    soon: Records  # heap of the events of spells that have begun
    later: Records  # the others
    later_free: Rows
    spell: Rows  # the first of each spell's events in `later`
    case_done: Ints
    case_slides: Ints
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
    stages, groups = plan.column_stage.size, int(plan.server["group"].max()) + 1
    bins = -(-inputs.horizon // HOUR_MS)

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int64)

    def rows(many: int, kind: np.dtype[np.void], **start: int) -> Records:
        made: Records = in_lines(many * kind.itemsize).view(kind)
        for name, value in start.items():
            made[name] = value
        return made

    way_width = CACHE_LINE // 8 * -(-2 * stages // (CACHE_LINE // 8))
    counts = ints(STATUS + 1)
    spell_bits = max(inputs.horizon // max(cases, 1), 1).bit_length() - 1  # about as many spells as cases
    counts[FREE], counts[SPELL_BITS] = things, spell_bits
    return State(
        counts=counts,
        thing=rows(things, THING),
        way=in_lines(8 * things * way_width).view(np.int64).reshape(things, way_width),
        left=np.full(things, -1.0),
        free=np.arange(things - 1, -1, -1, dtype=np.int32),
        stack=rows(things + 1, WAY_ON),
        errand=rows(MOST_ERRANDS, ERRAND),
        line=rows(stations, LINE, head=-1, raised=-1, timer=-1, gate=-1),
        lane=rows(LANES * stations, LANE, front=-1, back=-1),
        server=rows(servers, SERVER, ends=-1, station=-1, first=-1, partner=-1, idle_before=-1, idle_after=-1),
        team=rows(plan.team.size, TEAM, first=-1, last=-1),
        soon=rows(events + 3, EVENT)[3:],  # the four below one lie in one line
        later=rows(events, LATER),
        later_free=np.arange(events, dtype=np.int32),
        spell=np.full((inputs.horizon >> spell_bits) + 1, -1, np.int32),
        case_done=np.full(cases, -1),
        case_slides=ints(cases),
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


def in_lines(size: int) -> npt.NDArray[np.uint8]:
    """So many bytes, all 0, that begin with a line of memory."""
    room = np.zeros(size + CACHE_LINE, np.uint8)
    first = -room.ctypes.data % CACHE_LINE
    return room[first : first + size]


def outcome_of(s: State) -> Outcome:
    """What the finished state says."""
    return Outcome(
        status=int(s.counts[STATUS]),
        events=int(s.counts[EVENTS]),
        case_done=s.case_done,
        case_slides=s.case_slides,
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
