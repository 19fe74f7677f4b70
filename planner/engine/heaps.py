"""Scheduled events (a heap with four below each) and the stations' lines (lanes, and a heap), in one exact order each.

Both give exactly one order: events by moment and number, lines by order key and number.
Pairing heap: Fredman, Sedgewick, Sleator and Tarjan 1986.
"""

from planner.engine.jit import both_ways, fetch, wide
from planner.engine.records import Records

NOTHING = -1
LANES = 4
"""Of a line: things with one head start come in order, so they can stand in one lane, a plain list."""
AHEAD = 6
"""So many places ahead, in a lane or run, a thing is fetched: `detail` tells which it is."""


@both_ways
def push_event(events: Records, size: int, at: int, ticket: int) -> None:
    """Adds an event to a heap of `size`, which must have room for it."""
    place = size
    while place > 0:
        above = (place - 1) >> 2
        if _earlier(events, above, at, ticket):
            break
        events[place].at, events[place].ticket = events[above].at, events[above].ticket
        place = above
    events[place].at, events[place].ticket = at, ticket


@both_ways
def drop_event(events: Records, size: int) -> None:
    """Takes the first event out of a heap of `size`."""
    last = size - 1
    at, ticket = events[last].at, events[last].ticket
    place = 0
    while True:
        first = 4 * place + 1
        if first >= last:
            break
        below = first
        for other in range(first + 1, min(first + 4, last)):
            if _earlier(events, other, events[below].at, events[below].ticket):
                below = other
        if not _earlier(events, below, at, ticket):
            break
        events[place].at, events[place].ticket = events[below].at, events[below].ticket
        place = below
    events[place].at, events[place].ticket = at, ticket


@both_ways
def _earlier(events: Records, place: int, at: int, ticket: int) -> bool:
    return bool(events[place].at < at or (events[place].at == at and events[place].ticket < ticket))


@both_ways
def before(things: Records, one: int, other: int) -> bool:
    """Whether one thing goes before another in a line."""
    return bool(
        things[one].order < things[other].order
        or (things[one].order == things[other].order and things[one].number < things[other].number)
    )


@both_ways
def _meld(things: Records, one: int, other: int) -> int:
    """One heap of two, each with a head: the head that goes first."""
    if before(things, other, one):
        one, other = other, one
    things[other].sibling = things[one].detail
    things[one].detail = other
    return one


@both_ways
def join_line(things: Records, lines: Records, lanes: Records, station: int, thing: int) -> None:
    """Puts a thing into a station's line: at the back of the first lane where that is its place, else into the heap."""
    things[thing].detail = NOTHING
    things[thing].sibling = NOTHING
    lane, last = LANES * station, LANES * (station + 1)
    while lane < last and lanes[lane].back != NOTHING and not before(things, lanes[lane].back, thing):
        lane += 1
    if lane < last and lanes[lane].back != NOTHING:
        _join_lane(things, lanes, lane, thing)
        return
    if lane < last:
        lanes[lane].front = thing
        lanes[lane].back = thing
        lanes[lane].marker = thing
        lanes[lane].gap = 0
    else:
        raised = lines[station].raised
        lines[station].raised = thing if raised == NOTHING else _meld(things, raised, thing)
    lines[station].head = _first(things, lines[station].head, thing)


@both_ways
def _join_lane(things: Records, lanes: Records, lane: int, thing: int) -> None:
    """Puts a thing behind others, and tells the one that many places ahead of it."""
    things[lanes[lane].back].sibling = thing
    lanes[lane].back = thing
    lanes[lane].gap += 1
    if lanes[lane].gap > AHEAD:
        marker = wide(lanes[lane].marker)
        things[marker].detail = thing
        lanes[lane].marker = things[marker].sibling
        lanes[lane].gap = AHEAD


@both_ways
def leave_line(things: Records, lines: Records, lanes: Records, station: int) -> int:
    """Takes the first out of a station's line, which is not empty."""
    head = lines[station].head
    if head == lines[station].raised:
        lines[station].raised = _without_first(things, head)
    first = lines[station].raised
    for lane in range(LANES * station, LANES * (station + 1)):
        if lanes[lane].front == head:
            _leave_lane(things, lanes, lane)
        first = _first(things, first, lanes[lane].front)
    lines[station].head = first
    return int(head)


@both_ways
def _leave_lane(things: Records, lanes: Records, lane: int) -> None:
    """Takes the first out of a lane, and fetches the one that will be first in a while."""
    front = wide(lanes[lane].front)
    following = wide(things[front].sibling)
    lanes[lane].front = following
    if following == NOTHING:
        lanes[lane].back = NOTHING
    elif front == lanes[lane].marker:
        lanes[lane].marker = following
        lanes[lane].gap -= 1
    else:
        fetch(things, wide(things[front].detail))


@both_ways
def _first(things: Records, one: int, other: int) -> int:
    """Which of two goes first; either may be NOTHING."""
    return one if other == NOTHING or (one != NOTHING and before(things, one, other)) else other


@both_ways
def _without_first(things: Records, first: int) -> int:
    """A heap without its first: the next first, or NOTHING."""
    pairs = NOTHING
    child = wide(things[first].detail)
    while child != NOTHING:
        other = wide(things[child].sibling)
        if other == NOTHING:
            things[child].sibling = pairs
            pairs = child
            break
        following = wide(things[other].sibling)
        pair = _meld(things, child, other)
        things[pair].sibling = pairs
        pairs = pair
        child = following
    if pairs == NOTHING:
        return NOTHING
    whole = pairs
    pairs = wide(things[whole].sibling)
    while pairs != NOTHING:
        following = wide(things[pairs].sibling)
        whole = _meld(things, whole, pairs)
        pairs = following
    things[whole].sibling = NOTHING
    return whole
