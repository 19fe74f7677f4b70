"""The same queue in SimPy: M/M/c with two priorities, in the usual way, a process for each case."""

import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy


@dataclass
class Tally:
    """What came of a run."""

    arrivals: int = 0
    departures: int = 0
    urgent_wait: float = 0.0
    urgent: int = 0


def run_simpy(servers: int, utilisation: float, urgent_share: float, service: float, until: float, seed: int) -> Tally:
    """Simulates `until`, in the unit of `service`, the mean service time."""
    rng = random.Random(seed)
    environment = simpy.Environment()
    readers = simpy.PriorityResource(environment, servers)
    tally = Tally()

    def case(priority: int) -> Generator[Any, Any, None]:
        came = environment.now
        with readers.request(priority=priority) as turn:
            yield turn
            if priority == 0:
                tally.urgent += 1
                tally.urgent_wait += environment.now - came
            yield environment.timeout(rng.expovariate(1 / service))
        tally.departures += 1

    def arrivals() -> Generator[Any, Any, None]:
        rate = servers * utilisation / service
        while True:
            yield environment.timeout(rng.expovariate(rate))
            tally.arrivals += 1
            environment.process(case(0 if rng.random() < urgent_share else 1))

    environment.process(arrivals())
    environment.run(until=until)
    return tally
