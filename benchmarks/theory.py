"""Queueing theory: what a simulation of simple departments must come to. Pure formulas, each with its source.

`utilisation` is the offered load by server, below 1; times come back in the unit of the service time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise


def wait_probability(servers: int, utilisation: float) -> float:
    """Probability that a case waits in M/M/c (Erlang 1917: his second formula, by way of the first)."""
    load, blocked = servers * utilisation, 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked / (1 - utilisation * (1 - blocked))


def exponential_wait(servers: int, utilisation: float, service: float) -> float:
    """Mean wait in M/M/c, first come, first served (Erlang 1917)."""
    return wait_probability(servers, utilisation) * service / (servers * (1 - utilisation))


def general_wait(utilisation: float, service: float, squared: float) -> float:
    """Mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932); `squared` is the mean of the squared service time."""
    return utilisation * squared / service / (2 * (1 - utilisation))


def priority_waits(servers: int, utilisation: float, shares: Sequence[float], service: float) -> tuple[float, ...]:
    """Mean waits in M/M/c by priority, the highest first, where work begun is finished (Cobham 1954)."""
    head = wait_probability(servers, utilisation) * service / servers
    busy = [0.0, *accumulate(share * utilisation for share in shares)]
    return tuple(head / ((1 - above) * (1 - with_own)) for above, with_own in pairwise(busy))


def preempted_waits(utilisation: float, shares: Sequence[float], service: float) -> tuple[float, ...]:
    """Mean waits, interruptions included, in M/M/1 by priority with preemptive resume (White and Christie 1958)."""
    busy = [0.0, *accumulate(share * utilisation for share in shares)]
    return tuple(service / ((1 - above) * (1 - with_own)) - service for above, with_own in pairwise(busy))


@dataclass(frozen=True)
class Triage:
    """What AI triage does to mean waits, in the unit of the service time; the changes are against first come."""

    first_come: float
    flagged: float
    unflagged: float
    diseased_change: float
    others_change: float
    flagged_share: float


def triage(
    utilisation: float,
    service: float,
    prevalence: float,
    sensitivity: float,
    false_positive_fraction: float,
    *,
    preempt: bool,
) -> Triage:
    """One reader, exponential reads, flagged cases first (the two formulas above; FDA's QuCAD reckons the same)."""
    share = prevalence * sensitivity + (1 - prevalence) * false_positive_fraction
    shares = (share, 1 - share)
    waits = (
        preempted_waits(utilisation, shares, service) if preempt else priority_waits(1, utilisation, shares, service)
    )
    before = exponential_wait(1, utilisation, service)

    def change(flagged: float) -> float:
        return flagged * waits[0] + (1 - flagged) * waits[1] - before

    return Triage(before, waits[0], waits[1], change(sensitivity), change(false_positive_fraction), share)


def bulk_wait(rate: float, service: float, size: int) -> float:
    """Mean wait where a machine takes all that wait, at most `size`, for an exponential time (Bailey 1954; Neuts 1967).

    While it runs, n wait with probability A r^n, where rate + r^(size + 1) / service = (rate + 1 / service) r; it is
    idle with A / (rate * service), by the balance of the idle state. `rate` is in cases for each unit of time.
    """
    low, high = 0.0, 1 - 1e-12
    for _ in range(200):
        middle = (low + high) / 2
        # The root below 1 is where sum of r^j over 1..size is the offered load.
        if sum(middle**j for j in range(1, size + 1)) < rate * service:
            low = middle
        else:
            high = middle
    a = 1 / (1 / (rate * service) + 1 / (1 - low))
    return a * low / (1 - low) ** 2 / rate


def breakdown_turnaround(rate: float, service: float, between: float, down: float) -> float:
    """Mean turnaround in M/M/1 whose server fails, busy or idle, and resumes once mended; all times exponential.

    White and Christie 1958; Avi-Itzhak and Naor 1963. `between` is the mean time up, `down` the mean time to mend.
    """
    fails, mended, serves = 1 / between, 1 / down, 1 / service
    inside = rate * ((fails + mended) ** 2 + serves * fails)
    return inside / (fails + mended) / (mended * serves - rate * (fails + mended)) / rate


def network_turnaround(rate: float, again: float, stations: Sequence[tuple[int, float]]) -> float:
    """Mean turnaround through M/M/c stations in a row, of which a share `again` starts over (Jackson 1957).

    `stations`: servers and mean service time of each, which is as if it stood alone, at the rate rate / (1 - again).
    """
    coming = rate / (1 - again)
    return sum(
        exponential_wait(servers, coming * service / servers, service) + service for servers, service in stations
    ) / (1 - again)
