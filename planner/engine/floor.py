"""The compiled engine's rules on the floor: who takes up what, when a run starts and ends, who interrupts whom."""

import numpy as np

from planner.engine.agenda import OVERDUE, RUN_OVER
from planner.engine.draws import CONSTANT, FOR_SETUP, FOR_TIME, draw_key
from planner.engine.heaps import AHEAD, NOTHING, before, join_line, leave_line
from planner.engine.jit import both_ways, wide
from planner.engine.ledger import NO_SERVER, NO_TICKET, add_over_time, drawn, note, schedule
from planner.engine.records import Inputs, Plan
from planner.engine.state import MOST_JOININGS, STATUS, TO_DO, State
from planner.engine.tables import BY_DEADLINE, END, HOUR_MS, INTERRUPTED, START, STAY, TOO_MANY_EVENTS
from planner.engine.teams import join_idle, leave_idle, nearest_idle

OFF, ON, ON_OVERTIME = range(3)
"""States of a shift."""
LOOK, DISPATCH, DISPATCH_OR_PREEMPT, STOP = range(4)
"""Errands: a server looks for work; a station starts what it can; the same, and then its first may interrupt; a
leader's work is interrupted."""
NO_STATION = -1


@both_ways
def join_station(t: Plan, f: Inputs, s: State, station: int, stream: int, thing: int, now: int) -> None:
    """A thing joins a station's line, and work starts if it can."""
    note(s, now, STAY, t.station[station].step, NO_SERVER, s.thing[thing].key)
    base = f.case[s.thing[thing].case].deadline if t.station[station].base == BY_DEADLINE else now
    head_start = t.station_boost[station, stream, s.thing[thing].ai] if t.station[station].boosts else 0
    s.thing[thing].order = base - head_start
    s.thing[thing].number = s.line[station].joined
    s.line[station].joined += 1
    if s.line[station].joined == MOST_JOININGS:
        s.counts[STATUS] = TOO_MANY_EVENTS
    _into_line(s, station, thing, now)
    if s.line[station].many == 1:
        _set_overdue_timer(t, s, station, now)
    errand(s, DISPATCH_OR_PREEMPT if t.station[station].preempts else DISPATCH, station)


@both_ways
def _into_line(s: State, station: int, thing: int, now: int) -> None:
    s.thing[thing].since = now
    _touch_line(s, station, now)
    s.line[station].many += 1
    join_line(s.thing, s.line, s.lane, station, thing)


@both_ways
def _touch_line(s: State, station: int, now: int) -> None:
    add_over_time(s.station_queue[station], s.line[station].touched, now, s.line[station].many)
    s.line[station].touched = now


@both_ways
def _set_overdue_timer(t: Plan, s: State, station: int, now: int) -> None:
    """The line's first will have waited long enough at some moment; earlier timers are void."""
    s.line[station].overdue = 0
    s.line[station].timer = NO_TICKET
    if s.line[station].many > 0 and t.station[station].wait >= 0 and t.station[station].least > 1:
        at = max(now, s.thing[s.line[station].head].since + t.station[station].wait)
        s.line[station].timer = schedule(s, at, OVERDUE, station)


@both_ways
def ring_overdue(s: State, station: int) -> None:
    """A station is overdue until its next start."""
    s.line[station].overdue = 1
    errand(s, DISPATCH, station)


@both_ways
def open_gate(s: State, station: int, now: int) -> None:
    """The moment at which a gated station may start its runs."""
    s.line[station].gate = now
    errand(s, DISPATCH, station)


@both_ways
def errand(s: State, what: int, about: int) -> None:
    """Asks for something to be done as soon as the present event has had its effect."""
    s.errand[s.counts[TO_DO]].what = what
    s.errand[s.counts[TO_DO]].about = about
    s.counts[TO_DO] += 1


