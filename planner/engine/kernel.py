"""The compiled engine: docs/planner_engine.md in numba. `run` takes one replication from its start to its horizon.

Things, lines and servers are rows of the arrays in `State`; rules about servers and lines are in `floor.py`, heaps in
`heaps.py`. This file takes what happens next from shifts, gates, scheduled events and arrivals, and moves things from
step to step.
"""

import numpy as np

from planner.engine.agenda import (
    DELAY_OVER,
    OVERDUE,
    OVERTIME_OVER,
    RUN_OVER,
    about_whom,
    fetch_thing,
    kind_of,
    look_ahead,
)
from planner.engine.draws import FOR_CHILD, FOR_COUNT, FOR_ROUTE, FOR_TIME, draw_key, next_key, uniform
from planner.engine.duty import begin_shift, end_overtime, end_shift, is_over
from planner.engine.floor import (
    add_way,
    count_way,
    end_piece,
    join_station,
    open_gate,
    release_run,
    ring_overdue,
    round_of,
    run_errands,
)
from planner.engine.heaps import AHEAD, NOTHING, drop_event
from planner.engine.jit import both_ways, jit, wide
from planner.engine.ledger import (
    NO_SERVER,
    add_over_time,
    drawn,
    first_at_or_after,
    note,
    schedule,
)
from planner.engine.records import Inputs, Plan
from planner.engine.state import EVENTS, FREE, OPEN, OPEN_TOUCHED, SCHEDULED, SOON, STACK, STATUS, TO_DO, State
from planner.engine.tables import (
    AI,
    DELAY,
    DONE,
    END,
    HOUR_MS,
    JOIN,
    LEAVE,
    SIGNED_OUT,
    SPLIT,
    STAY,
    TOKENS_FULL,
    TOO_MANY_EVENTS,
    WORK,
)


@jit
def run(t: Plan, f: Inputs, s: State, max_events: int) -> None:
    """Runs one replication; what happened is in `s`, how it ended in `s.counts[STATUS]`."""
    arrival, shift, gate = 0, 0, 0
    now, destination = 0, NOTHING
    while s.counts[STATUS] == DONE:
        if s.counts[TO_DO] > 0:
            run_errands(t, s, now)
            continue
        if s.counts[STACK] > 0:
            _go_on(t, f, s, now, destination)
            continue
        now, source = f.horizon + 1, -1
        if shift < f.shift.size and f.shift[shift].at < now:
            now, source = f.shift[shift].at, 0
        if gate < f.gate.size and f.gate[gate].at < now:
            now, source = f.gate[gate].at, 1
        if arrival < f.case.size and f.case[arrival].release < now:
            now, source = f.case[arrival].release, 3
        look_ahead(s, min(now, f.horizon))
        if s.counts[SOON] > 0 and (s.soon[0].at < now or (s.soon[0].at == now and source == 3)):
            now, source = s.soon[0].at, 2
        if source == -1:
            break
        if s.counts[EVENTS] >= max_events:
            s.counts[STATUS] = TOO_MANY_EVENTS
            break
        s.counts[EVENTS] += 1
        destination = NOTHING
        if source == 0:
            if f.shift[shift].on == 1:
                begin_shift(t, s, f.shift[shift].server, now)
            else:
                end_shift(t, s, f.shift[shift].server, now)
            shift += 1
        elif source == 1:
            open_gate(s, f.gate[gate].station, now)
            gate += 1
        elif source == 2:
            _scheduled(t, s, now)
        else:
            destination = _release_case(t, f, s, arrival, now)
            arrival += 1
    _close_books(t, f, s)


@both_ways
def _scheduled(t: Plan, s: State, now: int) -> None:
    """Takes the first scheduled event and does it, unless it is void by now."""
    ticket = s.soon[0].ticket
    what, about = kind_of(ticket), about_whom(ticket)
    drop_event(s.soon, s.counts[SOON])
    s.counts[SOON] -= 1
    s.counts[SCHEDULED] -= 1
    if what == DELAY_OVER:
        _end_delay(t, s, about, now)
    elif what == RUN_OVER and ticket == s.server[about].ends:
        _end_run(t, s, about, now)
    elif what == OVERDUE and ticket == s.line[about].timer:
        ring_overdue(s, about)
    elif what == OVERTIME_OVER and is_over(t, s, about, now):
        end_overtime(t, s, about, now)
    else:
        s.counts[EVENTS] -= 1


@both_ways
def _release_case(t: Plan, f: Inputs, s: State, case: int, now: int) -> int:
    """A case appears: at its step, which is returned, or at the first of the splits that lead there."""
    thing = _new_thing(t, s, case, NOTHING, wide(f.case[case].stream), f.case[case].key, 0)
    step = wide(f.case[case].step)
    if thing == NOTHING:
        return step
    s.thing[thing].site = f.case[case].site
    s.thing[thing].ai = f.case[case].ai_now
    _touch_open(s, now)
    s.counts[OPEN] += 1
    splits = t.step[step].path_last - t.step[step].path_first
    _push(s, thing, t.path[t.step[step].path_first] if splits else step)
    return step


