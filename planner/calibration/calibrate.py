"""A scenario measured: arrivals and service times fitted to an event log, each number with its interval and its source.

What the log does not tell stays as it is in the scenario, and is listed. Growth, season and routing probabilities
stay, too: a log of some weeks says little of the first two. `back_test` tells whether the result can be trusted.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import holidays
import numpy as np
import pandas as pd
from scipy import stats

from planner.calibration.arrival_rates import HourlyRate, StreamRate, hourly_rate, open_days, stream_rate
from planner.calibration.bounds import LEVEL, Bounded
from planner.calibration.csv_table import LogFinding
from planner.calibration.event_log import EventLog
from planner.calibration.log_cases import match
from planner.calibration.service_times import StepFit, fit_steps
from planner.errors import EventLogError
from planner.scenario.demand import Stream
from planner.scenario.load import change
from planner.scenario.process import Work
from planner.scenario.quantities import Duration
from planner.scenario.scenario import Scenario

_TIMES = ("value", "mean", "sd", "low", "mode", "high", "scale", "quantiles")
"""Fields of a distribution that are times; the others are shapes."""


@dataclass(frozen=True)
class Calibration:
    """A scenario with what was measured in it, and how surely it is known."""

    scenario: Scenario
    source: str
    """File and period, as it stands in the measured numbers."""
    streams: tuple[StreamRate, ...]
    profiles: tuple[HourlyRate, ...]
    steps: tuple[StepFit, ...]
    findings: tuple[LogFinding, ...]

    def drawn(self, rng: np.random.Generator) -> Scenario:
        """The scenario with rates and means drawn from what is known of them, for predictions that allow for it."""
        changes: dict[str, object] = {}
        for rate in self.streams:
            weeks = rate.cases / rate.per_week.value if rate.cases else math.inf
            value = float(rng.gamma(rate.cases + 0.5)) / weeks
            changes[f"arrivals.{rate.stream}.per_week.value"] = value if rate.cases else 0.0
        for one in self.steps:
            changes[one.field] = _scaled(one.fit.duration, math.exp(rng.normal(0, _log_error(one.fit.mean))))
        return change(self.scenario, changes)


def calibrate(log: EventLog, scenario: Scenario) -> Calibration:
    """Fits the scenario's arrivals and service times to the log. Raises EventLogError where nothing can be learnt."""
    if len(log.cases) < 2:
        raise EventLogError(f"{log.name}: one case only; rates and times need a log of some weeks")
    known = match(log, scenario)
    findings = [*log.findings, *known.findings]
    received = _local(known.cases["received"], log.time_zone)
    everything = _local(log.cases["received"], log.time_zone)
    if (log.last_day - log.first_day).days < 6:
        findings.append(LogFinding("few", "the log is shorter than a week: weekdays that it lacks count as empty"))
    streams, profiles = [], []
    changes: dict[str, object] = {}
    for name, members in _by_profile(scenario).items():
        profile = scenario.all_profiles[name]
        closed = _closed_days(log, scenario) if profile.holidays == "closed" else frozenset[date]()
        days, more = open_days(everything, log.first_day, log.last_day, closed)
        findings += [one for one in more if one not in findings]
        pooled = received[known.cases["stream"].isin([stream.name for stream in members])]
        if not len(pooled) or not days.days:
            findings.append(LogFinding("few", f"profiles.{name}: no case of its streams; left as in the scenario"))
            continue
        hourly = hourly_rate(name, pooled, days)
        profiles.append(hourly)
        measured = "measured" if name == "even" else name
        changes[f"profiles.{measured}"] = hourly.as_profile(profile.holidays).model_dump(mode="json")
        for stream in members:
            rate = stream_rate(stream, received[known.cases["stream"] == stream.name], days, scenario.start)
            streams.append(rate)
            at = f"arrivals.{stream.name}"
            changes[f"{at}.per_week"] = {"value": rate.per_week.value, "source": log.period, "mark": "measured"}
            changes[f"{at}.profile"], changes[f"{at}.replay_hours"] = measured, None
            if rate.dispersion_p < 0.001 and rate.dispersion > 1:
                message = (
                    f"{at}: cases vary from day to day {rate.dispersion:.1f} times as much as Poisson arrivals would"
                )
                findings.append(LogFinding("spread", message, rate.cases))
    steps, more = fit_steps(known, scenario, log.period)
    findings += more
    changes |= _step_changes(steps, scenario)
    return Calibration(
        change(scenario, changes), log.period, tuple(streams), tuple(profiles), tuple(steps), tuple(findings)
    )


def _by_profile(scenario: Scenario) -> dict[str, list[Stream]]:
    found: dict[str, list[Stream]] = {}
    for stream in scenario.arrivals:
        found.setdefault(stream.profile, []).append(stream)
    return found


def _closed_days(log: EventLog, scenario: Scenario) -> frozenset[date]:
    if scenario.country is None:
        return frozenset()
    years = range(log.first_day.year, log.last_day.year + 1)
    return frozenset(holidays.country_holidays(scenario.country, years=years))


def _local(ms: "pd.Series[float]", time_zone: str) -> pd.Series:
    return pd.to_datetime(ms, unit="ms", utc=True).dt.tz_convert(time_zone)


def _step_changes(steps: list[StepFit], scenario: Scenario) -> dict[str, object]:
    changes: dict[str, object] = {}
    for one in steps:
        changes[one.field] = one.fit.duration.model_dump(mode="json")
        step = scenario.steps[one.step]
        if isinstance(step, Work) and step.per_slide is not None:
            changes[f"steps.{one.step}.per_slide"] = None
    return changes


def _log_error(mean: Bounded) -> float:
    """Standard error of the logarithm of a mean, from its interval."""
    if not 0 < mean.low <= mean.high < math.inf:
        return 0.0
    return math.log(mean.high / mean.low) / (2 * float(stats.norm.isf((1 - LEVEL) / 2)))


def _scaled(duration: Duration, factor: float) -> Mapping[str, object]:
    """The duration in longer or shorter."""
    fields = duration.model_dump(mode="json")
    for name in _TIMES:
        if name in fields:
            value = fields[name]
            fields[name] = [one * factor for one in value] if isinstance(value, list) else value * factor
    return fields
