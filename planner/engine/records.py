"""The kernel's layout of `Tables` and `Futures`: rows as records, so that few arrays go from function to function."""

import itertools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from planner.engine.tables import DELAY, WORK, Floats, Futures, Ints, Tables

Records = npt.NDArray[np.void]
"""A structured array: `step[3].kind` in compiled code."""
_PIECE = 1 << 13
"""Rows that are filled in at a time, column by column: they stay in the caches meanwhile."""


class Plan(NamedTuple):
    """`Tables` in rows. Pairs of `first` and `last` say which rows of another list belong to a row."""

    step: Records
    column_stage: Ints  # stage of each column of a way: first those that parts of a case come to
    part_columns: int  # how many these are
    step_time: Ints
    step_station: npt.NDArray[np.int32]
    route_first: Ints
    route: Records
    path: Ints
    departure: Ints
    station: Records
    station_boost: Ints
    lead: Ints
    lead_team: Records
    help_team: Records
    serves: Records
    server: Records
    team: Records
    dist: Records
    pool: Floats


class Inputs(NamedTuple):
    """`Futures` in rows."""

    horizon: int
    case: Records
    shift: Records
    gate: Records


def records(**columns: npt.NDArray[Any]) -> Records:
    """Rows of these columns, which are all of one length."""
    kind = np.dtype([(name, values.dtype) for name, values in columns.items()], align=True)
    rows: Records = np.empty(next(iter(columns.values())).size, kind)
    for first in range(0, rows.size, _PIECE):
        piece = slice(first, first + _PIECE)
        for name, values in columns.items():
            rows[piece][name] = values[piece]
    return rows


def plan_of(t: Tables) -> Plan:
    """The tables as records."""
    leads = _leads(t)
    team = _teams(t, leads)
    one_of = np.unique(team, return_index=True)[1]
    columns, part_columns = _columns(t)
    leading = _teams_at(t.lead_first, t.lead, t.lead_rank, team)
    helping = _teams_at(t.help_first, t.help, t.help_rank, team)
    return Plan(
        step=records(
            kind=t.step_kind,
            column=np.argsort(columns)[t.step_stage],
            activity=t.step_activity,
            setup=t.step_setup,
            per_slide=t.step_per_slide,
            makes_slides=t.step_makes_slides,
            to_site=t.step_to_site,
            trip=t.step_trip,
            departure_first=t.departure_first[:-1],
            departure_last=t.departure_first[1:],
            path_first=t.path_first[:-1],
            path_last=t.path_first[1:],
        ),
        column_stage=columns,
        part_columns=part_columns,
        step_time=t.step_time,
        step_station=t.step_station.astype(np.int32),
        route_first=t.route_first,
        route=records(share=t.route_share, to=t.route_to),
        path=t.path,
        departure=t.departure,
        station=records(
            size=t.station_size,
            least=t.station_least,
            wait=t.station_wait,
            one_by_one=t.station_one_by_one,
            gated=t.station_gated,
            preempts=t.station_preempts,
            base=t.station_base,
            boosts=np.any(t.station_boost, axis=(1, 2)).astype(np.int64),
            step=t.station_step,
            lead_first=t.lead_first[:-1],
            lead_last=t.lead_first[1:],
            lead_team_first=leading.first[:-1],
            lead_team_last=leading.first[1:],
            help_team_first=helping.first[:-1],
            help_team_last=helping.first[1:],
        ),
        station_boost=t.station_boost,
        lead=t.lead,
        lead_team=leading.rows,
        help_team=helping.rows,
        serves=records(station=t.serves, rank=t.serves_rank, leads=leads),
        server=records(
            speed=t.server_speed,
            overtime=t.server_overtime,
            overtime_waiting=t.server_overtime_waiting,
            group=t.server_group.astype(np.int32),
            team=team.astype(np.int32),
            pauses=t.server_pauses.astype(np.int8),
        ),
        team=records(serves_first=t.serves_first[:-1][one_of], serves_last=t.serves_first[1:][one_of]),
        dist=records(kind=t.dist_kind, a=t.dist_a, b=t.dist_b, c=t.dist_c),
        pool=t.pool,
    )


def inputs_of(f: Futures) -> Inputs:
    """The futures as records."""
    return Inputs(
        horizon=f.horizon,
        case=records(
            release=f.case_release,
            key=f.case_key,
            deadline=f.case_deadline,
            stream=f.case_stream,
            site=f.case_site,
            step=f.case_step,
            ai=f.case_ai,
            ai_now=f.case_ai_now,
        ),
        shift=records(at=f.shift_at, server=f.shift_server, on=f.shift_on),
        gate=records(at=f.gate_at, station=f.gate_station),
    )


def _leads(t: Tables) -> Ints:
    """Beside `serves`: 1 where the server leads at the station, 0 where it helps."""
    servers = t.server_speed.size
    leaders = np.repeat(np.arange(t.station_size.size), np.diff(t.lead_first)) * servers + t.lead
    places = t.serves * servers + np.repeat(np.arange(servers), np.diff(t.serves_first))
    return np.isin(places, leaders).astype(np.int64)


def _columns(t: Tables) -> tuple[Ints, int]:
    """All stages, first those of steps that parts of a case come to: a part has no others; and how many these are."""
    inside = np.diff(t.path_first) > 0
    timed = np.isin(t.step_kind, (WORK, DELAY))
    of_parts = np.unique(t.step_stage[inside & timed])
    others = np.setdiff1d(np.arange(t.step_stage.max() + 1), of_parts)
    return np.concatenate((of_parts, others)), of_parts.size


def _teams(t: Tables, leads: Ints) -> Ints:
    """The team of each server: all with the same stations, ranks and roles."""
    numbers: dict[bytes, int] = {}
    served = np.stack([t.serves, t.serves_rank, leads])
    return np.array(
        [
            numbers.setdefault(served[:, first:last].tobytes(), len(numbers))
            for first, last in itertools.pairwise(t.serves_first)
        ],
        dtype=np.int64,
    )


class _TeamsAt(NamedTuple):
    """Teams by station: `rows[first[k] : first[k + 1]]` belong to station k."""

    first: Ints
    rows: Records


def _teams_at(first: Ints, servers: Ints, ranks: Ints, team: Ints) -> _TeamsAt:
    """The teams of the servers listed by station, each once."""
    found = [
        dict(zip(team[servers[start:end]].tolist(), ranks[start:end].tolist(), strict=True))
        for start, end in itertools.pairwise(first)
    ]
    return _TeamsAt(
        first=np.cumsum([0, *map(len, found)]),
        rows=records(
            team=np.array([number for teams in found for number in teams], dtype=np.int64),
            rank=np.array([rank for teams in found for rank in teams.values()], dtype=np.int64),
        ),
    )
