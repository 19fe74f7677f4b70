"""The compiled engine's shifts: who comes, who goes, who stays on, and what becomes of work in hand."""

from planner.engine.agenda import OVERTIME_OVER
from planner.engine.floor import (
    DISPATCH,
    LOOK,
    NO_STATION,
    OFF,
    ON,
    ON_OVERTIME,
    STOP,
    count_overtime,
    errand,
    is_ending,
    set_idle,
)
from planner.engine.jit import both_ways, wide
from planner.engine.ledger import NO_SERVER, schedule
from planner.engine.records import Plan
from planner.engine.state import State


@both_ways
def begin_shift(t: Plan, s: State, server: int, now: int) -> None:
    """A server comes on shift, or is still busy from the last one."""
    if s.server[server].station != NO_STATION:
        count_overtime(t, s, server, now)
    s.server[server].shift = ON
    errand(s, LOOK, server)


@both_ways
def end_shift(t: Plan, s: State, server: int, now: int) -> None:
    """A server's shift is over: it goes home, finishes, stays on, or leaves its work as it is."""
    s.server[server].off = now
    s.server[server].shift = OFF
    if s.server[server].station == NO_STATION:
        set_idle(t, s, server, 0, now)
    elif t.server[server].overtime > 0 and _waiting_for(t, s, server) >= t.server[server].overtime_waiting:
        s.server[server].shift = ON_OVERTIME
        schedule(s, now + t.server[server].overtime, OVERTIME_OVER, server)
    else:
        _stop_if_pausing(t, s, server, now)


@both_ways
def _waiting_for(t: Plan, s: State, server: int) -> int:
    many = 0
    team = t.server[server].team
    for place in range(t.team[team].serves_first, t.team[team].serves_last):
        many += s.line[t.serves[place].station].many
    return many


@both_ways
def is_over(t: Plan, s: State, server: int, now: int) -> bool:
    """Whether the overtime that a server is on ends now: an earlier one's end is void."""
    return bool(s.server[server].shift == ON_OVERTIME and now == s.server[server].off + t.server[server].overtime)


@both_ways
def end_overtime(t: Plan, s: State, server: int, now: int) -> None:
    """Overtime is used up: nothing new is begun, and a pausing server stops."""
    s.server[server].shift = OFF
    _stop_if_pausing(t, s, server, now)


@both_ways
def _stop_if_pausing(t: Plan, s: State, server: int, now: int) -> None:
    station = wide(s.server[server].station)
    if not t.server[server].pauses or t.station[station].size > 1:
        return
    partner = wide(s.server[server].partner)
    leader = server if s.server[server].leads else partner
    if is_ending(t, s, leader, now):
        return
    errand(s, STOP, leader)
    if partner != NO_SERVER:
        errand(s, LOOK, partner)
    errand(s, DISPATCH, station)
