"""The simulator in plain Python, to be read: docs/planner_engine.md as a program, and the compiled kernel's oracle."""

from dataclasses import replace
from functools import partial

import numpy as np

from planner.engine.draws import FOR_CHILD, FOR_COUNT, FOR_ROUTE, FOR_TIME, draw_key, next_key, uniform
from planner.engine.reference_floor import Floor
from planner.engine.reference_state import Agenda, Bins, Station, Step, Thing, stations_and_servers_of, steps_of
from planner.engine.tables import (
    AI,
    BY_DEADLINE,
    DELAY,
    DONE,
    END,
    JOIN,
    LEAVE,
    NEVER,
    SIGNED_OUT,
    SPLIT,
    STAY,
    TOO_MANY_EVENTS,
    Futures,
    Ints,
    Outcome,
    Tables,
)

Follower = tuple[Thing, int, list[int]]
"""A thing, the step that it comes to, and the steps that are set for its parts after that."""


def simulate_reference(tables: Tables, futures: Futures, max_events: int, *, trace: bool) -> Outcome:
    """One replication. Status is DONE, or TOO_MANY_EVENTS where it was stopped after `max_events`."""
    department = _Department(tables, futures, trace=trace)
    status = department.play(max_events)
    return department.outcome(status)


class _Department:
    """A department at one moment, and what happens in it."""

    def __init__(self, tables: Tables, futures: Futures, *, trace: bool) -> None:
        self.futures = futures
        self.steps = steps_of(tables)
        self.stages = int(tables.step_stage.max()) + 1
        self.events = 0
        self.agenda = Agenda(trace=trace)
        cases = len(futures.case_key)
        self.case_done = [-1] * cases
        self.case_slides = [0] * cases
        self.case_wait = [[0] * self.stages for _ in range(cases)]
        self.case_work = [[0] * self.stages for _ in range(cases)]
        self.open, self.slides, self.trips = (Bins(1, futures.horizon) for _ in range(3))
        stations, servers = stations_and_servers_of(tables, self.steps)
        self.floor = Floor(self.agenda, stations, servers, futures.horizon, self.go_on)

    def play(self, max_events: int) -> int:
        """Lets happen what happens up to the horizon; returns how the run ended."""
        futures = self.futures
        shift_at, gate_at = [*futures.shift_at.tolist(), NEVER], [*futures.gate_at.tolist(), NEVER]
        release = [*futures.case_release.tolist(), NEVER]
        shift = gate = case = 0
        while True:
            coming = (shift_at[shift], gate_at[gate], self.agenda.next_at, release[case])
            now = min(coming)
            if now > futures.horizon:
                return DONE
            if self.events == max_events:
                return TOO_MANY_EVENTS
            self.events += 1
            self.agenda.now = now
            turn = coming.index(now)
            if turn == 0:
                server = self.floor.servers[int(futures.shift_server[shift])]
                self.floor.change_shift(server, begins=bool(futures.shift_on[shift]))
                shift += 1
            elif turn == 1:
                self.floor.open_gate(self.floor.stations[int(futures.gate_station[gate])])
                gate += 1
            elif turn == 2:
                self.agenda.take().act()
            else:
                self.release_case(case)
                case += 1

    def release_case(self, case: int) -> None:
        """A case appears at its step; one from inside splits is split on the way."""
        futures = self.futures
        thing = Thing(
            case=case,
            key=int(futures.case_key[case]),
            stream=int(futures.case_stream[case]),
            site=int(futures.case_site[case]),
            ai=int(futures.case_ai_now[case]),
            parent=None,
            wait=[0] * self.stages,
            work=[0] * self.stages,
        )
        step = int(futures.case_step[case])
        first, *then = [*self.steps[step].path, step]
        self.go([(thing, first, then)])

    def go_on(self, thing: Thing, step: Step) -> None:
        """From a step that it is done with."""
        self.go([(thing, self.next_step(thing, step), [])])

    def go(self, followers: list[Follower]) -> None:
        """Things come to their steps, and they and their followers go as far as they get, depth first."""
        while followers:
            thing, to, then = followers.pop()
            followers += reversed(self.come(thing, to, then))

    def come(self, thing: Thing, to: int, then: list[int]) -> list[Follower]:
        """A thing comes to a step; returns what goes on at once, in order."""
        if to == SIGNED_OUT:
            self.sign_out(thing)
            return []
        step = self.steps[to]
        if to in thing.visited:
            thing.come_round += 1
            thing.visited.clear()
        thing.visited.add(to)
        if step.kind == SPLIT:
            return self.split(thing, step, then)
        if step.kind == JOIN:
            whole = thing.parent
            assert whole is not None, "only parts come to a join"
            return self.join(thing, whole, step)
        if step.kind == AI:
            thing.ai = int(self.futures.case_ai[thing.case])
            return [(thing, self.next_step(thing, step), [])]
        if step.kind == DELAY:
            self.travel(thing, step)
        else:
            station = self.floor.stations[step.stations[thing.site][thing.stream]]
            self.floor.join_line(thing, station, self.order_key(thing, station))
        return []

    def next_step(self, thing: Thing, step: Step) -> int:
        """Where a thing goes from a step."""
        ways = step.ways[thing.stream]
        if len(ways) == 1:
            return ways[0][1]
        drawn = uniform(draw_key(thing.key, step.activity, thing.come_round, FOR_ROUTE))
        return next(to for share, to in ways if share > drawn)

    def split(self, thing: Thing, step: Step, then: list[int]) -> list[Follower]:
        """The thing falls into parts, which go on; it waits for them."""
        drawn = step.times[thing.stream].draw(draw_key(thing.key, step.activity, thing.come_round, FOR_COUNT))
        count = max(1, int(drawn + 0.5))
        thing.parts_open = count
        if step.makes_slides:
            above: Thing | None = thing
            while above is not None:
                above.slides += count
                above = above.parent
            self.slides.count(0, self.agenda.now, count)
        followers: list[Follower] = []
        key = draw_key(thing.key, step.activity, thing.come_round, FOR_CHILD)
        for _ in range(count):
            key = next_key(key)
            part = replace(
                thing,
                key=key,
                parent=thing,
                wait=[0] * self.stages,
                work=[0] * self.stages,
                come_round=0,
                visited=set(),
                slides=int(step.makes_slides),
                parts_open=0,
            )
            to = then[0] if then else self.next_step(part, step)
            followers.append((part, to, then[1:]))
        return followers

    def join(self, part: Thing, whole: Thing, step: Step) -> list[Follower]:
        """The whole goes on when its last part has come: where that is, knowing what it knows, with its way behind."""
        whole.parts_open -= 1
        if whole.parts_open:
            return []
        for stage in range(self.stages):
            whole.wait[stage] += part.wait[stage]
            whole.work[stage] += part.work[stage]
        whole.site, whole.ai = part.site, part.ai
        return [(whole, self.next_step(whole, step), [])]

    def travel(self, thing: Thing, step: Step) -> None:
        """A delay begins: it leaves at the next departure, if there are any, and then takes its time."""
        self.agenda.note(STAY, step.number, -1, thing)
        self.trips.count(0, self.agenda.now, int(step.trip))
        thing.since = leaves = self.agenda.now
        if step.departures:
            leaves = next((at for at in step.departures if at >= leaves), NEVER)
        if leaves == NEVER:
            return
        drawn = step.times[thing.stream].draw(draw_key(thing.key, step.activity, thing.come_round, FOR_TIME))
        self.agenda.schedule(leaves + int(drawn + 0.5), partial(self.end_travel, thing, step, leaves))

    def end_travel(self, thing: Thing, step: Step, left: int) -> None:
        """A thing arrives that left at `left`."""
        self.agenda.note(END, step.number, -1, thing)
        thing.wait[step.stage] += left - thing.since
        thing.work[step.stage] += self.agenda.now - left
        if step.to_site >= 0:
            thing.site = step.to_site
        self.go_on(thing, step)

    def order_key(self, thing: Thing, station: Station) -> int:
        """Who has the least goes first: now or the case's deadline, less its head start."""
        base = int(self.futures.case_deadline[thing.case]) if station.base == BY_DEADLINE else self.agenda.now
        return base - station.boost[thing.stream][thing.ai]

    def sign_out(self, thing: Thing) -> None:
        """The case is done."""
        self.agenda.note(LEAVE, SIGNED_OUT, -1, thing)
        case = thing.case
        self.case_done[case] = self.agenda.now
        self.case_slides[case] = thing.slides
        self.case_wait[case], self.case_work[case] = thing.wait, thing.work
        self.open.spread(0, int(self.futures.case_release[case]), self.agenda.now)

    def outcome(self, status: int) -> Outcome:
        """What happened, with everything that goes on counted up to the horizon."""
        futures, horizon = self.futures, self.futures.horizon
        floor = self.floor
        floor.close(horizon)
        for release, done in zip(futures.case_release.tolist(), self.case_done, strict=True):
            if done < 0:
                self.open.spread(0, release, horizon)

        def column(name: str) -> Ints:
            return np.array([getattr(station, name) for station in floor.stations], dtype=np.int64)

        joined, done_ = column("joined"), column("done")
        waiting = np.array([len(station.line) for station in floor.stations], dtype=np.int64)
        return Outcome(
            status=status,
            events=self.events,
            case_done=np.array(self.case_done, dtype=np.int64),
            case_slides=np.array(self.case_slides, dtype=np.int64),
            case_wait=np.array(self.case_wait, dtype=np.int64).reshape(-1, self.stages),
            case_work=np.array(self.case_work, dtype=np.int64).reshape(-1, self.stages),
            station_joined=joined,
            station_done=done_,
            station_waiting=waiting,
            station_in_work=joined - done_ - waiting,
            station_wait=column("waited"),
            station_longest=column("longest"),
            station_queue=floor.queue.array(),
            group_busy=floor.busy.array(),
            group_overtime=floor.overtime.array(),
            open_cases=self.open.array()[0],
            slides_made=self.slides.array()[0],
            trips=self.trips.array()[0],
            trace=np.array(self.agenda.trace or [], dtype=np.int64).reshape(-1, 5),
        )
