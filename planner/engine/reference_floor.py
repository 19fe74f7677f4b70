"""The reference engine's floor: lines, runs and who does them, interruption, shifts and overtime."""

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush

from planner.engine.draws import FOR_SETUP, FOR_TIME, draw_key
from planner.engine.reference_state import Agenda, Bins, Happening, Run, Server, Station, Step, Thing
from planner.engine.tables import END, INTERRUPTED, START, STAY


class Floor:
    """The stations and the servers at one moment, and the rules by which they work."""

    def __init__(
        self,
        agenda: Agenda,
        stations: list[Station],
        servers: list[Server],
        horizon: int,
        go_on: Callable[[Thing, Step], None],
    ) -> None:
        """Nobody is on shift, nothing waits. `go_on` takes a thing on from a step that it is done with."""
        self.agenda = agenda
        self.stations = stations
        self.servers = servers
        self.go_on = go_on
        self.joinings = 0
        groups = max((server.group for server in servers), default=-1) + 1
        self.queue = Bins(len(stations), horizon)
        self.busy = Bins(groups, horizon)
        self.overtime = Bins(groups, horizon)

    @property
    def now(self) -> int:
        """The moment, ms."""
        return self.agenda.now

    def join_line(self, thing: Thing, station: Station, order: int) -> None:
        """A thing lines up by its order key; the station is dispatched, and may interrupt less urgent work for it."""
        self.agenda.note(STAY, station.step.number, -1, thing)
        station.joined += 1
        thing.order = (order, self.joinings)
        self.joinings += 1
        self.line_up(thing, station)
        if len(station.line) == 1:
            self.set_timer(station)
        self.dispatch(station)
        if station.preempts and station.line:
            self.preempt(station)

    def line_up(self, thing: Thing, station: Station) -> None:
        """Puts a thing in line, by its order."""
        thing.since = self.now
        heappush(station.line, (thing.order, thing))

    def preempt(self, station: Station) -> None:
        """The first in the line interrupts the least urgent work of those who may start it, if that is less urgent."""
        in_hand = [run for run in station.runs if run.end.at > self.now and run.team[0].may_start]
        last = max(in_hand, key=lambda run: run.things[0].order, default=None)
        if last is not None and station.line[0][0] < last.things[0].order:
            self.interrupt(last)
            for server in last.team:
                self.become_idle(server)
            self.dispatch(station)

    def set_timer(self, station: Station) -> None:
        """Rings when the first in the line will have waited as long as it may."""
        if station.wait >= 0 and station.least > 1:
            due = max(self.now, station.line[0][1].since + station.wait)
            station.timer = self.agenda.schedule(due, partial(self.ring, station))

    def ring(self, station: Station) -> None:
        """The first in the line has waited long enough."""
        station.timer = None
        station.overdue = True
        self.dispatch(station)

    def open_gate(self, station: Station) -> None:
        """Runs may start at this moment."""
        station.gate_at = self.now
        self.dispatch(station)

    def dispatch(self, station: Station) -> None:
        """Starts runs while the station can start."""
        while station.can_start(self.now):
            self.start(station)

    def start(self, station: Station) -> None:
        """The nearest idle team takes up the first of the line."""
        team = [_nearest(station.leaders), *([_nearest(station.helpers)] if station.helpers else [])]
        things = [heappop(station.line)[1] for _ in range(min(station.size, len(station.line)))]
        speed, step = team[0].speed, station.step
        first = things[0]
        setup_key = draw_key(first.key, step.activity, first.come_round, FOR_SETUP)
        setup = step.setup.draw(setup_key) if first.left is None else 0.0
        need = setup
        pieces = []
        for thing in things:
            time = self.time_of(thing, step)
            need += time
            pieces.append(([thing], int((time + (setup if thing is first else 0.0)) / speed + 0.5)))
            waited = self.now - thing.since
            station.waited += waited
            station.longest = max(station.longest, waited)
            self.queue.spread(station.number, thing.since, self.now)
            self.agenda.note(START, step.number, team[0].number, thing)
        portions = deque(pieces if station.one_by_one else [(things, int(need / speed + 0.5))])
        run = Run(station, team, things, portions, need, self.now, self.now, Happening(0, 0, _nothing))
        station.runs.append(run)
        for server in team:
            server.idle = False
            server.run = run
        self.begin_portion(run)
        station.overdue = False
        if station.timer is not None:
            station.timer.void = True
            station.timer = None
        if station.line:
            self.set_timer(station)

    def time_of(self, thing: Thing, step: Step) -> float:
        """Ms of work on a thing, at speed 1."""
        if thing.left is not None:
            return thing.left
        drawn = step.times[thing.stream].draw(draw_key(thing.key, step.activity, thing.come_round, FOR_TIME))
        return drawn + float(step.per_slide * thing.slides)

    def begin_portion(self, run: Run) -> None:
        """The next portion of a run is begun."""
        run.begun = self.now
        run.end = self.agenda.schedule(self.now + run.portions[0][1], partial(self.end_portion, run))

    def end_portion(self, run: Run) -> None:
        """A portion is finished: after the last the servers are released, then its things go on."""
        station = run.station
        stage = station.step.stage
        things, _ = run.portions.popleft()
        for thing in things:
            self.agenda.note(END, station.step.number, run.team[0].number, thing)
            thing.wait[stage] += run.begun - thing.since
            thing.work[stage] += self.now - run.begun
            thing.left = None
            station.done += 1
        if run.portions:
            self.begin_portion(run)
        else:
            self.put_down(run)
            for server in run.team:
                self.free(server)
        for thing in things:
            self.go_on(thing, station.step)

    def put_down(self, run: Run) -> None:
        """The servers' work on a run is over, and counted."""
        run.station.runs.remove(run)
        for server in run.team:
            self.busy.spread(server.group, run.started, self.now)
            self.count_overtime(server, run, self.now)
            server.run = None

    def count_overtime(self, server: Server, run: Run, till: int) -> None:
        """Counts what was worked after the end of the shift."""
        if not server.on_shift:
            self.overtime.count(server.group, till, till - max(run.started, server.off_since))

    def interrupt(self, run: Run) -> None:
        """Work on one thing stops; the thing goes back to its line with what is left to do."""
        thing, station = run.things[0], run.station
        self.agenda.note(INTERRUPTED, station.step.number, run.team[0].number, thing)
        run.end.void = True
        worked = self.now - run.started
        thing.wait[station.step.stage] += run.started - thing.since
        thing.work[station.step.stage] += worked
        thing.left = max(0.0, run.need - int(worked * run.team[0].speed + 0.5))
        self.put_down(run)
        self.line_up(thing, station)

    def free(self, server: Server) -> None:
        """A server looks for work, and is idle if there is none; one on overtime goes home."""
        self.become_idle(server)
        self.look_for_work(server)
        if server.idle and not server.on_shift:
            server.idle = False
            self.end_overtime(server)

    def become_idle(self, server: Server) -> None:
        """From now on, if it may start work."""
        if server.may_start:
            server.idle = True
            server.idle_since = self.now

    def look_for_work(self, server: Server) -> None:
        """Starts runs where it is nearest and most urgent, while it is idle and a station that it serves can start."""
        while server.idle:
            found = [(rank, station) for rank, station in server.serves if station.can_start(self.now)]
            if not found:
                return
            self.start(min(found, key=lambda entry: (entry[0], entry[1].line[0][0][0]))[1])

    def change_shift(self, server: Server, *, begins: bool) -> None:
        """A server's shift begins or ends."""
        if begins:
            if server.run is not None:
                self.count_overtime(server, server.run, self.now)
            self.end_overtime(server)
            server.on_shift = True
            if server.run is None:
                self.free(server)
            return
        server.on_shift = False
        server.off_since = self.now
        server.idle = False
        if server.run is None:
            return
        waiting = sum(len(station.line) for _, station in server.serves)
        if server.overtime_ms and waiting >= server.overtime_waiting:
            server.overtime = self.agenda.schedule(
                self.now + server.overtime_ms, partial(self.overtime_is_over, server)
            )
        elif server.pauses:
            self.pause(server.run)

    def overtime_is_over(self, server: Server) -> None:
        """It starts nothing more; a pausing one stops."""
        server.overtime = None
        if server.pauses and server.run is not None:
            self.pause(server.run)

    def end_overtime(self, server: Server) -> None:
        """Overtime ends before its time."""
        if server.overtime is not None:
            server.overtime.void = True
            server.overtime = None

    def pause(self, run: Run) -> None:
        """Work on a single thing stops, unless it is finished at this moment; somebody else may take it up."""
        if run.station.size == 1 and run.end.at > self.now:
            self.interrupt(run)
            for server in run.team:
                self.free(server)
            self.dispatch(run.station)

    def close(self, horizon: int) -> None:
        """Counts what still waits and is worked on up to the horizon."""
        for station in self.stations:
            for _, thing in station.line:
                self.queue.spread(station.number, thing.since, horizon)
        for server in self.servers:
            if server.run is not None:
                self.busy.spread(server.group, server.run.started, horizon)
                self.count_overtime(server, server.run, horizon)


def _nearest(choices: list[tuple[int, Server]]) -> Server:
    """The idle server with the least rank, then the longest idle, then the first in the list."""
    idle = [(rank, server) for rank, server in choices if server.idle]
    return min(idle, key=lambda choice: (choice[0], choice[1].idle_since))[1]


def _nothing() -> None:
    """Before a run's first portion is begun."""
