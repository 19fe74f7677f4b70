"""Models of the same departments, written for SimPy by other means, agree with the engine in distribution."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import HOUR_MS
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

DAY = 1440.0
"""Minutes."""
Process = Generator[Any, Any, None]
Model = Callable[[simpy.Environment, np.random.Generator, dict[str, list[float]]], None]


def ours(scenario: Scenario, replications: int) -> dict[str, list[float]]:
    """Mean turnaround, minutes, by stream: one for each replication."""
    compiled = compile_scenario(scenario)
    means: dict[str, list[float]] = {name: [] for name in compiled.streams}
    for replication in range(replications):
        futures = draw_futures(compiled, 11, replication)
        outcome = simulate(compiled, futures)
        done = outcome.case_done >= 0
        turnaround = (outcome.case_done - futures.case_release) * 60 / HOUR_MS
        for number, name in enumerate(compiled.streams):
            means[name].append(float(turnaround[done & (futures.case_stream == number)].mean()))
    return means


def theirs(model: Model, days: float, replications: int) -> dict[str, list[float]]:
    """The same of a SimPy model, which notes each case's turnaround under its stream."""
    means: dict[str, list[float]] = {}
    for replication in range(replications):
        environment, found = simpy.Environment(), dict[str, list[float]]()
        model(environment, np.random.default_rng([7, replication]), found)
        environment.run(until=days * DAY)
        for name, times in found.items():
            means.setdefault(name, []).append(float(np.mean(times)))
    return means


def assert_agree(ours: list[float], theirs: list[float], precision: float) -> None:
    """The means differ by less than four standard errors, which are small enough to notice an error of `precision`."""
    mean, other = float(np.mean(ours)), float(np.mean(theirs))
    error = float(np.hypot(np.std(ours, ddof=1) / len(ours) ** 0.5, np.std(theirs, ddof=1) / len(theirs) ** 0.5))
    assert 4 * error < precision * mean, f"too few replications to tell: {error / mean:.2%}"
    assert abs(mean - other) < 4 * error, f"{mean:.3f} against SimPy's {other:.3f}, standard error {error:.3f}"


def arrivals(
    environment: simpy.Environment, rng: np.random.Generator, mean: float, case: Callable[[], Process]
) -> Process:
    while True:
        yield environment.timeout(rng.exponential(mean))
        environment.process(case())


def test_a_queue_with_two_priorities() -> None:
    rho, servers, share, time = 0.6, 3, 0.3, 10.0

    def model(environment: simpy.Environment, rng: np.random.Generator, found: dict[str, list[float]]) -> None:
        readers = simpy.PriorityResource(environment, servers)

        def case(name: str, priority: int) -> Process:
            came = environment.now
            with readers.request(priority=priority) as turn:
                yield turn
                yield environment.timeout(rng.exponential(time))
            found.setdefault(name, []).append(environment.now - came)

        every = time / (rho * servers)
        for name, priority, part in (("urgent", 0, share), ("routine", 1, 1 - share)):

            def one(name: str = name, priority: int = priority) -> Process:
                return case(name, priority)

            environment.process(arrivals(environment, rng, every / part, one))

    scenario = single_queue(servers=servers, utilisation=rho, urgent_share=share, order={"rule": "clinical"}, days=15)
    mine, other = ours(scenario, 40), theirs(model, 15, 40)
    for name in ("urgent", "routine"):
        assert_agree(mine[name], other[name], 0.06)


def department(per_day: float, resources: dict[str, Any], steps: dict[str, Any], days: int) -> Scenario:
    """Open round the clock, with one stream."""
    base = single_queue(days=days).model_dump()
    arrivals = [{"name": "case", "per_week": {"value": 7 * per_day}}]
    return Scenario.model_validate({**base, "arrivals": arrivals, "resources": resources, "steps": steps})


def test_a_machine_that_is_loaded_at_set_hours() -> None:
    hours, capacity, shortest, longest, days = (7, 12, 17), 12, 200, 340, 40

    def model(environment: simpy.Environment, rng: np.random.Generator, found: dict[str, list[float]]) -> None:
        waiting: list[float] = []
        machine = simpy.Resource(environment, 1)

        def case() -> Process:
            waiting.append(environment.now)
            yield environment.timeout(0)

        def load() -> Process:
            taken = [waiting.pop(0) for _ in range(min(capacity, len(waiting)))]
            with machine.request() as turn:
                yield turn
                yield environment.timeout(rng.uniform(shortest, longest))
            found.setdefault("case", []).extend(environment.now - came for came in taken)

        def clock() -> Process:
            day = 0.0
            while True:
                for hour in hours:
                    yield environment.timeout(day + hour * 60 - environment.now)
                    if waiting and machine.count == 0:
                        environment.process(load())
                day += DAY

        environment.process(arrivals(environment, rng, DAY / 20, case))
        environment.process(clock())

    processing = {
        "needs": "machine",
        "setup": {"kind": "uniform", "low": shortest, "high": longest},
        "batch": {"size": capacity},
        "starts": {"at": {"daily": [f"{hour:02d}:00" for hour in hours]}, "holidays": "open"},
        "next": "end",
    }
    scenario = department(20, {"machine": {"kind": "machine", "units": [{}]}}, {"processing": processing}, days)
    assert_agree(ours(scenario, 30)["case"], theirs(model, days, 30)["case"], 0.06)


def test_a_laboratory_whose_cases_fall_into_slides_and_come_together_again() -> None:
    per_day, days = 120, 12

    def model(environment: simpy.Environment, rng: np.random.Generator, found: dict[str, list[float]]) -> None:
        technicians, scanner, readers = (simpy.Resource(environment, count) for count in (2, 1, 2))

        def held(resource: simpy.Resource, time: float) -> Process:
            with resource.request() as turn:
                yield turn
                yield environment.timeout(time)

        def case() -> Process:
            came = environment.now
            yield environment.process(held(technicians, rng.uniform(5, 25)))
            slides = int(rng.geometric(1 / 3))
            scans = [environment.process(held(scanner, rng.weibull(2.0) * 3)) for _ in range(slides)]
            yield simpy.AllOf(environment, scans)
            yield environment.timeout(15)
            sigma = np.sqrt(np.log1p(0.25))
            yield environment.process(held(readers, rng.lognormal(np.log(10) - sigma**2 / 2, sigma) + slides))
            found.setdefault("case", []).append(environment.now - came)

        environment.process(arrivals(environment, rng, DAY / per_day, case))

    scenario = department(
        per_day,
        {"technician": {"units": [{"count": 2}]}, "scanner": {"units": [{}]}, "reader": {"units": [{"count": 2}]}},
        {
            "prepare": {
                "needs": "technician",
                "time": {"kind": "uniform", "low": 5, "high": 25},
                "next": "slides",
            },
            "slides": {"does": "split", "into": "slide", "count": {"kind": "geometric", "mean": 3}, "next": "scan"},
            "scan": {"needs": "scanner", "time": {"kind": "weibull", "scale": 3, "shape": 2}, "next": "together"},
            "together": {"does": "join", "of": "slides", "next": "transfer"},
            "transfer": {"does": "delay", "time": {"kind": "constant", "value": 15}, "next": "read"},
            "read": {
                "needs": "reader",
                "time": {"kind": "lognormal", "mean": 10, "sd": 5},
                "per_slide": {"kind": "constant", "value": 1},
                "next": "end",
            },
        },
        days,
    )
    assert_agree(ours(scenario, 16)["case"], theirs(model, days, 16)["case"], 0.06)