@both_ways
def run_errands(t: Plan, s: State, now: int) -> None:
    """Servers look for work and stations start it, in the order in which they were asked to."""
    place = 0
    while place < s.counts[TO_DO]:
        what, about = s.errand[place].what, s.errand[place].about
        if what == LOOK:
            _become_idle(t, s, about, now)
        while what != STOP:
            station = _station_for(t, s, what, about, now)
            if station == NO_STATION:
                break
            _start(t, s, station, now)
        place += 1
        victim = about if what == STOP else NO_SERVER
        if what == LOOK:
            _go_home(t, s, about, now)
        elif what == DISPATCH_OR_PREEMPT and s.line[about].many > 0:
            victim = _victim(t, s, about, now)
        if victim != NO_SERVER:
            _interrupt(t, s, victim, now)
            if what == DISPATCH_OR_PREEMPT:
                _become_idle(t, s, victim, now)
                place -= 1
                s.errand[place].what = DISPATCH
    s.counts[TO_DO] = 0


@both_ways
def _station_for(t: Plan, s: State, what: int, about: int, now: int) -> int:
    """Where the next run of this errand starts, or NO_STATION."""
    if what != LOOK:
        return about if _can_start(t, s, about, now) else NO_STATION
    best = NOTHING
    if s.server[about].idle:
        team = t.server[about].team
        for place in range(t.team[team].serves_first, t.team[team].serves_last):
            if _can_start(t, s, t.serves[place].station, now) and (best == NOTHING or _nearer(t, s, place, best)):
                best = place
    return int(t.serves[best].station) if best != NOTHING else NO_STATION


@both_ways
def _can_start(t: Plan, s: State, station: int, now: int) -> bool:
    if s.line[station].many == 0 or s.line[station].idle_lead == 0:
        return False
    if t.station[station].help_team_last > t.station[station].help_team_first and s.line[station].idle_help == 0:
        return False
    if t.station[station].gated:
        return bool(s.line[station].gate == now)
    return bool(s.line[station].many >= t.station[station].least or s.line[station].overdue)


@both_ways
def _start(t: Plan, s: State, station: int, now: int) -> None:
    """Takes the first of the line into a run."""
    leader = nearest_idle(s, t.station[station].lead_team_first, t.station[station].lead_team_last, t.lead_team)
    helper = nearest_idle(s, t.station[station].help_team_first, t.station[station].help_team_last, t.help_team)
    step = t.station[station].step
    many = min(s.line[station].many, t.station[station].size)
    _touch_line(s, station, now)
    first, last, marker, work = NOTHING, NOTHING, NOTHING, 0.0
    for number in range(many):
        thing = leave_line(s.thing, s.line, s.lane, station)
        s.thing[thing].sibling = NOTHING
        s.thing[thing].detail = NOTHING
        if first == NOTHING:
            first = thing
            marker = thing
            work = _setup(t, s, station, thing)
        else:
            s.thing[last].sibling = thing
        if number >= AHEAD:
            s.thing[marker].detail = thing
            marker = wide(s.thing[marker].sibling)
        last = thing
        waited = now - s.thing[thing].since
        s.line[station].wait += waited
        s.line[station].longest = max(s.line[station].longest, waited)
        note(s, now, START, step, leader, s.thing[thing].key)
        if thing == first or not t.station[station].one_by_one:
            work += _own_time(t, s, station, thing)
    s.line[station].many -= many
    s.line[station].in_work += many
    _occupy(t, s, leader, station, first, helper, 1, now)
    if helper != NO_SERVER:
        _occupy(t, s, helper, station, first, leader, 0, now)
    s.server[leader].base = work
    s.server[leader].piece = now
    s.server[leader].ends = schedule(s, now + _lasts(t, leader, work), RUN_OVER, leader)
    _set_overdue_timer(t, s, station, now)


