"""The departments that theory knows, one function for each kind; `systems()` has them all."""

from functools import cache
from typing import Any

from benchmarks import theory
from benchmarks.queues import (
    PRECISION,
    Row,
    System,
    Twin,
    change_of_wait,
    groups_of,
    mean_of,
    open_cases,
    share_waiting,
)
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

SERVICE = 10.0
"""Mean service time, minutes, unless said otherwise."""
EXPONENTIAL = (SERVICE, 2 * SERVICE**2)
URGENT = 0.1
AI = {"sensitivity": 0.95, "false_positive_fraction": 0.05}
PREVALENCE = 0.1
NO_CONTROL = 0.03
"""Precision of waits that nothing known of the same cases foretells: first come when busy, and flagged that interrupt.

Every single one of these waits is held to Lindley's recursion by the tests besides.
"""

SMALL_CHANGE = 0.015
"""Precision of what the others pay: a tenth of the waits that it is the difference of."""


@cache
def systems() -> tuple[System, ...]:
    """All of them, in the table's order."""
    return (
        one_reader(0.7, 1800),
        one_reader(0.8, 700, precision=NO_CONTROL),
        one_reader(0.9, 900, precision=NO_CONTROL),
        several_readers(2, 0.5, 350),
        several_readers(3, 0.8, 350),
        general_service("constant service (M/D/1)", {"kind": "constant", "value": SERVICE}, 0.0, 0.8),
        general_service("lognormal service (M/G/1)", {"kind": "lognormal", "mean": SERVICE, "sd": 8.0}, 8.0, 0.6),
        two_priorities(),
        preempting_priorities(),
        *(ai_triage(utilisation, preempt=preempt) for utilisation in (0.8, 0.9) for preempt in (True, False)),
        machine_in_loads(),
        machine_that_fails(),
        rework(),
        no_queue(),
    )


def one_reader(utilisation: float, days: int, precision: float = PRECISION) -> System:
    """M/M/1; at 0.8 and 0.9 busy, what AI triage is compared with."""
    return System(
        f"M/M/1, {utilisation:g} busy",
        "Erlang 1917",
        single_queue(utilisation=utilisation, days=days, seed=11),
        (Row("wait, min", theory.exponential_wait(1, utilisation, SERVICE), mean_of("wait"), precision=precision),),
        service=EXPONENTIAL,
    )


def several_readers(servers: int, utilisation: float, days: int) -> System:
    """M/M/c; open cases by Little's law."""
    wait = theory.exponential_wait(servers, utilisation, SERVICE)
    return System(
        f"M/M/{servers}, {utilisation:g} busy",
        "Erlang 1917",
        single_queue(servers=servers, utilisation=utilisation, days=days, seed=12),
        (
            Row("wait, min", wait, mean_of("wait")),
            Row("share that waits", theory.wait_probability(servers, utilisation), share_waiting),
            Row("open cases", utilisation * servers * (1 + wait / SERVICE), open_cases),
        ),
        service=EXPONENTIAL,
        twin=_fast_reader(servers, utilisation),
    )


def general_service(name: str, time: dict[str, Any], sd: float, utilisation: float) -> System:
    """M/G/1."""
    squared = SERVICE**2 + sd**2
    return System(
        f"{name}, {utilisation:g} busy",
        "Pollaczek 1930, Khinchine 1932",
        single_queue(utilisation=utilisation, service={**time, "unit": "minutes"}, days=1200, seed=13),
        (Row("wait, min", theory.general_wait(utilisation, SERVICE, squared), mean_of("wait")),),
        service=(SERVICE, squared),
    )


def two_priorities() -> System:
    """Ten readers, two priorities, work begun is finished."""
    servers, utilisation, shares = 10, 0.9, (URGENT, 1 - URGENT)
    waits = theory.priority_waits(servers, utilisation, shares, SERVICE)
    return System(
        "M/M/10, 0.9 busy, 10% urgent",
        "Cobham 1954",
        single_queue(
            servers=servers, utilisation=utilisation, urgent_share=URGENT, order={"rule": "clinical"}, days=150, seed=14
        ),
        (
            Row("share that waits", theory.wait_probability(servers, utilisation), share_waiting),
            *groups_of(("urgent", "routine"), shares, waits),
        ),
        service=EXPONENTIAL,
        twin=_fast_reader(servers, utilisation),
    )


def preempting_priorities() -> System:
    """One reader, two priorities, the urgent interrupt."""
    utilisation, shares = 0.8, (0.3, 0.7)
    waits = theory.preempted_waits(utilisation, shares, SERVICE)
    return System(
        "M/M/1, 0.8 busy, 30% urgent, preemptive-resume",
        "White and Christie 1958",
        single_queue(
            utilisation=utilisation,
            urgent_share=shares[0],
            order={"rule": "clinical", "preempt": True},
            days=1500,
            seed=15,
        ),
        groups_of(("urgent", "routine"), shares, waits),
        service=EXPONENTIAL,
        twin=_fast_reader(1, utilisation),
    )


