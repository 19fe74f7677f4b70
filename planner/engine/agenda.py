"""What is scheduled, in one exact order, by moment and ticket: the near part in a heap, the rest by spells of time.

A spell is some milliseconds long. When the next one begins, its events go into the heap, and the things that they are
about are fetched together: a processor waits for many rows of memory hardly longer than for one.
"""

from planner.engine.heaps import NOTHING, push_event
from planner.engine.jit import both_ways, fetch, fetch_line, wide
from planner.engine.state import SCHEDULED, SOON, SPELL, SPELL_BITS, State

RUN_OVER, DELAY_OVER, OVERDUE, OVERTIME_OVER = range(4)
"""What a scheduled event is, about a server, a thing, a station, a server."""
KIND_BITS, ABOUT_BITS = 2, 24
"""A ticket: an event's running number, then whom it is about, then what it is. So tickets sort as the numbers do,
of which 2**37 fit: many hours of the kernel's work."""


@both_ways
def kind_of(ticket: int) -> int:
    """What an event is."""
    return int(ticket & ((1 << KIND_BITS) - 1))


@both_ways
def about_whom(ticket: int) -> int:
    """The row of the server, thing or station that an event is about."""
    return int((ticket >> KIND_BITS) & ((1 << ABOUT_BITS) - 1))


@both_ways
def put_event(s: State, at: int, ticket: int) -> None:
    """Adds an event, for which there must be room; what is after the horizon never happens."""
    spell = at >> s.counts[SPELL_BITS]
    if spell < s.counts[SPELL]:
        push_event(s.soon, s.counts[SOON], at, ticket)
        s.counts[SOON] += 1
    elif spell < s.spell.size:
        row = s.later_free[s.counts[SCHEDULED] - s.counts[SOON]]
        s.later[row].at = at
        s.later[row].ticket = ticket
        s.later[row].following = s.spell[spell]
        s.spell[spell] = row
    else:
        return
    s.counts[SCHEDULED] += 1


@both_ways
def look_ahead(s: State, until: int) -> None:
    """Has the next event, if it is not after `until`, on top of the heap."""
    last = until >> s.counts[SPELL_BITS]
    while s.counts[SOON] == 0 and s.counts[SCHEDULED] > 0 and s.counts[SPELL] <= last:
        row = wide(s.spell[s.counts[SPELL]])
        s.counts[SPELL] += 1
        if row != NOTHING:
            _bring_near(s, row)


@both_ways
def _bring_near(s: State, row: int) -> None:
    """Puts a spell's events into the heap, which is empty."""
    while row != NOTHING:
        push_event(s.soon, s.counts[SOON], s.later[row].at, s.later[row].ticket)
        s.counts[SOON] += 1
        s.later_free[s.counts[SCHEDULED] - s.counts[SOON]] = row
        row = wide(s.later[row].following)
    for place in range(s.counts[SOON]):
        fetch_thing(s, _thing_of(s, s.soon[place].ticket))
    for place in range(s.counts[SOON]):
        thing = _thing_of(s, s.soon[place].ticket)
        if thing != NOTHING:
            fetch_thing(s, s.thing[thing].parent)
            fetch(s.thing, s.thing[thing].sibling)


@both_ways
def _thing_of(s: State, ticket: int) -> int:
    """The thing that an event will be about, if it is about one."""
    what, about = kind_of(ticket), about_whom(ticket)
    if what == RUN_OVER:
        return wide(s.server[about].first)
    return about if what == DELAY_OVER else NOTHING


@both_ways
def fetch_thing(s: State, thing: int) -> None:
    """Has a thing and its way brought near."""
    fetch(s.thing, thing)
    fetch(s.way, thing)
    fetch_line(s.way, thing, 1)
