"""The planner's speed: events per CPU-second beside SimPy, a region's replications, start and compilation, and growth.

    python -m benchmarks.bench_planner [--rounds 3] [--replications 100] [--days 90] [--factors 1 4 16]

In the queue an event is an arrival or a departure, for both programs, and drawing the random inputs counts as Forrang's
time. The region's events are the engine's own (docs/planner_engine.md).
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from benchmarks.child import run_measured
from benchmarks.conditions import as_text, conditions, write_results
from benchmarks.rival_simpy import run_simpy
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.replications.replicate import replicate
from planner.replications.task import Done, Task, run_task, software
from planner.scenario.load import load_scenario
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

PARTS = ("forrang", "numba", "numpy", "pandas", "simpy")
SERVERS, UTILISATION, URGENT, SERVICE = 10, 0.9, 0.1, 10.0
QUEUE_DAYS = {"forrang": 800, "simpy": 80}
"""About two million events and 0.2 million: some seconds each."""
REGION, LABORATORY = "region-hovedstaden", "small-lab"
JOBS = 2
WANTED = {"ratio": 50.0, "replication": 1.5, "hundred": 90.0, "cached": 2.0, "cold": 40.0}
TINY = (
    "from planner.engine.compile import compile_scenario\n"
    "from planner.engine.futures import draw_futures\n"
    "from planner.engine.run import simulate\n"
    "from planner.scenario.load import change, load_scenario\n"
    "scenario = change(load_scenario('single-queue'), {'days': 1, 'warm_up_days': 0, 'follow_up_days': 0})\n"
    "compiled = compile_scenario(scenario)\n"
    "simulate(compiled, draw_futures(compiled, 1, 0))\n"
)

T = TypeVar("T")


class Rate(BaseModel):
    """One program on the queue: the best round."""

    model_config = ConfigDict(frozen=True)

    program: str
    events: int
    cpu_s: float
    events_per_cpu_s: float
    urgent_wait_minutes: float
    """Theory says 0.735."""


class Growth(BaseModel):
    """One replication at some days and volume: drawn, simulated and summarised."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    what: str
    factor: int
    days: int
    """Simulated in all, warm-up and follow-up too."""
    events: int
    cpu_s: float
    times_the_first: float
    """CPU-seconds over those of factor 1."""
    wanted_times: float


class Seconds(BaseModel):
    """A time that was asked for; wall-clock."""

    model_config = ConfigDict(frozen=True)

    what: str
    seconds: float
    wanted: float