def ai_triage(utilisation: float, *, preempt: bool) -> System:
    """One reader; the AI's flagged cases go first. Changes are against the same cases first come, first served."""
    exact = theory.triage(
        utilisation, SERVICE, PREVALENCE, AI["sensitivity"], AI["false_positive_fraction"], preempt=preempt
    )
    rows = (
        Row(
            "wait, flagged, min",
            exact.flagged,
            mean_of("wait"),
            lambda cases: cases.flagged,
            exact.flagged_share,
            precision=NO_CONTROL if preempt else PRECISION,
        ),
        Row(
            "wait, unflagged, min",
            exact.unflagged,
            mean_of("wait"),
            lambda cases: ~cases.flagged,
            1 - exact.flagged_share,
        ),
        Row(
            "change, diseased, min",
            exact.diseased_change,
            change_of_wait,
            lambda cases: cases.diseased,
            PREVALENCE,
            AI["sensitivity"],
        ),
        Row(
            "change, others, min",
            exact.others_change,
            change_of_wait,
            lambda cases: ~cases.diseased,
            1 - PREVALENCE,
            AI["false_positive_fraction"],
            precision=SMALL_CHANGE,
        ),
        Row("change, all, min", 0.0, change_of_wait, relative_to=exact.first_come),
    )
    return System(
        f"AI triage, M/M/1, {utilisation:g} busy, {'preemptive-resume' if preempt else 'work begun is finished'}",
        "White and Christie 1958" if preempt else "Cobham 1954",
        single_queue(
            utilisation=utilisation,
            order={"rule": "ai", "preempt": preempt},
            ai=AI,
            prevalence=PREVALENCE,
            days=1400 if utilisation < 0.85 else 1000,
            seed=16,
        ),
        rows,
        service=EXPONENTIAL,
        twin=Twin(1, exact.first_come),
        flagged_share=exact.flagged_share,
    )


def machine_in_loads() -> System:
    """A machine that takes all that wait, at most five, for an exponential time."""
    size, utilisation = 5, 0.7
    rate = utilisation * size / SERVICE
    load = {
        "needs": "reader",
        "setup": {"kind": "exponential", "mean": SERVICE},
        "batch": {"size": size},
        "next": "end",
    }
    return System(
        f"loads of up to {size}, {utilisation:g} busy",
        "Bailey 1954, Neuts 1967",
        _department(rate, {"reader": {"units": [{}]}}, {"load": load}, 250, 17),
        (Row("wait, min", theory.bulk_wait(rate, SERVICE, size), mean_of("wait")),),
        service=EXPONENTIAL,
    )


def machine_that_fails() -> System:
    """A machine that fails every two hours and takes a quarter of an hour to mend; what it did is resumed."""
    rate, between, down = 0.06, 2.0, 0.25
    machine = {
        "kind": "machine",
        "units": [{}],
        "at_shift_end": "pause",
        "downtime": {"mean_hours_between": between, "mean_hours_down": down},
    }
    work = {"needs": "machine", "time": {"kind": "exponential", "mean": SERVICE}, "next": "end"}
    exact = theory.breakdown_turnaround(rate, SERVICE, between * 60, down * 60)
    return System(
        "M/M/1 with breakdowns",
        "White and Christie 1958, Avi-Itzhak and Naor 1963",
        _department(rate, {"machine": machine}, {"work": work}, 1300, 18),
        (Row("turnaround, min", exact, mean_of("turnaround")),),
        service=EXPONENTIAL,
    )


def rework() -> System:
    """Two stations in a row; a fifth of the cases starts over."""
    rate, again, cut, read = 0.1, 0.2, 5.0, 12.0
    rounds, squared_rounds = 1 / (1 - again), (1 + again) / (1 - again) ** 2
    work = (rounds * (cut + read), rounds * (cut**2 + read**2) + squared_rounds * (cut + read) ** 2)
    steps = {
        "cut": {"needs": "technician", "time": {"kind": "exponential", "mean": cut}, "next": "read"},
        "read": {
            "needs": "reader",
            "time": {"kind": "exponential", "mean": read},
            "next": [{"to": "cut", "share": again}, {"to": "end"}],
        },
    }
    return System(
        "M/M/1 then M/M/2, a fifth starts over",
        "Jackson 1957",
        _department(rate, {"technician": {"units": [{}]}, "reader": {"units": [{"count": 2}]}}, steps, 450, 19),
        (Row("turnaround, min", theory.network_turnaround(rate, again, ((1, cut), (2, read))), mean_of("turnaround")),),
        service=work,
    )


def no_queue() -> System:
    """Time passes and nobody is held: as many readers as cases."""
    rate, hours, sd = 0.1, 30.0, 20.0
    step = {"does": "delay", "time": {"kind": "lognormal", "mean": hours, "sd": sd, "unit": "hours"}, "next": "end"}
    return System(
        "transport, lognormal time (M/G/infinity)",
        "Little 1961",
        _department(rate, {"nobody": {"units": [{}]}}, {"transport": step}, 350, 20),
        (Row("open cases", rate * hours * 60, open_cases),),
    )


def _fast_reader(servers: int, utilisation: float) -> Twin:
    """One reader as fast as all, on the same cases."""
    return Twin(servers, theory.exponential_wait(1, utilisation, SERVICE / servers))


def _department(rate: float, resources: dict[str, Any], steps: dict[str, Any], days: int, seed: int) -> Scenario:
    """Open round the clock; `rate` cases come in a minute."""
    base = single_queue(days=days, seed=seed).model_dump()
    arrivals = [{"name": "case", "per_week": {"value": rate * 7 * 1440}}]
    return Scenario.model_validate({**base, "arrivals": arrivals, "resources": resources, "steps": steps})
