"""How often readers overrule the AI, and how often it had no score, week by week. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from scipy import stats

from planner.calibration.bounds import Bounded, share
from worklist.watching.drift import FALSE_ALARM, monday

Rate = Literal["not scored", "rejected or failed", "overruled", "missed"]
"""not scored: of the slides that arrived, those without a score, the next among them. rejected or failed: of the slides
that arrived. overruled: of the verdicts positive or negative on a scored slide, those against the AI's flag. missed: of
the positive ones, those that the AI had not flagged."""

LEAST_VERDICTS: Final = 20
"""Fewer verdicts in a week, or in all weeks before, are not judged (A)."""


@dataclass(frozen=True)
class Arrived:
    """A slide that arrived."""

    at_utc: datetime
    state: str


@dataclass(frozen=True)
class Agreed:
    """A verdict, positive or negative, on a slide that the AI had scored."""

    at_utc: datetime
    positive: bool
    flagged: bool


@dataclass(frozen=True)
class WeekRate:
    """One rate of one week, with Wilson's interval."""

    week: date
    """Its Monday."""
    rate: Rate
    count: int
    of: int
    value: Bounded
    p: float | None = None
    """That it is no higher than in the weeks before (Fisher, one-sided); only of what readers said, and None where
    there is too little."""


def arrival_rates(slides: Iterable[Arrived], zone: ZoneInfo) -> list[WeekRate]:
    """What became of the slides that arrived, by week; the oldest first."""
    weeks: defaultdict[date, list[str]] = defaultdict(list)
    for it in slides:
        weeks[monday(it.at_utc, zone)].append(it.state)
    found = []
    for week, states in sorted(weeks.items()):
        found.append(_rate(week, "not scored", sum(it != "scored" for it in states), len(states)))
        spoilt = sum(it in ("rejected", "failed") for it in states)
        found.append(_rate(week, "rejected or failed", spoilt, len(states)))
    return found


def reading_rates(verdicts: Iterable[Agreed], zone: ZoneInfo) -> list[WeekRate]:
    """How readers and AI agree, by week; each week is set against all weeks before it."""
    weeks: defaultdict[date, list[Agreed]] = defaultdict(list)
    for it in verdicts:
        weeks[monday(it.at_utc, zone)].append(it)
    found: list[WeekRate] = []
    before: dict[Rate, tuple[int, int]] = {"overruled": (0, 0), "missed": (0, 0)}
    for week, told in sorted(weeks.items()):
        positive = [it for it in told if it.positive]
        now: dict[Rate, tuple[int, int]] = {
            "overruled": (sum(it.positive != it.flagged for it in told), len(told)),
            "missed": (sum(not it.flagged for it in positive), len(positive)),
        }
        for rate, (count, of) in now.items():
            found.append(_rate(week, rate, count, of, _higher(before[rate], (count, of))))
            before[rate] = (before[rate][0] + count, before[rate][1] + of)
    return found


def is_alarm(it: WeekRate) -> bool:
    """Whether the week's rate is higher than before by more than chance; two rates are looked at each week, so each
    has half of the false alarms (Bonferroni)."""
    return it.p is not None and it.p <= FALSE_ALARM / 2


def _higher(before: tuple[int, int], now: tuple[int, int]) -> float | None:
    if min(before[1], now[1]) < LEAST_VERDICTS:
        return None
    table = np.array([[now[0], now[1] - now[0]], [before[0], before[1] - before[0]]])
    return float(stats.fisher_exact(table, alternative="greater").pvalue)


def _rate(week: date, rate: Rate, count: int, of: int, p: float | None = None) -> WeekRate:
    return WeekRate(week, rate, count, of, share(count, of), p)
