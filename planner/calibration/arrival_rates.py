"""Arrivals counted: cases a week by stream and their spread over the week's hours, with exact Poisson intervals.

Days are those on which the profile is open; days with far fewer cases than their weekday usually has are taken for
gaps of the log, named, and left out of both the count and the time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from planner.calibration.bounds import Bounded, poisson_rate
from planner.calibration.csv_table import SHOWN, LogFinding
from planner.scenario.demand import Profile, Stream
from planner.scenario.rosters import DAYS

Floats = npt.NDArray[np.float64]

IMPOSSIBLE = 1e-6
"""A day with so improbably few cases (Poisson) is a gap of the log and not a quiet day."""
YEAR_DAYS = 365.25


class StreamRate(NamedTuple):
    """What a stream's arrivals are."""

    stream: str
    cases: int
    """Counted on open days."""
    per_week: Bounded
    """In a week without holidays, at the scenario's start, growth and season taken as the scenario has them."""
    dispersion: float
    """Variance over mean of the cases a day, within weekdays: 1 for Poisson arrivals."""
    dispersion_p: float
    """How probable so much variation is with Poisson arrivals (chi-square)."""


@dataclass(frozen=True)
class HourlyRate:
    """A profile measured: cases an hour by weekday, Monday first, and local hour, all its streams together: (7, 24)."""

    profile: str
    rate: Floats
    low: Floats
    high: Floats

    def as_profile(self, holidays: str) -> Profile:
        """The profile for a scenario. Raises ValueError where nothing arrived at all."""
        rates = {
            day: {
                f"{hour:02}:00-{hour + 1:02}:00": round(float(self.rate[at, hour]), 6)
                for hour in np.flatnonzero(self.rate[at])
            }
            for at, day in enumerate(DAYS)
            if self.rate[at].any()
        }
        return Profile.model_validate({"rates": rates, "holidays": holidays})


@dataclass(frozen=True)
class OpenDays:
    """Days of a log on which arrivals are counted."""

    days: tuple[date, ...]

    def exposure(self, stream: Stream | None, start: date) -> Floats:
        """Days of each weekday, (7,), each weighed with the stream's growth and season."""
        found = np.zeros(7)
        for day in self.days:
            weight = 1.0
            if stream is not None:
                weight = (1 + stream.growth_per_year) ** ((day - start).days / YEAR_DAYS)
                weight *= stream.months[day.month - 1] if stream.months else 1.0
            found[day.weekday()] += weight
        return found


def open_days(
    received: pd.Series, first: date, last: date, closed: frozenset[date]
) -> tuple[OpenDays, list[LogFinding]]:
    """Days from first to last that are not closed and not gaps.

    received: local moments of all the log's cases.
    """
    candidates = [day for n in range((last - first).days + 1) if (day := first + timedelta(n)) not in closed]
    counts = received.dt.date.value_counts()
    cases = {day: int(counts.get(day, 0)) for day in candidates}
    usual = {
        weekday: float(np.median([cases[day] for day in candidates if day.weekday() == weekday] or [0]))
        for weekday in range(7)
    }
    gaps = [day for day in candidates if stats.poisson.cdf(cases[day], usual[day.weekday()]) < IMPOSSIBLE]
    findings = []
    if gaps:
        named = ", ".join(f"{day} ({cases[day]}, usual {usual[day.weekday()]:g})" for day in gaps[:SHOWN])
        more = " ..." if len(gaps) > SHOWN else ""
        message = f"{len(gaps)} days have far too few cases received and are taken for gaps of the log: {named}{more}"
        findings.append(LogFinding("gap", message, len(gaps)))
    on_closed = sum(int(counts.get(day, 0)) for day in closed if first <= day <= last)
    if on_closed:
        message = (
            f"{on_closed} cases were received on public holidays, when the profile is closed; not counted in the rates"
        )
        findings.append(LogFinding("gap", message, on_closed))
    return OpenDays(tuple(day for day in candidates if day not in set(gaps))), findings


def stream_rate(stream: Stream, received: pd.Series, days: OpenDays, start: date) -> StreamRate:
    """Cases a week of one stream. received: local moments of its cases; start: the scenario's first day."""
    exposure = days.exposure(stream, start)
    kept = received[received.dt.date.isin(days.days)]
    by_weekday = np.bincount(kept.dt.weekday.to_numpy(), minlength=7).astype(np.float64)
    known = exposure > 0
    per_week = float((by_weekday[known] / exposure[known]).sum())
    weeks = len(kept) / per_week if per_week else float(exposure.sum()) / 7
    dispersion, p = _dispersion(kept, days)
    return StreamRate(stream.name, len(kept), poisson_rate(len(kept), weeks), dispersion, p)


def hourly_rate(profile: str, received: pd.Series, days: OpenDays) -> HourlyRate:
    """Cases an hour through the week. received: local moments of the cases of all streams with this profile."""
    kept = received[received.dt.date.isin(days.days)]
    counts = np.zeros((7, 24), np.int64)
    np.add.at(counts, (kept.dt.weekday.to_numpy(), kept.dt.hour.to_numpy()), 1)
    exposure = days.exposure(None, date.min)
    found = [[poisson_rate(int(counts[day, hour]), exposure[day]) for hour in range(24)] for day in range(7)]
    rate, low, high = (np.array([[one[part] for one in row] for row in found]) for part in range(3))
    return HourlyRate(profile, np.nan_to_num(rate), low, high)


def _dispersion(received: pd.Series, days: OpenDays) -> tuple[float, float]:
    """Index of dispersion of the daily counts about their weekday's mean (Fisher), and its p-value."""
    counts = received.dt.date.value_counts()
    squares, freedom = 0.0, 0
    for weekday in range(7):
        daily = np.array([counts.get(day, 0) for day in days.days if day.weekday() == weekday], np.float64)
        if len(daily) > 1 and daily.any():
            squares += float(((daily - daily.mean()) ** 2).sum() / daily.mean())
            freedom += len(daily) - 1
    if not freedom:
        return float("nan"), float("nan")
    return squares / freedom, float(stats.chi2.sf(squares, freedom))