@both_ways
def _setup(t: Plan, s: State, station: int, thing: int) -> float:
    """Milliseconds of setting up a run that begins with this thing; none for one that was interrupted."""
    step = t.station[station].step
    d = t.step[step].setup
    if d < 0 or (s.line[station].cut > 0 and s.left[thing] >= 0.0):
        return 0.0
    return float(drawn(t, d, draw_key(s.thing[thing].key, t.step[step].activity, round_of(s, thing), FOR_SETUP)))


@both_ways
def round_of(s: State, thing: int) -> int:
    """A thing's round as part of a key."""
    return np.uint64(s.thing[thing].round)  # type: ignore[return-value]


@both_ways
def _own_time(t: Plan, s: State, station: int, thing: int) -> float:
    """Milliseconds of work on one thing at speed 1, or what is left of it."""
    if s.line[station].cut > 0 and s.left[thing] >= 0.0:
        left = s.left[thing]
        s.left[thing] = -1.0
        s.line[station].cut -= 1
        return float(left)
    step = t.station[station].step
    d = t.step_time[step, s.thing[thing].stream]
    own = t.dist[d].a
    if t.dist[d].kind != CONSTANT:
        own = drawn(t, d, draw_key(s.thing[thing].key, t.step[step].activity, round_of(s, thing), FOR_TIME))
    if t.step[step].per_slide > 0:
        own += t.step[step].per_slide * s.thing[thing].slides
    return float(own)


@both_ways
def _lasts(t: Plan, leader: int, work: float) -> int:
    return int(work / t.server[leader].speed + 0.5)


@both_ways
def end_piece(t: Plan, s: State, leader: int, now: int) -> None:
    """The first thing of a one-by-one run is finished; the next one's time begins, or the servers are released."""
    station, thing = wide(s.server[leader].station), wide(s.server[leader].first)
    step, following = t.station[station].step, wide(s.thing[thing].sibling)
    note(s, now, END, step, leader, s.thing[thing].key)
    count_way(t, s, step, thing, leader, now)
    s.line[station].done += 1
    s.line[station].in_work -= 1
    if following == NOTHING:
        release_run(t, s, leader, now)
        return
    s.server[leader].first = following
    s.server[leader].piece = now
    lasts = _lasts(t, leader, _own_time(t, s, station, following))
    s.server[leader].ends = schedule(s, now + lasts, RUN_OVER, leader)


@both_ways
def _occupy(t: Plan, s: State, server: int, station: int, first: int, partner: int, leads: int, now: int) -> None:
    set_idle(t, s, server, 0, now)
    s.server[server].station = station
    s.server[server].first = first
    s.server[server].partner = partner
    s.server[server].leads = leads


@both_ways
def add_way(t: Plan, s: State, step: int, thing: int, waited: int, worked: int) -> None:
    """Adds to a thing's way."""
    s.way[thing, 2 * t.step[step].column] += waited
    s.way[thing, 2 * t.step[step].column + 1] += worked


@both_ways
def count_way(t: Plan, s: State, step: int, thing: int, leader: int, now: int) -> None:
    """Adds to a thing's way what it waited until the present piece of work began, and the work."""
    begun = s.server[leader].piece
    add_way(t, s, step, thing, begun - s.thing[thing].since, now - begun)


@both_ways
def set_idle(t: Plan, s: State, server: int, idle: int, now: int) -> None:
    """Marks a server idle or not, since now, and tells its stations when it is the team's first or last."""
    if s.server[server].idle == idle:
        return
    s.server[server].idle = idle
    s.server[server].since = now
    team = t.server[server].team
    nobody = s.team[team].first == NOTHING
    if idle:
        join_idle(s, team, server)
    else:
        leave_idle(s, team, server)
    change = int(nobody) - int(s.team[team].first == NOTHING)
    if change == 0:
        return
    for place in range(t.team[team].serves_first, t.team[team].serves_last):
        if t.serves[place].leads:
            s.line[t.serves[place].station].idle_lead += change
        else:
            s.line[t.serves[place].station].idle_help += change