@both_ways
def _go_on(t: Plan, f: Inputs, s: State, now: int, destination: int) -> None:
    """Takes the thing on top of the stack to its step. With a destination, splits lead there along its path."""
    s.counts[STACK] -= 1
    thing, step = s.stack[s.counts[STACK]].thing, s.stack[s.counts[STACK]].step
    if step == SIGNED_OUT:
        _sign_out(t, s, thing, now)
        return
    _count_round(s, thing, step)
    kind = t.step[step].kind
    if kind == WORK:
        stream = wide(s.thing[thing].stream)
        station = wide(t.step_station[step, s.thing[thing].site, stream])
        join_station(t, f, s, station, stream, thing, now)
    elif kind == DELAY:
        _begin_delay(t, s, thing, step, now)
    elif kind == SPLIT:
        _split(t, s, thing, step, now, destination)
    elif kind == JOIN:
        _join(t, s, thing, step)
    elif kind == AI:
        s.thing[thing].ai = f.case[s.thing[thing].case].ai
        _push(s, thing, _way_on(t, s, thing, step))


@both_ways
def _push(s: State, thing: int, step: int) -> None:
    s.stack[s.counts[STACK]].thing = thing
    s.stack[s.counts[STACK]].step = step
    s.counts[STACK] += 1


@both_ways
def _count_round(s: State, thing: int, step: int) -> None:
    bit = np.uint64(1) << np.uint64(step)
    if s.thing[thing].seen & bit:
        s.thing[thing].round += 1
        s.thing[thing].seen = bit
    else:
        s.thing[thing].seen |= bit


@both_ways
def _way_on(t: Plan, s: State, thing: int, step: int) -> int:
    """The step after this one, or SIGNED_OUT."""
    row = step * t.step_time.shape[1] + s.thing[thing].stream
    first, last = t.route_first[row], t.route_first[row + 1] - 1
    if last > first:
        key = draw_key(s.thing[thing].key, t.step[step].activity, round_of(s, thing), FOR_ROUTE)
        u = uniform(key)
        while first < last and u >= t.route[first].share:
            first += 1
    return int(t.route[first].to)


@both_ways
def _new_thing(t: Plan, s: State, case: int, parent: int, stream: int, key: int, slides: int) -> int:
    """A thing with nothing behind it, or NOTHING where there is no room."""
    if s.counts[FREE] == 0:
        s.counts[STATUS] = TOKENS_FULL
        return NOTHING
    s.counts[FREE] -= 1
    thing = wide(s.free[s.counts[FREE]])
    fetch_thing(s, wide(s.free[max(s.counts[FREE] - AHEAD, 0)]))
    s.thing[thing].case = case
    s.thing[thing].stream = stream
    s.thing[thing].parent = parent
    s.thing[thing].key = key
    s.thing[thing].round = 0
    s.thing[thing].seen = 0
    s.thing[thing].slides = slides
    for place in range(2 * (t.column_stage.size if parent == NOTHING else t.part_columns)):
        s.way[thing, place] = 0
    return thing


@both_ways
def _free_thing(s: State, thing: int) -> None:
    s.free[s.counts[FREE]] = thing
    s.counts[FREE] += 1


