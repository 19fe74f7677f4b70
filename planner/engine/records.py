"""The kernel's layout of `Tables` and `Futures`: rows as records, so that few arrays go from function to function."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from planner.engine.tables import Floats, Futures, Ints, Tables

Records = npt.NDArray[np.void]
"""A structured array: `step[3].kind` in compiled code."""


class Plan(NamedTuple):
    """`Tables` in rows. Pairs of `first` and `last` say which rows of another list belong to a row."""

    step: Records
    step_time: Ints
    step_station: Ints
    route_first: Ints
    route: Records
    path: Ints
    departure: Ints
    station: Records
    station_boost: Ints
    lead: Records
    help: Records
    serves: Records
    server: Records
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
    rows: Records = np.empty(
        next(iter(columns.values())).size, [(name, values.dtype) for name, values in columns.items()]
    )
    for name, values in columns.items():
        rows[name] = values
    return rows


def plan_of(t: Tables) -> Plan:
    """The tables as records."""
    return Plan(
        step=records(
            kind=t.step_kind,
            stage=t.step_stage,
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
        step_time=t.step_time,
        step_station=t.step_station,
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
            step=t.station_step,
            lead_first=t.lead_first[:-1],
            lead_last=t.lead_first[1:],
            help_first=t.help_first[:-1],
            help_last=t.help_first[1:],
        ),
        station_boost=t.station_boost,
        lead=records(server=t.lead, rank=t.lead_rank),
        help=records(server=t.help, rank=t.help_rank),
        serves=records(station=t.serves, rank=t.serves_rank, leads=_leads(t)),
        server=records(
            speed=t.server_speed,
            group=t.server_group,
            pauses=t.server_pauses,
            overtime=t.server_overtime,
            overtime_waiting=t.server_overtime_waiting,
            serves_first=t.serves_first[:-1],
            serves_last=t.serves_first[1:],
        ),
        dist=records(kind=t.dist_kind, a=t.dist_a, b=t.dist_b, c=t.dist_c),
        pool=t.pool,
    )


def inputs_of(f: Futures) -> Inputs:
    """The futures as records."""
    return Inputs(
        horizon=f.horizon,
        case=records(
            release=f.case_release,
            stream=f.case_stream,
            site=f.case_site,
            step=f.case_step,
            key=f.case_key,
            deadline=f.case_deadline,
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