def main() -> None:
    """Measures, prints and writes results/bench_planner.*."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 4, 16])
    given = parser.parse_args()
    about = conditions("benchmarks.bench_planner", PARTS)
    starts = start_times()
    rates = queue_rates(given.rounds)
    region = load_scenario(REGION).model_copy(update={"days": given.days})
    times = [*starts, *region_times(region, given.rounds, given.replications)]
    growth = [
        row
        for scenario in (load_scenario(LABORATORY).model_copy(update={"days": given.days}), region)
        for what, scaled in (("days", _longer), ("volume", _larger))
        for row in growing(what, scenario, given.factors, scaled, given.rounds)
    ]
    table = "\n\n".join((_rates(rates), _times(times), _growths(growth), as_text(about)))
    print(table)
    record = {"conditions": about.model_dump(), "queue": rates, "times": times, "growth": growth}
    write_results("bench_planner", table, {name: _plain(part) for name, part in record.items()})


def start_times() -> list[Seconds]:
    """From the start of a process to the end of its first replication: with an empty cache of compiled code; again."""
    with tempfile.TemporaryDirectory() as folder:
        cold, *warm = (
            run_measured([sys.executable, "-c", TINY], Path(folder, "log"), {"XDG_CACHE_HOME": folder})[0].wall_s
            for _ in range(4)
        )
    return [
        Seconds(what="first replication of a process, nothing compiled yet", seconds=cold, wanted=WANTED["cold"]),
        Seconds(what="first replication of a process, compiled before", seconds=min(warm), wanted=WANTED["cached"]),
    ]


def queue_rates(rounds: int) -> list[Rate]:
    """M/M/10 with two priorities, programs taking turns; the best round of each."""
    scenario = single_queue(
        servers=SERVERS,
        utilisation=UTILISATION,
        urgent_share=URGENT,
        order={"rule": "clinical"},
        days=QUEUE_DAYS["forrang"],
    )
    compiled = compile_scenario(scenario)
    simulate(compiled, draw_futures(compiled, 0, 0))

    def ours(number: int) -> tuple[int, float]:
        futures = draw_futures(compiled, number, 0)
        outcome = simulate(compiled, futures)
        done = outcome.case_done >= 0
        wait = outcome.case_wait[done & (futures.case_stream == 0)].mean() / 60_000
        return len(done) + int(done.sum()), float(wait)

    def theirs(number: int) -> tuple[int, float]:
        tally = run_simpy(SERVERS, UTILISATION, URGENT, SERVICE, QUEUE_DAYS["simpy"] * 1440.0, number)
        return tally.arrivals + tally.departures, tally.urgent_wait / tally.urgent

    found: dict[str, list[Rate]] = {"Forrang": [], "SimPy": []}
    for number in range(1, rounds + 1):
        for program, model in (("Forrang", ours), ("SimPy", theirs)):
            (events, wait), cpu_s = _cpu(lambda model=model, number=number: model(number))  # type: ignore[misc]
            rate = Rate(
                program=program,
                events=events,
                cpu_s=round(cpu_s, 3),
                events_per_cpu_s=round(events / cpu_s),
                urgent_wait_minutes=round(wait, 3),
            )
            found[program].append(rate)
    return [max(several, key=lambda rate: rate.events_per_cpu_s) for several in found.values()]


def region_times(region: Scenario, rounds: int, replications: int) -> list[Seconds]:
    """One replication in one process, compiled before; and many on two processes."""
    text = region.model_dump_json()
    run_task(Task(0, text, 0, 0, software()))
    walls = []
    for number in range(1, rounds + 1):
        start = time.perf_counter()
        run_task(Task(0, text, 0, number, software()))
        walls.append(time.perf_counter() - start)
    start = time.perf_counter()
    experiment = replicate(region, replications, jobs=JOBS)
    wall = time.perf_counter() - start
    if len(experiment.summaries) != replications:
        raise SystemExit(f"{len(experiment.summaries)} of {replications} replications: {experiment.interruption}")
    return [
        Seconds(
            what=f"{REGION}, {region.days} days, one replication",
            seconds=round(min(walls), 2),
            wanted=WANTED["replication"],
        ),
        Seconds(
            what=f"{REGION}, {region.days} days, {replications} replications on {JOBS} processes",
            seconds=round(wall, 1),
            wanted=round(WANTED["hundred"] * replications / 100, 1),
        ),
    ]


def growing(
    what: str, once: Scenario, factors: list[int], scaled: Callable[[Scenario, int], Scenario], rounds: int
) -> list[Growth]:
    """CPU-seconds of one replication as days or volume grow: sizes taking turns, the best round of each."""
    scenarios = [scaled(once, factor) for factor in factors]
    runs: list[list[tuple[Done, float]]] = [[] for _ in scenarios]
    for _ in range(rounds):
        for scenario, found in zip(scenarios, runs, strict=True):
            task = Task(0, scenario.model_dump_json(), 0, 1, software())
            found.append(_cpu(lambda task=task: run_task(task)))  # type: ignore[misc]
    best = [min(seconds for _, seconds in found) for found in runs]
    return [
        Growth(
            scenario=once.name,
            what=what,
            factor=factor,
            days=scenario.total_days,
            events=found[0][0].summary.events,
            cpu_s=round(cpu_s, 3),
            times_the_first=round(cpu_s / best[0], 2),
            wanted_times=factor / factors[0],
        )
        for factor, scenario, found, cpu_s in zip(factors, scenarios, runs, best, strict=True)
    ]


def _longer(once: Scenario, factor: int) -> Scenario:
    """So many times as many days in all: warm-up and follow-up stay, measured days make it up."""
    return once.model_copy(update={"days": once.total_days * factor - once.warm_up_days - once.follow_up_days})


def _larger(once: Scenario, factor: int) -> Scenario:
    """So many times as many cases, people and machines: as busy as before, with no line longer than in proportion."""
    arrivals = tuple(
        stream.model_copy(
            update={"per_week": stream.per_week.model_copy(update={"value": stream.per_week.value * factor})}
        )
        for stream in once.arrivals
        if stream.per_week
    )
    resources = {
        name: resource.model_copy(
            update={"units": tuple(unit.model_copy(update={"count": unit.count * factor}) for unit in resource.units)}
        )
        for name, resource in once.resources.items()
    }
    return once.model_copy(update={"arrivals": arrivals, "resources": resources})


def _cpu(work: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _plain(part: object) -> object:
    return [row.model_dump() for row in part] if isinstance(part, list) else part


def _rates(rates: list[Rate]) -> str:
    ours, theirs = rates
    ratio = ours.events_per_cpu_s / theirs.events_per_cpu_s
    rows = [f"| {r.program} | {r.events_per_cpu_s:,.0f} | {r.urgent_wait_minutes} |" for r in rates]
    head = "| M/M/10, 2 priorities, 0.9 busy | arrivals and departures a CPU-second | urgent wait, min (theory 0.735) |"
    return "\n".join(
        (head, "| --- | --- | --- |", *rows, "", f"Forrang / SimPy: **{ratio:.0f}** (asked: {WANTED['ratio']:g}).")
    )


def _times(times: list[Seconds]) -> str:
    rows = [f"| {t.what} | {t.seconds} | {t.wanted:g} |" for t in times]
    return "\n".join(("| what | wall-clock s | asked |", "| --- | --- | --- |", *rows))


def _growths(growth: list[Growth]) -> str:
    rows = [
        f"| {g.scenario}, {g.what} x {g.factor} | {g.days} | {g.events:,} | {g.cpu_s} | {g.times_the_first:g} |"
        f" {g.wanted_times:g} |"
        for g in growth
    ]
    head = "| one replication | days | events | CPU-s | times the first | linear |"
    return "\n".join((head, "| --- | --- | --- | --- | --- | --- |", *rows))


if __name__ == "__main__":
    main()
