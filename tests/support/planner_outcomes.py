"""Outcomes written by hand: cases whose fate is given, so that every figure can be reckoned on paper; and real ones."""

from dataclasses import dataclass

import numpy as np

from planner.calendar import calendar_of
from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import AI_UNKNOWN, DONE, HOUR_MS, NO_DEADLINE, Futures, Ints, Outcome
from planner.measures.figures import Summary
from planner.measures.summary import summarise
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class Fate:
    """One case; times in hours from the start of the simulation."""

    received: float
    done: float | None
    due: float | None = None
    stream: int = 0
    worked: float = 0.0
    """All of it in the first stage, as is the waiting."""
    ai: int = AI_UNKNOWN
    diseased: bool = False
    slides: int = 0


def hand_made(scenario: Scenario, fates: list[Fate]) -> tuple[Compiled, Futures, Outcome]:
    """A compiled scenario with what happened to these cases; lines, staff and bins are empty, open cases are right."""
    compiled = compile_scenario(scenario)
    horizon = calendar_of(scenario).horizon
    received = _ms([fate.received for fate in fates])
    done = np.array([-1 if fate.done is None else round(fate.done * HOUR_MS) for fate in fates], np.int64)
    zeros = np.zeros(len(fates), np.int64)
    futures = Futures(
        horizon=horizon,
        case_received=received,
        case_release=np.maximum(received, 0),
        case_stream=np.array([fate.stream for fate in fates], np.int64),
        case_site=zeros,
        case_step=zeros,
        case_key=zeros.astype(np.uint64),
        case_deadline=np.array(
            [NO_DEADLINE if fate.due is None else round(fate.due * HOUR_MS) for fate in fates], np.int64
        ),
        case_ai=np.array([fate.ai for fate in fates], np.int64),
        case_ai_now=zeros,
        case_diseased=np.array([fate.diseased for fate in fates], np.int64),
        shift_at=np.zeros(len(compiled.servers), np.int64),
        shift_server=np.arange(len(compiled.servers)),
        shift_on=np.ones(len(compiled.servers), np.int64),
        gate_at=zeros[:0],
        gate_station=zeros[:0],
    )
    way = np.zeros((len(fates), len(compiled.stages)), np.int64)
    work, wait = way.copy(), way.copy()
    work[:, 0] = np.where(done >= 0, _ms([fate.worked for fate in fates]), 0)
    wait[:, 0] = np.where(done >= 0, done - futures.case_release - work[:, 0], 0)
    bins = horizon // HOUR_MS
    until = np.where(done >= 0, done, horizon)
    edges = np.arange(bins + 1) * HOUR_MS
    open_cases = sum(
        (np.diff(np.clip(edges, first, last)) for first, last in zip(futures.case_release, until, strict=True)),
        np.zeros(bins, np.int64),
    )
    stations, groups = np.zeros(len(compiled.stations), np.int64), np.zeros((len(compiled.groups), bins), np.int64)
    outcome = Outcome(
        status=DONE,
        events=len(fates),
        case_done=done,
        case_slides=np.array([fate.slides for fate in fates], np.int64),
        case_wait=wait,
        case_work=work,
        station_joined=stations,
        station_done=stations,
        station_waiting=stations,
        station_in_work=stations,
        station_wait=stations,
        station_longest=stations,
        station_queue=np.zeros((len(stations), bins), np.int64),
        group_busy=groups,
        group_overtime=groups,
        open_cases=open_cases,
        slides_made=np.zeros(bins, np.int64),
        trips=np.zeros(bins, np.int64),
        trace=np.empty((0, 5), np.int64),
    )
    return compiled, futures, outcome


def runs(scenario: Scenario, replications: int) -> list[Summary]:
    """Real replications, by the reference engine, which needs no compiling."""
    compiled = compile_scenario(scenario)
    drawn = [draw_futures(compiled, scenario.seed, number) for number in range(replications)]
    return [
        summarise(compiled, futures, simulate(compiled, futures, "reference"), number)
        for number, futures in enumerate(drawn)
    ]


def _ms(hours: list[float]) -> Ints:
    return np.rint(np.array(hours, np.float64) * HOUR_MS).astype(np.int64)
