"""The tables as objects for the reference engine, the things that move among them, what is to happen, hourly counts."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from planner.engine.draws import CONSTANT, sample
from planner.engine.tables import HOUR_MS, NEVER, Floats, Ints, Tables


@dataclass(frozen=True)
class Distribution:
    """What a time or a count is drawn from."""

    kind: int
    a: float
    b: float
    c: float
    pool: Floats

    def draw(self, key: int) -> float:
        """The draw that belongs to the key, in ms or things."""
        return float(sample(self.kind, self.a, self.b, self.c, self.pool, key))


@dataclass(frozen=True)
class Step:
    """One step of the process. Lists by stream, `stations` by site and stream."""

    number: int
    kind: int
    stage: int
    activity: int
    stations: list[list[int]]
    times: list[Distribution]
    setup: Distribution
    per_slide: int
    makes_slides: bool
    to_site: int
    trip: bool
    departures: list[int]
    ways: list[list[tuple[float, int]]]
    """Cumulated share and step, by stream."""
    path: list[int]


@dataclass(eq=False)
class Thing:
    """A case, or a part of one. `wait` and `work` are ms by stage on the way behind it."""

    case: int
    key: int
    stream: int
    site: int
    ai: int
    parent: "Thing | None"
    wait: list[int]
    work: list[int]
    come_round: int = 0
    visited: set[int] = field(default_factory=set)
    slides: int = 0
    parts_open: int = 0
    order: tuple[int, int] = (0, 0)
    """Order key and number of joining."""
    since: int = 0
    """Waits, or is on its way, since then."""
    left: float | None = None
    """Ms of work left after an interruption, at speed 1."""


@dataclass(order=True)
class Happening:
    """A scheduled event, unless it has become void."""

    at: int
    number: int
    act: Callable[[], None] = field(compare=False)
    void: bool = field(default=False, compare=False)


class Agenda:
    """The moment, what is scheduled after it, and a trace of what was, if it is kept."""

    def __init__(self, *, trace: bool) -> None:
        """At 0, with nothing scheduled."""
        self.now = 0
        self.trace: list[tuple[int, int, int, int, int]] | None = [] if trace else None
        self._heap: list[Happening] = []
        self._scheduled = 0

    def schedule(self, at: int, act: Callable[[], None]) -> Happening:
        """Puts an event on the agenda."""
        self._scheduled += 1
        happening = Happening(at, self._scheduled, act)
        heappush(self._heap, happening)
        return happening

    @property
    def next_at(self) -> int:
        """When the next event is due that is not void."""
        while self._heap and self._heap[0].void:
            heappop(self._heap)
        return self._heap[0].at if self._heap else NEVER

    def take(self) -> Happening:
        """Takes the next event off the agenda."""
        return heappop(self._heap)

    def note(self, what: int, step: int, server: int, thing: Thing) -> None:
        """Writes a row of the trace."""
        if self.trace is not None:
            signed = thing.key - 2**64 if thing.key >= 2**63 else thing.key
            self.trace.append((self.now, what, step, server, signed))


@dataclass(eq=False)
class Run:
    """Things that servers work on: together as one portion, or one by one as a portion each."""

    station: "Station"
    team: list["Server"]
    """The leader, then the helper if the step has a second need."""
    things: list[Thing]
    portions: deque[tuple[list[Thing], int]]
    """What is not finished: the things of a portion, and its ms."""
    need: float
    """Ms in all, at speed 1."""
    started: int
    begun: int
    """When the portion in hand was begun."""
    end: Happening


@dataclass(eq=False)
class Server:
    """One person or machine."""

    number: int
    speed: float
    group: int
    pauses: bool
    overtime_ms: int
    overtime_waiting: int
    serves: list[tuple[int, "Station"]] = field(default_factory=list)
    """Rank and station."""
    on_shift: bool = False
    off_since: int = 0
    idle: bool = False
    idle_since: int = 0
    run: Run | None = None
    overtime: Happening | None = None
    """The end of the overtime that it is on."""

    @property
    def may_start(self) -> bool:
        """Whether it would take up new work."""
        return self.on_shift or self.overtime is not None


@dataclass(eq=False)
class Station:
    """The line of a step at one site, for one subspecialty, and the runs in hand."""

    number: int
    step: Step
    size: int
    least: int
    wait: int
    one_by_one: bool
    gated: bool
    preempts: bool
    base: int
    boost: list[list[int]]
    leaders: list[tuple[int, Server]]
    helpers: list[tuple[int, Server]]
    line: list[tuple[tuple[int, int], Thing]] = field(default_factory=list)
    """A heap by order."""
    runs: list[Run] = field(default_factory=list)
    gate_at: int = -1
    """Moment of the last gate."""
    overdue: bool = False
    timer: Happening | None = None
    joined: int = 0
    done: int = 0
    waited: int = 0
    longest: int = 0

    def can_start(self, now: int) -> bool:
        """Whether there is something to start, a run may start, and somebody is there to start it."""
        may_start = self.gate_at == now if self.gated else len(self.line) >= self.least or self.overdue
        return bool(
            self.line
            and may_start
            and any(server.idle for _, server in self.leaders)
            and (not self.helpers or any(server.idle for _, server in self.helpers))
        )


class Bins:
    """Whole numbers by row and hour."""

    def __init__(self, rows: int, horizon: int) -> None:
        """All zero, up to the horizon (ms)."""
        self._hours = -(-horizon // HOUR_MS)
        self._rows = [[0] * self._hours for _ in range(rows)]

    def spread(self, row: int, start: int, end: int) -> None:
        """Adds the ms from start to end, each to the hour in which it lies."""
        while start < end:
            till = min(end, (start // HOUR_MS + 1) * HOUR_MS)
            self._rows[row][start // HOUR_MS] += till - start
            start = till

    def count(self, row: int, at: int, amount: int) -> None:
        """Adds an amount to the hour of a moment; the horizon is in the last."""
        self._rows[row][min(at // HOUR_MS, self._hours - 1)] += amount

    def array(self) -> Ints:
        """(rows, hours)."""
        return np.array(self._rows, dtype=np.int64).reshape(-1, self._hours)


def steps_of(tables: Tables) -> list[Step]:
    """The steps as objects."""
    streams = tables.step_time.shape[1]
    return [
        Step(
            number=step,
            kind=int(tables.step_kind[step]),
            stage=int(tables.step_stage[step]),
            activity=int(tables.step_activity[step]),
            stations=tables.step_station[step].tolist(),
            times=[_distribution(tables, int(number)) for number in tables.step_time[step]],
            setup=_distribution(tables, int(tables.step_setup[step])),
            per_slide=int(tables.step_per_slide[step]),
            makes_slides=bool(tables.step_makes_slides[step]),
            to_site=int(tables.step_to_site[step]),
            trip=bool(tables.step_trip[step]),
            departures=_row(tables.departure_first, tables.departure, step),
            ways=[
                list(
                    zip(
                        _row(tables.route_first, tables.route_share, step * streams + stream),
                        _row(tables.route_first, tables.route_to, step * streams + stream),
                        strict=True,
                    )
                )
                for stream in range(streams)
            ],
            path=_row(tables.path_first, tables.path, step),
        )
        for step in range(len(tables.step_kind))
    ]


def stations_and_servers_of(tables: Tables, steps: list[Step]) -> tuple[list[Station], list[Server]]:
    """The stations and the servers as objects that know one another."""
    servers = [
        Server(
            number=server,
            speed=float(tables.server_speed[server]),
            group=int(tables.server_group[server]),
            pauses=bool(tables.server_pauses[server]),
            overtime_ms=int(tables.server_overtime[server]),
            overtime_waiting=int(tables.server_overtime_waiting[server]),
        )
        for server in range(len(tables.server_speed))
    ]

    def ranked(first: Ints, numbers: Ints, ranks: Ints, station: int) -> list[tuple[int, Server]]:
        found = zip(_row(first, ranks, station), _row(first, numbers, station), strict=True)
        return [(rank, servers[number]) for rank, number in found]

    stations = [
        Station(
            number=station,
            step=steps[int(tables.station_step[station])],
            size=int(tables.station_size[station]),
            least=int(tables.station_least[station]),
            wait=int(tables.station_wait[station]),
            one_by_one=bool(tables.station_one_by_one[station]),
            gated=bool(tables.station_gated[station]),
            preempts=bool(tables.station_preempts[station]),
            base=int(tables.station_base[station]),
            boost=tables.station_boost[station].tolist(),
            leaders=ranked(tables.lead_first, tables.lead, tables.lead_rank, station),
            helpers=ranked(tables.help_first, tables.help, tables.help_rank, station),
        )
        for station in range(len(tables.station_step))
    ]
    for server in servers:
        ranks = _row(tables.serves_first, tables.serves_rank, server.number)
        numbers = _row(tables.serves_first, tables.serves, server.number)
        server.serves = [(rank, stations[number]) for rank, number in zip(ranks, numbers, strict=True)]
    return stations, servers


def _row(first: Ints, values: Ints | Floats, row: int) -> list[int]:
    found: list[int] = values[first[row] : first[row + 1]].tolist()
    return found


def _distribution(tables: Tables, number: int) -> Distribution:
    """The distribution of that number; always zero for -1."""
    if number < 0:
        return Distribution(CONSTANT, 0.0, 0.0, 0.0, tables.pool)
    a, b, c = (float(column[number]) for column in (tables.dist_a, tables.dist_b, tables.dist_c))
    return Distribution(int(tables.dist_kind[number]), a, b, c, tables.pool)
