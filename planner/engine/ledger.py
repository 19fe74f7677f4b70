"""What the compiled engine writes down: scheduled events, the trace, sums over time; and its draws from the tables."""

from planner.engine.draws import sample
from planner.engine.heaps import push_event
from planner.engine.jit import both_ways, fetch, wide
from planner.engine.records import Plan
from planner.engine.state import NUMBER, SCHEDULED, STATUS, TRACED, State
from planner.engine.tables import EVENTS_FULL, HOUR_MS, TRACE_FULL, Ints

RUN_OVER, DELAY_OVER, OVERDUE, OVERTIME_OVER = range(4)
"""What a scheduled event is, about a server, a thing, a station, a server."""
NO_SERVER = -1
NO_TICKET = -1
_KIND_BITS, _ABOUT_BITS = 2, 24
"""A ticket: an event's running number, then whom it is about, then what it is. So tickets sort as the numbers do,
of which 2**37 fit: many hours of the kernel's work."""


@both_ways
def schedule(s: State, at: int, what: int, about: int) -> int:
    """Adds an event; its ticket. Who waits for another ticket by then takes it for void."""
    if s.counts[SCHEDULED] == s.event.size:
        s.counts[STATUS] = EVENTS_FULL
        return NO_TICKET
    ticket = (s.counts[NUMBER] << (_ABOUT_BITS + _KIND_BITS)) | (about << _KIND_BITS) | what
    push_event(s.event, s.counts[SCHEDULED], at, ticket)
    s.counts[SCHEDULED] += 1
    s.counts[NUMBER] += 1
    return int(ticket)


@both_ways
def kind_of(ticket: int) -> int:
    """What an event is."""
    return int(ticket & ((1 << _KIND_BITS) - 1))


@both_ways
def about_whom(ticket: int) -> int:
    """The row of the server, thing or station that an event is about."""
    return int((ticket >> _KIND_BITS) & ((1 << _ABOUT_BITS) - 1))


@both_ways
def fetch_next(s: State) -> None:
    """Has the thing that the next event is about brought near while this event is dealt with."""
    ticket = s.event[0].ticket
    what, thing = kind_of(ticket), about_whom(ticket)
    if what == RUN_OVER:
        thing = wide(s.server[thing].first)
    elif what != DELAY_OVER:
        return
    fetch_thing(s, thing)


@both_ways
def fetch_thing(s: State, thing: int) -> None:
    """Has a thing and its way brought near."""
    fetch(s.thing, thing)
    fetch(s.way, thing)


@both_ways
def note(s: State, now: int, what: int, step: int, server: int, key: int) -> None:
    """Writes a row of the trace, where one is kept."""
    if s.trace.shape[0] == 0:
        return
    row = s.counts[TRACED]
    if row == s.trace.shape[0]:
        s.counts[STATUS] = TRACE_FULL
        return
    s.trace[row, 0] = now
    s.trace[row, 1] = what
    s.trace[row, 2] = step
    s.trace[row, 3] = server
    s.trace[row, 4] = key
    s.counts[TRACED] = row + 1


@both_ways
def add_over_time(bins: Ints, start: int, end: int, many: int) -> None:
    """Adds `many` times the milliseconds from start to end to the bins of an hour that they lie in."""
    if many == 0 or start >= end:
        return
    place = start // HOUR_MS
    stop = (place + 1) * HOUR_MS
    while stop < end:
        bins[place] += (stop - start) * many
        start = stop
        stop += HOUR_MS
        place += 1
    bins[place] += (end - start) * many


@both_ways
def drawn(t: Plan, d: int, key: int) -> float:
    """A draw from the distribution in row d."""
    return float(sample(t.dist[d].kind, t.dist[d].a, t.dist[d].b, t.dist[d].c, t.pool, key))


@both_ways
def first_at_or_after(moments: Ints, first: int, last: int, now: int) -> int:
    """Place of the first of the rising `moments[first:last]` that is not before now; `last` where all are."""
    while first < last:
        middle = (first + last) >> 1
        if moments[middle] < now:
            first = middle + 1
        else:
            last = middle
    return first
