"""Who is idle, the longest first: a linked list for each team of servers, so that nobody has to be searched for.

A team is all servers with the same stations, roles and ranks: the histotechnicians of a site, one pathologist's twins.
"""

from planner.engine.heaps import NOTHING
from planner.engine.jit import both_ways
from planner.engine.records import Records
from planner.engine.state import State


@both_ways
def join_idle(s: State, team: int, server: int) -> None:
    """Adds a server, idle since now, to its team's idle; among those since the same moment by its number."""
    behind = s.team[team].last
    ahead = NOTHING
    while behind != NOTHING and s.server[behind].since == s.server[server].since and behind > server:
        ahead = behind
        behind = s.server[behind].idle_before
    s.server[server].idle_before = behind
    s.server[server].idle_after = ahead
    if behind == NOTHING:
        s.team[team].first = server
    else:
        s.server[behind].idle_after = server
    if ahead == NOTHING:
        s.team[team].last = server
    else:
        s.server[ahead].idle_before = server


@both_ways
def leave_idle(s: State, team: int, server: int) -> None:
    """Takes a server out of its team's idle."""
    before, after = s.server[server].idle_before, s.server[server].idle_after
    if before == NOTHING:
        s.team[team].first = after
    else:
        s.server[before].idle_after = after
    if after == NOTHING:
        s.team[team].last = before
    else:
        s.server[after].idle_before = before


@both_ways
def nearest_idle(s: State, first: int, last: int, teams: Records) -> int:
    """The idle server with the least rank, then idle the longest, then of the least number; or NOTHING."""
    best = NOTHING
    best_rank, best_since = 0, 0
    for place in range(first, last):
        server, rank = s.team[teams[place].team].first, teams[place].rank
        if server == NOTHING:
            continue
        since = s.server[server].since
        if (
            best == NOTHING
            or rank < best_rank
            or (rank == best_rank and (since < best_since or (since == best_since and server < best)))
        ):
            best, best_rank, best_since = server, rank, since
    return int(best)
