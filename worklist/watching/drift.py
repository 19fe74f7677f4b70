"""Whether a model still sees what it saw at first: its scores and the slides' quality, week by week. Pure.

How much a distribution moved is told by the population stability index (PSI), whether it may be chance by the test of
Kolmogorov and Smirnov (scores) or chi-square (quality). A group is called moved only where both say so: the PSI of 50
slides against 300 is 0.2 by chance alone: (bins - 1)(1/n + 1/m), (P: Yurdakul and Naranjo, J Risk Model Valid 2020).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Level = Literal["as before", "moved", "moved far", "too few"]

MOVED: Final = 0.1
MOVED_FAR: Final = 0.25
"""PSI from which on a distribution has moved, and has moved far (P as a rule of thumb: Siddiqi 2006; A for slides)."""
FALSE_ALARM: Final = 0.05
"""Of weeks in which nothing changed, the share with an alarm is at most this (A)."""
LEAST_SLIDES: Final = 50
"""Fewer slides of a group in a week are not judged (A)."""
REFERENCE_SLIDES: Final = 300
"""A model's first slides here make its reference (A); a manifest carries no distribution of slide scores."""
_BINS: Final = 10
_QUALITIES: Final = ("ok", "warn", "reject")


@dataclass(frozen=True)
class Seen:
    """A slide that a model looked at."""

    at_utc: datetime
    score: float | None
    """None where its quality forbade one."""
    quality: str | None
    scanner: str
    site: str


@dataclass(frozen=True)
class Reference:
    """What a model saw at first."""

    scores: tuple[float, ...]
    quality: Mapping[str, int]
    until_utc: datetime
    """When its last slide was scored; later ones are judged against it."""


@dataclass(frozen=True)
class Shift:
    """One group's week against the reference."""

    week: date
    """Its Monday."""
    group: str
    """all; or scanner NAME, site NAME."""
    what: Literal["score", "quality"]
    slides: int
    psi: float | None
    p: float | None
    """Of the test alone."""
    adjusted_p: float | None
    """After Benjamini and Hochberg over all that was judged of that week."""
    level: Level


def reference_of(slides: Iterable[Seen]) -> Reference | None:
    """The reference of a model's first slides; None while there are too few that have a score."""
    first = sorted(slides, key=lambda it: it.at_utc)
    scored = [it for it in first if it.score is not None][:REFERENCE_SLIDES]
    if len(scored) < REFERENCE_SLIDES:
        return None
    until = scored[-1].at_utc
    quality = Counter(it.quality for it in first if it.at_utc <= until and it.quality)
    scores = tuple(round(it.score, 6) for it in scored if it.score is not None)
    return Reference(scores, {name: quality[name] for name in _QUALITIES}, until)


def shifts(slides: Iterable[Seen], reference: Reference, zone: ZoneInfo) -> list[Shift]:
    """Every week after the reference, in all and by scanner and site; the oldest week first."""
    groups: defaultdict[date, defaultdict[str, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for it in slides:
        if it.at_utc > reference.until_utc:
            members = groups[monday(it.at_utc, zone)]
            for name in ("all", it.scanner and f"scanner {it.scanner}", it.site and f"site {it.site}"):
                if name:
                    members[name].append(it)
    found: list[Shift] = []
    for week, members in sorted(groups.items()):
        judged = [_judge(week, name, seen, reference) for name, seen in sorted(members.items())]
        found += _with_levels([shift for pair in judged for shift in pair])
    return found


def monday(instant_utc: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week of an instant, on the site's calendar."""
    day = instant_utc.astimezone(zone).date()
    return date.fromordinal(day.toordinal() - day.weekday())


def score_psi(reference: Floats, now: Floats) -> float:
    """PSI of scores in the reference's tenths; half a slide is added to each, so that an empty one tells not all."""
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return psi(
        np.bincount(np.searchsorted(edges, reference), minlength=len(edges) + 1),
        np.bincount(np.searchsorted(edges, now), minlength=len(edges) + 1),
    )


def psi(reference: npt.NDArray[np.int64], now: npt.NDArray[np.int64]) -> float:
    """Population stability index of counts in the same classes: sum of (q - p) ln(q / p)."""
    p, q = (counts + 0.5 for counts in (reference, now))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """p-values after Benjamini and Hochberg (1995)."""
    return [float(p) for p in stats.false_discovery_control(p_values)] if p_values else []


def _judge(week: date, group: str, seen: list[Seen], reference: Reference) -> tuple[Shift, Shift]:
    scores = np.array([it.score for it in seen if it.score is not None], np.float64)
    first = np.array(reference.scores)
    told = Counter(it.quality for it in seen if it.quality)
    now = np.array([told[name] for name in _QUALITIES])
    before = np.array([reference.quality.get(name, 0) for name in _QUALITIES])
    score = _raw(week, group, "score", len(scores))
    if len(scores) >= LEAST_SLIDES:
        p = float(stats.ks_2samp(first, scores).pvalue)
        score = _raw(week, group, "score", len(scores), score_psi(first, scores), p)
    quality = _raw(week, group, "quality", int(now.sum()))
    if now.sum() >= LEAST_SLIDES and before.sum() >= LEAST_SLIDES:
        quality = _raw(week, group, "quality", int(now.sum()), psi(before, now), _same_shares(before, now))
    return score, quality


def _same_shares(before: npt.NDArray[np.int64], now: npt.NDArray[np.int64]) -> float:
    table = np.array([before, now])
    table = table[:, table.sum(axis=0) > 0]
    return float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0


def _raw(
    week: date,
    group: str,
    what: Literal["score", "quality"],
    slides: int,
    size: float | None = None,
    p: float | None = None,
) -> Shift:
    return Shift(week, group, what, slides, size, p, None, "too few")


def _with_levels(week: list[Shift]) -> list[Shift]:
    judged = [it for it in week if it.p is not None]
    by_shift = dict(zip(map(id, judged), adjusted([it.p for it in judged if it.p is not None]), strict=True))
    return [_told(it, by_shift.get(id(it))) for it in week]


def _told(it: Shift, p: float | None) -> Shift:
    level: Level = "too few"
    if p is not None and it.psi is not None:
        sure = p <= FALSE_ALARM
        level = "moved far" if sure and it.psi >= MOVED_FAR else "moved" if sure and it.psi >= MOVED else "as before"
    return Shift(it.week, it.group, it.what, it.slides, it.psi, it.p, p, level)
