"""Today's open cases foreseen: which will miss their deadline, when each will be signed out, and when the list clears.

Each replication starts now, with these cases where they are, the people who are on shift, and the arrivals still to
come. What a machine or a person has in hand at the moment, other than these cases, is not known, nor who was absent
this morning.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.ahead.open_cases import OpenCases
from planner.ahead.open_start import OpenStart, open_start
from planner.calibration.bounds import Bounded, share
from planner.calibration.csv_table import LogFinding
from planner.calibration.simulated_log import start_ms
from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import NO_DEADLINE
from planner.errors import PlannerError
from planner.replications.replicate import OnProgress
from planner.replications.spread import Counted, spread
from planner.scenario.load import change
from planner.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]

AHEAD_DAYS = 28
"""How far is looked ahead; what is open then is told as later."""
RANGE = (0.1, 0.5, 0.9)
"""Quantiles: of ten futures, eight lie between the outer two."""


@dataclass(frozen=True)
class CaseForecast:
    """One open case."""

    case: str
    stream: str
    pathway: str
    step: str
    received: datetime
    """Times are local, with their zone."""
    due: datetime | None
    misses: Bounded | None
    """Probability to be signed out after it is due, with Wilson's interval; none without a deadline."""
    signed_out: datetime | None
    """Median over replications; none: later than is looked ahead."""
    earliest: datetime | None
    latest: datetime | None
    """Ends of the 80% interval."""


@dataclass(frozen=True)
class Forecast:
    """A list of open cases, foreseen."""

    scenario: Scenario
    now: datetime
    until: datetime
    """As far as is looked ahead."""
    replications: int
    seed: int
    cases: tuple[CaseForecast, ...]
    """The most likely to miss its deadline first, then by deadline."""
    expected_misses: Bounded
    """Number of cases that will miss their deadline: mean, and where eight of ten futures lie."""
    clears: tuple[datetime | None, datetime | None, datetime | None]
    """When all of them are signed out: the 10%, 50% and 90% quantiles over replications."""
    findings: tuple[LogFinding, ...]


def forecast(
    scenario: Scenario,
    open_cases: OpenCases,
    now: datetime,
    replications: int = 200,
    seed: int | None = None,
    *,
    days: int = AHEAD_DAYS,
    jobs: int | None = None,
    on_progress: OnProgress | None = None,
) -> Forecast:
    """Simulates the scenario from now on, starting from the open cases.

    now: with its time zone. days: how far to look ahead. Raises PlannerError for a `now` without a zone.
    """
    if now.tzinfo is None:
        raise PlannerError("now: a time without a zone; give one such as 2026-03-02T08:15+01:00")
    if replications < 1:
        raise PlannerError(f"replications: {replications} give no forecast; ask for 1 or more, 200 for a sure one")
    local = now.astimezone(ZoneInfo(scenario.time_zone))
    today = {"start": str(local.date()), "days": days, "warm_up_days": 0, "follow_up_days": 0, "backlog": []}
    begun = change(_grown(scenario, local), today)
    begin = start_ms(begun)
    start = open_start(begun, open_cases.cases, begin, int(now.timestamp() * 1000))
    seed = scenario.seed if seed is None else seed
    compiled = compile_scenario(start.scenario)
    runs = [(compiled, start, seed, replication) for replication in range(replications)]
    done = np.array(spread(_sign_outs, runs, jobs, on_progress), np.float64)
    return _told(start, begin, open_cases, done, local, seed, days)


def _grown(scenario: Scenario, now: datetime) -> Scenario:
    """With the arrivals that growth has brought from the scenario's own start until today."""
    years = (now.date() - scenario.start).days / 365.25
    return change(
        scenario,
        {
            f"arrivals.{number}.per_week.value": stream.per_week.value * (1 + stream.growth_per_year) ** years
            for number, stream in enumerate(scenario.arrivals)
            if stream.per_week is not None and stream.growth_per_year
        },
    )


def _sign_outs(run: tuple[Compiled, OpenStart, int, int]) -> Counted:
    """When each open case is signed out in one replication: ms from the start, inf where it is later."""
    compiled, start, seed, replication = run
    futures, rows = start.begin(draw_futures(compiled, seed, replication))
    outcome = simulate(compiled, futures)
    done = outcome.case_done[rows].astype(np.float64)
    return Counted(outcome.events, np.where(done < 0, np.inf, done))


def _told(
    start: OpenStart, begin: int, open_cases: OpenCases, done: Floats, now: datetime, seed: int, days: int
) -> Forecast:
    """done: (replications, cases), ms from the start."""
    scenario = start.scenario
    pathways = {stream.name: stream.pathway for stream in scenario.arrivals}

    def moment(ms: float) -> datetime | None:
        return datetime.fromtimestamp((begin + ms) / 1000, UTC).astimezone(now.tzinfo) if np.isfinite(ms) else None

    late = done > start.due
    quantiles = np.quantile(done, RANGE, axis=0, method="higher")
    told = []
    received = pd.to_datetime(open_cases.cases["received"], unit="ms", utc=True).dt.tz_convert(now.tzinfo)
    for row, case in enumerate(open_cases.cases.itertuples(index=False)):
        has_deadline = start.due[row] < NO_DEADLINE
        earliest, middle, latest = (moment(float(one)) for one in quantiles[:, row])
        told.append(
            CaseForecast(
                case=str(case.case),
                stream=str(case.stream),
                pathway=pathways[str(case.stream)],
                step=str(case.step),
                received=received[row].to_pydatetime(),
                due=moment(float(start.due[row])) if has_deadline else None,
                misses=share(int(late[:, row].sum()), len(done)) if has_deadline else None,
                signed_out=middle,
                earliest=earliest,
                latest=latest,
            )
        )
    far = datetime.max.replace(tzinfo=UTC)
    told.sort(key=lambda one: (-(one.misses.value if one.misses else -1.0), one.due or far, one.case))
    misses = late[:, start.due < NO_DEADLINE].sum(axis=1)
    few, many = np.quantile(misses, (RANGE[0], RANGE[-1]))
    first, middle, last = (moment(float(one)) for one in np.quantile(done.max(axis=1), RANGE, method="higher"))
    return Forecast(
        scenario,
        now,
        now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days),
        len(done),
        seed,
        tuple(told),
        Bounded(float(misses.mean()), float(few), float(many)),
        (first, middle, last),
        open_cases.findings,
    )
