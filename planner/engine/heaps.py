"""Scheduled events (a heap with four below each) and the stations' lines, in one exact order each.

Both give exactly one order: events by moment and number, lines by order key and number.
Pairing heap: Fredman, Sedgewick, Sleator and Tarjan 1986.
"""

from planner.engine.jit import both_ways, fetch, wide
from planner.engine.records import Records

NOTHING = -1


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
def join_line(things: Records, lines: Records, station: int, thing: int) -> None:
    """Puts a thing into a station's line: at its back if that is its place, else into the heap of those raised."""
    things[thing].detail = NOTHING
    things[thing].sibling = NOTHING
    back = lines[station].back
    if back == NOTHING:
        lines[station].front = thing
        lines[station].back = thing
    elif before(things, back, thing):
        things[back].sibling = thing
        lines[station].back = thing
    elif lines[station].raised == NOTHING:
        lines[station].raised = thing
    else:
        lines[station].raised = _meld(things, lines[station].raised, thing)
    _find_head(things, lines, station)


@both_ways
def leave_line(things: Records, lines: Records, station: int) -> int:
    """Takes the first out of a station's line, which is not empty."""
    head = lines[station].head
    if head == lines[station].front:
        lines[station].front = things[head].sibling
        if lines[station].front == NOTHING:
            lines[station].back = NOTHING
    else:
        lines[station].raised = _without_first(things, head)
    _find_head(things, lines, station)
    return int(head)


@both_ways
def _find_head(things: Records, lines: Records, station: int) -> None:
    front, raised = lines[station].front, lines[station].raised
    fetch(things, front)
    by_heap = raised != NOTHING and (front == NOTHING or before(things, raised, front))
    lines[station].head = raised if by_heap else front


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
