"""Simple departments whose answers theory knows: the figures to be met, and how they are simulated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from benchmarks.estimators import Floats, Simulated, controlled, lindley
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import AI_FLAGGED, DONE, HOUR_MS, Futures, Outcome, Rows
from planner.scenario.scenario import Scenario

CONFIDENCE = 0.999
"""Of each interval: of 40 that are right, all contain the exact value with a probability of 96%."""
PRECISION = 0.01
"""Most that an interval's half width may be, as a share of the exact value."""
EDGE_DAYS = 20
"""Left out at both ends: over seven relaxation times, at the longest (1 - sqrt(0.9))^-2 services of 10 minutes."""
MINUTE_MS = 60_000.0

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cases:
    """What happened to the measured cases of one replication (n), in minutes."""

    wait: Floats
    before: Floats
    """Waits of the same cases in the system's twin; `wait` where it has none."""
    work: Floats
    stream: Rows
    flagged: Bools
    diseased: Bools
    inside: float
    """Open cases on average over the measured days."""

    @property
    def turnaround(self) -> Floats:
        """From coming to sign-out."""
        return self.wait + self.work


@dataclass(frozen=True)
class Row:
    """One figure of theory, and how to read it off."""

    figure: str
    exact: float
    read: Callable[[Cases, Bools], float]
    """Of the cases of a group."""
    who: Callable[[Cases], Bools] = lambda cases: np.ones(len(cases.wait), np.bool_)
    share: float = 1.0
    """Expected share of the cases that are in the group."""
    flagged: float = 0.0
    """Expected share of the group that the AI flags."""
    relative_to: float = 0.0
    """What 1% is a part of, where it is not the exact value."""
    precision: float = PRECISION

    @property
    def scale(self) -> float:
        """What an error is a part of."""
        return self.relative_to or abs(self.exact)


@dataclass(frozen=True)
class Twin:
    """The same cases, first come, first served, at one reader as fast as all `servers`: by Lindley's recursion."""

    servers: int
    wait: float
    """Their exact mean wait, minutes."""


@dataclass(frozen=True, eq=False)
class System:
    """A department that theory knows."""

    name: str
    source: str
    scenario: Scenario
    rows: tuple[Row, ...]
    replications: int = 48
    service: tuple[float, float] | None = None
    """Mean service time, and mean of its square, where a case is worked on once; minutes."""
    twin: Twin | None = None
    flagged_share: float = 0.0
    """Expected share of the cases that the AI flags."""


@dataclass(frozen=True)
class Checked:
    """A row of the table: theory beside simulation."""

    system: str
    row: Row
    simulated: Simulated
    events: int

    @property
    def error(self) -> float:
        """Simulated less exact, as a share of the exact value."""
        return (self.simulated.mean - self.row.exact) / self.row.scale

    @property
    def precision(self) -> float:
        """The half width, as a share of the exact value."""
        return self.simulated.half_width / self.row.scale


@cache
def check(system: System) -> tuple[Checked, ...]:
    """Simulates all replications and sets each figure beside theory's."""
    compiled = compile_scenario(system.scenario)
    values: list[list[float]] = [[] for _ in system.rows]
    controls: list[list[list[float]]] = [[] for _ in system.rows]
    events = 0
    for replication in range(system.replications):
        futures = draw_futures(compiled, system.scenario.seed, replication)
        outcome = simulate(compiled, futures)
        events += outcome.events
        cases = _measured(system, futures, outcome)
        for number, row in enumerate(system.rows):
            group = row.who(cases)
            values[number].append(row.read(cases, group))
            controls[number].append(_controls(system, row, cases, group))
    return tuple(
        Checked(system.name, row, controlled(value, np.array(luck), CONFIDENCE), events)
        for row, value, luck in zip(system.rows, values, controls, strict=True)
    )


def mean_of(column: str) -> Callable[[Cases, Bools], float]:
    """Reads the mean of a column of the group's cases."""
    return lambda cases, group: float(getattr(cases, column)[group].mean())


def share_waiting(cases: Cases, group: Bools) -> float:
    """Reads the share of the group's cases that wait."""
    return float((cases.wait[group] > 0).mean())


def open_cases(cases: Cases, _group: Bools) -> float:
    """Reads the mean number of open cases."""
    return cases.inside


def change_of_wait(cases: Cases, group: Bools) -> float:
    """Reads the mean change of the group's waits against the twin."""
    return float((cases.wait[group] - cases.before[group]).mean())


def _measured(system: System, futures: Futures, outcome: Outcome) -> Cases:
    edge = EDGE_DAYS * 1440 * MINUTE_MS
    those = (futures.case_received >= edge) & (futures.case_received < futures.horizon - edge)
    if outcome.status != DONE or (outcome.case_done[those] < 0).any():
        raise RuntimeError(f"{system.name}: measured cases are still open; leave out more days")
    wait, work = (of_stage.sum(axis=1) / MINUTE_MS for of_stage in (outcome.case_wait, outcome.case_work))
    # Cases open at the end have no known work yet. They came after all measured ones, whose waits they do not touch.
    before = lindley(futures.case_release / MINUTE_MS, work / system.twin.servers) if system.twin else wait
    return Cases(
        wait=wait[those],
        before=before[those],
        work=work[those],
        stream=futures.case_stream[those],
        flagged=(futures.case_ai == AI_FLAGGED)[those],
        diseased=(futures.case_diseased == 1)[those],
        inside=float(outcome.open_cases[24 * EDGE_DAYS : -24 * EDGE_DAYS].mean()) / HOUR_MS,
    )


def _controls(system: System, row: Row, cases: Cases, group: Bools) -> list[float]:
    """What theory knows of the group's cases and of all: how many, times and squares, flags, waits in the twin.

    Each as a figure's distance from its exact mean, as a share of that.
    """
    minutes = (system.scenario.total_days - 2 * EDGE_DAYS) * 1440
    expected = cases_per_minute(system.scenario) * minutes
    found = []
    everybody = (1.0, np.ones_like(group), system.flagged_share)
    own = (row.share, group, row.flagged)
    for share, those, flagged in (everybody,) if row.share == 1 else (own, everybody):
        found.append(those.sum() / (expected * share) - 1)
        if system.service:
            mean, squared = system.service
            found += [cases.work[those].mean() / mean - 1, (cases.work[those] ** 2).mean() / squared - 1]
        if flagged:
            found.append(cases.flagged[those].mean() / flagged - 1)
        if system.twin:
            found.append(cases.before[those].mean() / system.twin.wait - 1)
    if system.service and system.flagged_share:
        found.append(cases.work[cases.flagged].mean() / system.service[0] - 1)
    return found


def cases_per_minute(scenario: Scenario) -> float:
    """Cases that come to a department open round the clock."""
    return sum(stream.per_week.value for stream in scenario.arrivals if stream.per_week) / (7 * 1440)


def groups_of(names: Sequence[str], shares: Sequence[float], exact: Sequence[float]) -> tuple[Row, ...]:
    """Rows of the mean wait of each stream, in the scenario's order."""
    return tuple(
        Row(f"wait, {name}, min", value, mean_of("wait"), lambda cases, n=number: cases.stream == n, share)  # type: ignore[misc]
        for number, (name, share, value) in enumerate(zip(names, shares, exact, strict=True))
    )
