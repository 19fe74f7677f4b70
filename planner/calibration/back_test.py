"""A calibration put to the test: fitted without the last weeks of the log, does it foresee what happened in them?

The department starts with the cases that were open, and the measured rates and times are drawn anew for each
replication from what is known of them, so that the prediction intervals allow for both chance and the shortness of the
log. All intervals together hold with 95%.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.ahead.open_start import OpenStart, due_of, open_start
from planner.calendar import calendar_of
from planner.calibration.bounds import LEVEL, Bounded, prediction
from planner.calibration.calibrate import Calibration, calibrate
from planner.calibration.event_log import EventLog
from planner.calibration.log_cases import LogCases, match, open_at
from planner.calibration.simulated_log import start_ms
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import Ints
from planner.errors import EventLogError
from planner.replications.spread import Counted, spread
from planner.scenario.load import change
from planner.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]

MEASURES = {
    "received": "cases received",
    "signed out": "cases signed out",
    "on time": "share of the cases due that were signed out by then",
    "turnaround p50": "hours, of the cases signed out",
    "turnaround p90": "hours, of the cases signed out",
    "open at the end": "cases",
}
"""What is compared, over the held-out weeks: reckoned alike on both sides, so that open cases hide the same."""
_HOUR = 3_600_000


class Check(NamedTuple):
    """One measure over the held-out weeks."""

    measure: str
    happened: float
    foreseen: Bounded
    """Mean over replications, and the prediction interval of one such period; all of them hold together with 95%."""

    @property
    def holds(self) -> bool:
        """Whether what happened lies inside."""
        return self.foreseen.holds(self.happened)


@dataclass(frozen=True)
class BackTest:
    """What was foreseen and what happened."""

    calibration: Calibration
    """Of the weeks before."""
    first_day: date
    weeks: int
    backlog: int
    """Cases open when the held-out weeks began."""
    replications: int
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every measure lies inside its interval."""
        return all(check.holds for check in self.checks)

    @property
    def verdict(self) -> str:
        """In a sentence."""
        wrong = [check for check in self.checks if not check.holds]
        if not wrong:
            return f"Holds: in the {self.weeks} held-out weeks all {len(self.checks)} measures were as foreseen."
        told = "; ".join(
            f"{check.measure} was {check.happened:.3g}, foreseen {check.foreseen.low:.3g} to {check.foreseen.high:.3g}"
            for check in wrong
        )
        return f"Falls short: {told}."


def back_test(
    log: EventLog,
    scenario: Scenario,
    held_out_weeks: int = 2,
    replications: int = 40,
    seed: int | None = None,
    *,
    jobs: int | None = None,
) -> BackTest:
    """Fits the log without its last weeks, simulates these, and compares.

    Raises EventLogError where fewer weeks would be left to fit than are held out.
    """
    first_day = log.last_day + timedelta(days=1 - 7 * held_out_weeks)
    if held_out_weeks < 1 or (first_day - log.first_day).days < 7 * held_out_weeks:
        days = (log.last_day - log.first_day).days + 1
        raise EventLogError(
            f"{log.name}: {held_out_weeks} weeks cannot be held out of {days} days;"
            f" give 1 to {max(1, days // 14)} weeks, and a log at least twice as long"
        )
    period = {
        "start": str(first_day),
        "days": 7 * held_out_weeks,
        "warm_up_days": 0,
        "follow_up_days": 0,
        "backlog": [],
    }
    then = change(scenario, period)
    begin, known = start_ms(then), match(log, scenario)
    measured = calibrate(_before(log, known, begin), then)
    waiting = open_at(known, then, begin)
    start = open_start(measured.scenario, waiting.assign(flagged="", site=""), begin, begin)
    started = replace(measured, scenario=start.scenario)
    seed = scenario.seed if seed is None else seed
    runs = [(started, start, seed, replication) for replication in range(replications)]
    foreseen = np.array(spread(_foresee, runs, jobs), np.float64)
    happened = _happened(known, started.scenario, begin)
    told = [place for place, value in enumerate(happened) if not np.isnan(value)]
    level = 1 - (1 - LEVEL) / len(told)
    names = list(MEASURES)
    checks = [Check(names[place], happened[place], _expected(foreseen[:, place], level)) for place in told]
    return BackTest(measured, first_day, held_out_weeks, len(waiting), replications, tuple(checks))


def _expected(values: Floats, level: float) -> Bounded:
    known = values[~np.isnan(values)]
    mean, low, high = prediction(known, level) if len(known) else Bounded(np.nan, 0, np.inf)
    return Bounded(mean, max(0.0, low), high)


def _before(log: EventLog, known: LogCases, moment: float) -> EventLog:
    """The log as it stood at a moment (ms UTC): what had not happened is not in it."""
    events = log.events[log.events[["queued", "start"]].min(axis=1) < moment].copy()
    for column in ("queued", "start", "end"):
        events[column] = events[column].where(events[column] < moment)
    cases = log.cases[log.cases["received"] < moment].copy()
    cases["signed_out"] = known.cases["signed_out"].reindex(cases.index)
    cases["signed_out"] = cases["signed_out"].where(cases["signed_out"] < moment)
    return replace(log, events=events[events["case"].isin(cases.index)], cases=cases)


def _foresee(run: tuple[Calibration, OpenStart, int, int]) -> Counted:
    """One replication's measures."""
    measured, start, seed, replication = run
    compiled = compile_scenario(measured.drawn(np.random.default_rng((seed, replication))))
    futures, _ = start.begin(draw_futures(compiled, seed, replication))
    outcome = simulate(compiled, futures)
    done = np.where(outcome.case_done < 0, np.nan, outcome.case_done.astype(np.float64))
    return Counted(outcome.events, _measures(futures.case_received, done, futures.case_deadline, futures.horizon))


def _happened(known: LogCases, scenario: Scenario, begin: int) -> tuple[float, ...]:
    """The same measures in the log."""
    horizon = calendar_of(scenario).horizon
    cases = known.cases[~(known.cases["signed_out"] < begin)]
    received = (cases["received"] - begin).to_numpy().astype(np.int64)
    due = due_of(scenario, cases["stream"], received)
    done = (cases["signed_out"] - begin).to_numpy(np.float64)
    return _measures(received, np.where(done <= horizon, done, np.nan), due, horizon)


def _measures(received: Ints, done: Floats, due: Ints, horizon: int) -> tuple[float, ...]:
    """As MEASURES lists them; ms from the start, open cases nan in `done`; nan for what nobody can tell."""
    came = received < horizon
    out = done[came & ~np.isnan(done)] - received[came & ~np.isnan(done)]
    fell_due = came & (due >= 0) & (due < horizon)
    p50, p90 = np.quantile(out, (0.5, 0.9)) / _HOUR if len(out) else (np.nan, np.nan)
    return (
        float((came & (received >= 0)).sum()),
        float(len(out)),
        float((done[fell_due] <= due[fell_due]).mean()) if fell_due.any() else np.nan,
        float(p50),
        float(p90),
        float(came.sum() - len(out)),
    )
