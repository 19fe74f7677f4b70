"""What the compiled engine writes down: scheduled events, the trace, sums over time; and its draws from the tables."""

from planner.engine.agenda import ABOUT_BITS, KIND_BITS, put_event
from planner.engine.draws import sample
from planner.engine.jit import both_ways
from planner.engine.records import Plan
from planner.engine.state import NUMBER, SCHEDULED, STATUS, TRACED, State
from planner.engine.tables import EVENTS_FULL, HOUR_MS, TRACE_FULL, Ints

NO_SERVER = -1
NO_TICKET = -1


@both_ways
def schedule(s: State, at: int, what: int, about: int) -> int:
    """Adds an event; its ticket. Who waits for another ticket by then takes it for void."""
    if s.counts[SCHEDULED] == s.later.size:
        s.counts[STATUS] = EVENTS_FULL
        return NO_TICKET
    ticket = (s.counts[NUMBER] << (ABOUT_BITS + KIND_BITS)) | (about << KIND_BITS) | what
    put_event(s, at, ticket)
    s.counts[NUMBER] += 1
    return int(ticket)


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