@both_ways
def _split(t: Plan, s: State, thing: int, step: int, now: int, destination: int) -> None:
    stream, case = wide(s.thing[thing].stream), wide(s.thing[thing].case)
    activity, come_round = t.step[step].activity, round_of(s, thing)
    d = t.step_time[step, stream]
    key = draw_key(s.thing[thing].key, activity, come_round, FOR_COUNT)
    many = max(1, int(drawn(t, d, key) + 0.5))
    slides = t.step[step].makes_slides
    if slides:
        s.slides_made[min(now // HOUR_MS, s.slides_made.size - 1)] += many
    s.thing[thing].detail = many
    bottom = s.counts[STACK]
    key = next_key(draw_key(s.thing[thing].key, activity, come_round, FOR_CHILD))
    for _ in range(many):
        part = _new_thing(t, s, case, thing, stream, key, slides)
        if part == NOTHING:
            return
        s.thing[part].site = s.thing[thing].site
        s.thing[part].ai = s.thing[thing].ai
        _push(s, part, _part_way(t, s, part, step, destination))
        key = next_key(key)
    _reverse(s, bottom)


@both_ways
def _reverse(s: State, bottom: int) -> None:
    """Turns the upper part of the stack round, so that what was pushed first goes first."""
    top = s.counts[STACK] - 1
    while bottom < top:
        thing, step = s.stack[bottom].thing, s.stack[bottom].step
        s.stack[bottom].thing, s.stack[bottom].step = s.stack[top].thing, s.stack[top].step
        s.stack[top].thing, s.stack[top].step = thing, step
        bottom += 1
        top -= 1


@both_ways
def _part_way(t: Plan, s: State, part: int, split: int, destination: int) -> int:
    """Where a part goes first: along the destination's path, else by the split's ways on."""
    if destination != NOTHING:
        for place in range(t.step[destination].path_first, t.step[destination].path_last):
            if t.path[place] == split:
                return int(t.path[place + 1]) if place + 1 < t.step[destination].path_last else destination
    return _way_on(t, s, part, split)


@both_ways
def _join(t: Plan, s: State, part: int, step: int) -> None:
    whole = wide(s.thing[part].parent)
    s.thing[whole].slides += s.thing[part].slides
    s.thing[whole].detail -= 1
    if s.thing[whole].detail == 0:
        _follow(t, s, whole, part)
        s.thing[whole].site = s.thing[part].site
        _push(s, whole, _way_on(t, s, whole, step))
    _free_thing(s, part)


@both_ways
def _follow(t: Plan, s: State, whole: int, part: int) -> None:
    """The last part's way becomes the whole's."""
    for place in range(2 * t.part_columns):
        s.way[whole, place] += s.way[part, place]


@both_ways
def _begin_delay(t: Plan, s: State, thing: int, step: int, now: int) -> None:
    note(s, now, STAY, step, NO_SERVER, s.thing[thing].key)
    s.trips[min(now // HOUR_MS, s.trips.size - 1)] += t.step[step].trip
    leaves = now
    first, last = t.step[step].departure_first, t.step[step].departure_last
    if last > first:
        found = first_at_or_after(t.departure, first, last, now)
        if found == last:
            return
        leaves = t.departure[found]
    d = t.step_time[step, s.thing[thing].stream]
    key = draw_key(s.thing[thing].key, t.step[step].activity, round_of(s, thing), FOR_TIME)
    lasts = int(drawn(t, d, key) + 0.5)
    add_way(t, s, step, thing, leaves - now, lasts)
    s.thing[thing].detail = step
    schedule(s, leaves + lasts, DELAY_OVER, thing)


@both_ways
def _end_delay(t: Plan, s: State, thing: int, now: int) -> None:
    step = wide(s.thing[thing].detail)
    note(s, now, END, step, NO_SERVER, s.thing[thing].key)
    if t.step[step].to_site >= 0:
        s.thing[thing].site = t.step[step].to_site
    _push(s, thing, _way_on(t, s, thing, step))


@both_ways
def _end_run(t: Plan, s: State, leader: int, now: int) -> None:
    """A run, or one piece of a run that gives its things out one by one, is over."""
    station, thing = wide(s.server[leader].station), wide(s.server[leader].first)
    step = t.station[station].step
    if t.station[station].one_by_one:
        end_piece(t, s, leader, now)
        _push(s, thing, _way_on(t, s, thing, step))
        return
    bottom = s.counts[STACK]
    while thing != NOTHING:
        note(s, now, END, step, leader, s.thing[thing].key)
        count_way(t, s, step, thing, leader, now)
        following = wide(s.thing[thing].sibling)
        fetch_thing(s, wide(s.thing[thing].detail))
        if following != NOTHING:
            fetch_thing(s, wide(s.thing[thing].parent))
        s.line[station].done += 1
        s.line[station].in_work -= 1
        _push(s, thing, _way_on(t, s, thing, step))
        thing = following
    _reverse(s, bottom)
    release_run(t, s, leader, now)


@both_ways
def _sign_out(t: Plan, s: State, thing: int, now: int) -> None:
    case = s.thing[thing].case
    note(s, now, LEAVE, SIGNED_OUT, NO_SERVER, s.thing[thing].key)
    s.case_done[case] = now
    s.case_slides[case] = s.thing[thing].slides
    for column in range(t.column_stage.size):
        s.case_wait[case, t.column_stage[column]] = s.way[thing, 2 * column]
        s.case_work[case, t.column_stage[column]] = s.way[thing, 2 * column + 1]
    _touch_open(s, now)
    s.counts[OPEN] -= 1
    _free_thing(s, thing)


@both_ways
def _touch_open(s: State, now: int) -> None:
    add_over_time(s.open_cases, s.counts[OPEN_TOUCHED], now, s.counts[OPEN])
    s.counts[OPEN_TOUCHED] = now


@both_ways
def _close_books(t: Plan, f: Inputs, s: State) -> None:
    """Counts what still waits and works at the horizon."""
    _touch_open(s, f.horizon)
    for station in range(t.station.size):
        add_over_time(s.station_queue[station], s.line[station].touched, f.horizon, s.line[station].many)
    for server in range(t.server.size):
        if s.server[server].station >= 0:
            _count_unfinished(t, f, s, server)


@both_ways
def _count_unfinished(t: Plan, f: Inputs, s: State, server: int) -> None:
    group = t.server[server].group
    add_over_time(s.group_busy[group], s.server[server].since, f.horizon, 1)
    if s.server[server].shift != 1:
        last = s.group_overtime.shape[1] - 1
        s.group_overtime[group, last] += f.horizon - max(s.server[server].off, s.server[server].since)
