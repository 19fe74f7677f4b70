"""How long second opinions take by their way, and what the digital way saves against the post. Pure.

The median is Kaplan and Meier's: an opinion that is still open, or was withdrawn, has taken at least as long as it has,
and leaving it out would make every way look faster than it is.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt
from scipy import stats

from planner.calibration.bounds import Bounded, share
from worklist.reading.second_opinion import Opinion, Way

POST_HOURS: Final = 86.0
"""A second opinion by post, hours from question to answer (P: Haghighi 2021; 35 minutes digitally)."""
OWN_POST_CASES: Final = 20
"""Answered postal opinions of one's own from which on they are the measure, and not the published figure (A)."""
LEVEL: Final = 0.95


@dataclass(frozen=True)
class WayFigures:
    """One way's opinions. Hours run on the clock, day and night, from the question to the answer."""

    way: Way
    asked: int
    answered: int
    open: int
    withdrawn: int
    late: int
    """Answered after they were due, or open and due already."""
    differ: Bounded
    """Share of the answers that differ, with Wilson's interval."""
    hours: Bounded
    """Median; nan, and an end that is infinite, where too few were answered to tell."""
    transit_hours: Bounded
    """Median from sent to received, of those that have both."""


@dataclass(frozen=True)
class OpinionReport:
    """Both ways, and what the digital one saves."""

    ways: tuple[WayFigures, ...]
    post_hours: Bounded
    """What the digital way is measured against."""
    post_source: str
    saved_hours: Bounded
    """By a digital opinion, median against median. The interval sets the ends of both against each other, so it is
    wider than 95% asks for."""


def opinion_report(opinions: Iterable[Opinion], now_utc: datetime) -> OpinionReport:
    """The figures of all opinions up to now."""
    told = list(opinions)
    ways = {way: _figures(way, [it for it in told if it.way == way], now_utc) for way in get_args(Way)}
    own, digital = ways["post"], ways["digital"].hours
    if own.answered >= OWN_POST_CASES:
        post, source = own.hours, f"measured: {own.answered} answered by post here"
    else:
        post = Bounded(POST_HOURS, POST_HOURS, POST_HOURS)
        source = f"published: Haghighi 2021 ({own.answered} of {OWN_POST_CASES} answered by post here)"
    saved = Bounded(post.value - digital.value, post.low - digital.high, post.high - digital.low)
    return OpinionReport(tuple(ways.values()), post, source, saved)


def median_hours(hours: Iterable[float], ended: Iterable[bool]) -> Bounded:
    """Median of times of which some have not ended yet, with the interval of Brookmeyer and Crowley (1982).

    hours: above or equal 0; ended: whether the time is whole, or only as long so far. Where the curve does not come
    down to one half, the median is nan and its upper end infinite.
    """
    times, whole = np.array(list(hours), np.float64), np.array(list(ended), np.bool_)
    if not whole.any():
        return Bounded(np.nan, 0.0, np.inf)
    survival = stats.ecdf(stats.CensoredData.right_censored(times, ~whole)).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        band: Any = survival.confidence_interval(LEVEL, method="log-log")
    at = survival.quantiles
    value = _first(at, survival.probabilities <= 0.5, np.nan)
    # at a step to 0, and before the first end, the band is undefined: there it is as wide as it can be
    low = _first(at, np.nan_to_num(band.low.probabilities, nan=0.0) <= 0.5, 0.0)
    high = _first(at, np.nan_to_num(band.high.probabilities, nan=1.0) <= 0.5, np.inf)
    return Bounded(value, low, high)


def _first(at: npt.NDArray[np.float64], holds: npt.NDArray[np.bool_], none: float) -> float:
    return float(at[holds][0]) if holds.any() else none


def _figures(way: Way, opinions: list[Opinion], now_utc: datetime) -> WayFigures:
    answered = [it for it in opinions if it.answered_utc]
    ends = [it.answered_utc or it.withdrawn_utc or now_utc for it in opinions]
    hours = [_hours(it.asked_utc, end) for it, end in zip(opinions, ends, strict=True)]
    carried = [it for it in opinions if it.sent_utc and it.received_utc]
    transit = [_hours(it.sent_utc, it.received_utc) for it in carried if it.sent_utc and it.received_utc]
    return WayFigures(
        way=way,
        asked=len(opinions),
        answered=len(answered),
        open=sum(it.is_open for it in opinions),
        withdrawn=sum(it.withdrawn_utc is not None and it.answered_utc is None for it in opinions),
        late=sum((it.answered_utc or now_utc) > it.due_utc for it in opinions if it.answered_utc or it.is_open),
        differ=share(sum(it.agrees is False for it in answered), len(answered)),
        hours=median_hours(hours, [it.answered_utc is not None for it in opinions]),
        transit_hours=median_hours(transit, [True] * len(transit)),
    )


def _hours(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / 3600)