@both_ways
def release_run(t: Plan, s: State, leader: int, now: int) -> None:
    """A run's servers are free: the leader, then the helper, look for work."""
    helper = wide(s.server[leader].partner)
    _let_go(t, s, leader, now)
    if helper != NO_SERVER:
        _let_go(t, s, helper, now)
    errand(s, LOOK, leader)
    if helper != NO_SERVER:
        errand(s, LOOK, helper)


@both_ways
def _let_go(t: Plan, s: State, server: int, now: int) -> None:
    """Ends a server's part in a run, and counts its time."""
    group = t.server[server].group
    add_over_time(s.group_busy[group], s.server[server].since, now, 1)
    if s.server[server].shift != ON:
        count_overtime(t, s, server, now)
    s.server[server].station = NO_STATION
    s.server[server].first = NOTHING
    s.server[server].ends = NO_TICKET


@both_ways
def count_overtime(t: Plan, s: State, server: int, now: int) -> None:
    """Adds what a server has worked since the end of its shift."""
    place = min(now // HOUR_MS, s.group_overtime.shape[1] - 1)
    s.group_overtime[t.server[server].group, place] += now - max(s.server[server].off, s.server[server].since)


@both_ways
def _become_idle(t: Plan, s: State, server: int, now: int) -> None:
    """A server that may work, and has none, is idle from now on."""
    if s.server[server].shift != OFF and s.server[server].station == NO_STATION:
        set_idle(t, s, server, 1, now)


@both_ways
def _go_home(t: Plan, s: State, server: int, now: int) -> None:
    """On overtime nobody waits for work."""
    if s.server[server].idle and s.server[server].shift == ON_OVERTIME:
        set_idle(t, s, server, 0, now)
        s.server[server].shift = OFF


@both_ways
def _nearer(t: Plan, s: State, place: int, other: int) -> bool:
    rank, other_rank = t.serves[place].rank, t.serves[other].rank
    order = s.thing[s.line[t.serves[place].station].head].order
    other_order = s.thing[s.line[t.serves[other].station].head].order
    return bool(rank < other_rank or (rank == other_rank and order < other_order))


@both_ways
def _victim(t: Plan, s: State, station: int, now: int) -> int:
    """Whom the line's first interrupts: the last in order of those in work here, if that one goes after it.

    Who only finishes after a shift would not take it up, and is left alone.
    """
    victim = NO_SERVER
    for place in range(t.station[station].lead_first, t.station[station].lead_last):
        server = t.lead[place]
        if s.server[server].station != station or s.server[server].shift == OFF or is_ending(t, s, server, now):
            continue
        if victim == NO_SERVER or before(s.thing, wide(s.server[victim].first), wide(s.server[server].first)):
            victim = server
    if victim != NO_SERVER and not before(s.thing, s.line[station].head, wide(s.server[victim].first)):
        victim = NO_SERVER
    return int(victim)


@both_ways
def is_ending(t: Plan, s: State, leader: int, now: int) -> bool:
    """Whether the work in hand ends at this very moment."""
    return bool(s.server[leader].piece + _lasts(t, leader, s.server[leader].base) <= now)


@both_ways
def _interrupt(t: Plan, s: State, leader: int, now: int) -> None:
    """The one thing in work goes back to its line with what is left of it."""
    station, thing = wide(s.server[leader].station), wide(s.server[leader].first)
    step, helper = t.station[station].step, wide(s.server[leader].partner)
    elapsed = now - s.server[leader].piece
    note(s, now, INTERRUPTED, step, leader, s.thing[thing].key)
    count_way(t, s, step, thing, leader, now)
    s.left[thing] = max(0.0, s.server[leader].base - int(elapsed * t.server[leader].speed + 0.5))
    s.line[station].cut += 1
    s.line[station].in_work -= 1
    _into_line(s, station, thing, now)
    _let_go(t, s, leader, now)
    if helper != NO_SERVER:
        _let_go(t, s, helper, now)
