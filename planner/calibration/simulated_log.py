"""An event log as the department's own system would write it, from a simulation: shows the format, tests the fits."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.calibration.thing_keys import things_of
from planner.engine.compiled import Compiled
from planner.engine.tables import END, INTERRUPTED, LEAVE, START, STAY, Futures, Ints, Outcome, Tables
from planner.errors import RunError
from planner.scenario.scenario import Scenario


class _Visit(NamedTuple):
    """A thing at a step: ms from the start of the simulation, -1 for not yet."""

    case: int
    item: str
    step: int
    server: int
    queued: int
    start: int
    end: int
    interrupted: bool


def start_ms(scenario: Scenario) -> int:
    """Local midnight of the first day, ms UTC since 1970."""
    return int(datetime.combine(scenario.start, datetime.min.time(), ZoneInfo(scenario.time_zone)).timestamp()) * 1000


def server_names(scenario: Scenario) -> dict[str, tuple[str, float]]:
    """Name of each person or machine to its resource and speed, in the order of the engine's servers.

    A unit of one that has a name is called by it; others by name (or resource) and number.
    """
    found: dict[str, tuple[str, float]] = {}
    for resource, group in scenario.resources.items():
        for unit in group.units:
            for _ in range(unit.count):
                name = unit.name or resource
                alone = bool(unit.name) and unit.count == 1 and name not in found
                number = sum(other == name or other.startswith(f"{name} ") for other in found) + 1
                found[name if alone else f"{name} {number}"] = (resource, unit.speed)
    return found


def case_names(compiled: Compiled, futures: Futures) -> list[str]:
    """Accession numbers where the backlog gives them, else the stream and a running number."""
    known = [entry.case for entry in compiled.scenario.backlog for _ in range(entry.count)]
    names = [compiled.streams[stream] for stream in futures.case_stream.tolist()]
    return [
        known[number] or f"{name}-{number:06}" if number < len(known) else f"{name}-{number:06}"
        for number, name in enumerate(names)
    ]


def iso_texts(ms: Ints, time_zone: str) -> npt.NDArray[np.str_]:
    """Moments (ms UTC since 1970) as local times with their offset from UTC: `2026-03-02T08:15:00.000+01:00`."""
    local = pd.to_datetime(pd.Series(ms), unit="ms", utc=True).dt.tz_convert(time_zone).dt.tz_localize(None)
    wall = local.to_numpy().astype("datetime64[ms]")
    ahead, which = np.unique((wall.astype(np.int64) - ms) // 60_000, return_inverse=True)
    offsets = np.array([f"{'-' if one < 0 else '+'}{abs(one) // 60:02}:{abs(one) % 60:02}" for one in ahead.tolist()])
    return np.char.add(np.datetime_as_string(wall, unit="ms"), offsets[which])


def write_event_log(path: str | Path, compiled: Compiled, futures: Futures, outcome: Outcome) -> None:
    """Writes the log of a replication as CSV, as `read_event_log` reads it. Raises RunError without a trace."""
    simulated_log(compiled, futures, outcome).to_csv(path, index=False)


def simulated_log(compiled: Compiled, futures: Futures, outcome: Outcome) -> pd.DataFrame:
    """The log of a replication: a row for each piece of work and each delay, in local time with its offset from UTC.

    Raises RunError where the outcome has no trace.
    """
    if not len(outcome.trace):
        raise RunError("the outcome has no trace; simulate with trace=True")
    visits = pd.DataFrame(list(_visits(compiled.tables, futures, outcome)), columns=list(_Visit._fields))
    scenario = compiled.scenario
    begin, zone = start_ms(scenario), scenario.time_zone
    streams = [scenario.arrivals[stream] for stream in futures.case_stream.tolist()]
    names, people = np.array(case_names(compiled, futures)), np.array([*server_names(scenario), ""])
    case, queued, start, end = (visits[name].to_numpy(np.int64) for name in ("case", "queued", "start", "end"))

    def moment(ms: Ints, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
        return np.where(known, iso_texts(ms + begin, zone), "")

    return pd.DataFrame(
        {
            "case": names[case],
            "step": np.array(compiled.steps)[visits["step"]],
            "start": moment(start, start >= 0),
            "end": moment(end, end >= 0),
            "resource": people[visits["server"]],
            "queued": moment(queued, queued >= 0),
            "received": moment(futures.case_received[case], np.ones(len(case), np.bool_)),
            "signed_out": moment(outcome.case_done[case], outcome.case_done[case] >= 0),
            **{
                column: np.array([getattr(stream, field) for stream in streams])[case]
                for column, field in (
                    ("stream", "name"),
                    ("site", "site"),
                    ("specimen", "specimen"),
                    ("pathway", "pathway"),
                    ("subspecialty", "subspecialty"),
                )
            },
            "item": visits["item"],
            "interrupted": np.where(visits["interrupted"], "yes", ""),
        }
    )


def _visits(tables: Tables, futures: Futures, outcome: Outcome) -> Iterator[_Visit]:
    """Reads the trace from its first line to its last; what is unfinished comes at the end."""
    things = things_of(tables, futures, outcome)
    one_by_one = set(tables.station_step[tables.station_one_by_one > 0].tolist())
    open_visits: dict[int, _Visit] = {}
    last_end: dict[int, int] = {}
    for ms, what, step, server, key in outcome.trace.tolist():
        if what == LEAVE:
            continue
        if what == STAY:
            case, item = things[key]
            open_visits[key] = _Visit(case, item, step, -1, ms, _departure(tables, step, ms), -1, interrupted=False)
        elif what == START:
            open_visits[key] = open_visits[key]._replace(start=ms, server=server)
        elif what in (END, INTERRUPTED):
            visit = open_visits.pop(key)
            begun = max(visit.start, last_end.get(server, 0)) if step in one_by_one else visit.start
            last_end[server] = ms
            yield visit._replace(start=begun, end=ms, interrupted=what == INTERRUPTED)
            if what == INTERRUPTED:
                open_visits[key] = visit._replace(server=-1, queued=ms, start=-1)
    yield from open_visits.values()


def _departure(tables: Tables, step: int, ms: int) -> int:
    """When a thing leaves that comes to a delay now; -1 at work, and where nothing leaves any more."""
    if tables.step_station[step].max() >= 0:
        return -1
    departures = tables.departure[tables.departure_first[step] : tables.departure_first[step + 1]]
    if not len(departures):
        return ms
    at = int(np.searchsorted(departures, ms))
    return int(departures[at]) if at < len(departures) else -1
