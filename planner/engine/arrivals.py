"""Cases as they come: when, how urgent, diseased or not, and what the AI will say of each.

Arrivals are a Poisson process along a rate that follows the profile's hours, holidays, the season and yearly growth.
Gaps between cases are drawn for a rate of one and carried over to the clock by the mean number of cases up to each
moment (inversion). So a higher rate brings the same cases earlier, and more of them after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from planner.calendar import DAY_MS, MINUTE_MS, Calendar, calendar_of
from planner.engine.compiled import Compiled
from planner.engine.draws import draw_key, mix, name_key
from planner.engine.keyed import exponentials, row_of_keys, uniforms
from planner.engine.tables import (
    AI_FAILED,
    AI_FLAGGED,
    AI_UNFLAGGED,
    AI_UNKNOWN,
    HOUR_MS,
    NO_DEADLINE,
    Codes,
    Floats,
    Ints,
    Keys,
    Rows,
)
from planner.scenario.demand import Backlog, Deadline, Profile, Stream
from planner.scenario.process import Ai
from planner.scenario.rosters import days_of, span_of

FOR_CASE = 0x9FB21C651E98DF25
FOR_GAP = 0xB492B66FBE98F273
FOR_TRUTH = 0xC6A4A7935BD1E995
FOR_SCORE = 0xCC9E2D51A3B195B7
FOR_FLAG = 0xE6546B64D35A2D0F
"""What a draw is for; any odd numbers would do, other than those of planner.engine.draws."""
YEAR_MS = 365.25 * DAY_MS


class Cases(NamedTuple):
    """n cases: columns of planner.engine.tables.Futures."""

    received: Ints
    release: Ints
    stream: Rows
    site: Rows
    step: Rows
    key: Keys
    deadline: Ints
    ai: Codes
    ai_now: Codes
    diseased: Codes


@dataclass(frozen=True, eq=False)
class Inflow:
    """A stream made ready for drawing."""

    row: int
    site: int
    name: int
    """Key of the stream's name."""
    prevalence: float
    deadline: Deadline | None
    at: Ints
    """Elapsed ms of arrivals where they are given; else moments between which the rate is constant."""
    expected: Floats | None
    """Mean number of cases up to each of these moments; none where arrivals are given."""

    @property
    def mean(self) -> float:
        """Mean number of cases in a replication."""
        return float(len(self.at) if self.expected is None else self.expected[-1])


@dataclass(frozen=True, eq=False)
class OpenCases:
    """An entry of the backlog made ready: n cases of one stream at one step."""

    of: Inflow
    site: int
    step: int
    name: int
    received: Ints
    deadline: Ints
    flagged: bool | None


def inflows(compiled: Compiled) -> tuple[Inflow, ...]:
    """The scenario's streams, in their order."""
    scenario, calendar = compiled.scenario, calendar_of(compiled.scenario)
    profiles = scenario.all_profiles
    weeks = {name: _week_rates(profile) for name, profile in profiles.items()}
    found = []
    for row, stream in enumerate(scenario.arrivals):
        if stream.replay_hours is not None:
            hours = np.array(stream.replay_hours)
            at, expected = np.rint(hours[hours * HOUR_MS <= calendar.horizon] * HOUR_MS).astype(np.int64), None
        else:
            at, expected = _expected(stream, profiles[stream.profile], weeks[stream.profile], calendar)
        found.append(
            Inflow(
                row=row,
                site=compiled.sites.index(stream.site),
                name=name_key(f"stream:{stream.name}"),
                prevalence=stream.prevalence.value,
                deadline=scenario.pathways[stream.pathway].deadline_for(stream),
                at=at,
                expected=expected,
            )
        )
    return tuple(found)


def open_cases(compiled: Compiled, streams: tuple[Inflow, ...]) -> tuple[OpenCases, ...]:
    """The scenario's backlog, in its order."""
    calendar = calendar_of(compiled.scenario)

    def ready(number: int, entry: Backlog) -> OpenCases:
        of = streams[compiled.streams.index(entry.stream)]
        received = -np.rint(np.array(entry.received_hours_ago) * HOUR_MS).astype(np.int64)
        received = np.resize(received, entry.count)
        return OpenCases(
            of=of,
            site=of.site if entry.site is None else compiled.sites.index(entry.site),
            step=compiled.steps.index(entry.step),
            name=name_key(f"backlog:{number}" if entry.case is None else f"case:{entry.case}"),
            received=received,
            deadline=_deadlines(of, received, calendar),
            flagged=entry.flagged,
        )

    return tuple(ready(number, entry) for number, entry in enumerate(compiled.scenario.backlog))


def draw_arrivals(stream: Inflow, calendar: Calendar, ai: Ai | None, entry: int, seed: int, replication: int) -> Cases:
    """One replication's cases of a stream, as they come in at step `entry`."""
    if stream.expected is None:
        received = stream.at
        keys = _case_keys(stream.name, len(received), seed, replication)
    else:
        total = stream.mean
        many = int(total + 6 * np.sqrt(total) + 16)
        while True:
            keys = _case_keys(stream.name, many, seed, replication)
            passed = np.cumsum(exponentials(keys, FOR_GAP))
            if passed[-1] > total:
                break
            many *= 2
        passed = passed[: np.searchsorted(passed, total, "right")]
        keys = keys[: len(passed)]
        received = np.interp(passed, stream.expected, stream.at).astype(np.int64)
    diseased, says = _answers(keys, stream.prevalence, ai)
    return Cases(
        received=received,
        release=received,
        stream=np.full(len(keys), stream.row, np.int32),
        site=np.full(len(keys), stream.site, np.int32),
        step=np.full(len(keys), entry, np.int32),
        key=keys,
        deadline=_deadlines(stream, received, calendar),
        ai=says,
        ai_now=np.full(len(keys), AI_UNKNOWN, np.int8),
        diseased=diseased,
    )


def draw_open(entry: OpenCases, ai: Ai | None, seed: int, replication: int) -> Cases:
    """One replication's cases of an entry of the backlog, released at 0. What the AI has said already stands."""
    many = len(entry.received)
    keys = _case_keys(entry.name, many, seed, replication)
    diseased, says = _answers(keys, entry.of.prevalence, ai)
    said = np.full(many, {None: AI_UNKNOWN, True: AI_FLAGGED, False: AI_UNFLAGGED}[entry.flagged], np.int8)
    return Cases(
        received=entry.received,
        release=np.zeros(many, np.int64),
        stream=np.full(many, entry.of.row, np.int32),
        site=np.full(many, entry.site, np.int32),
        step=np.full(many, entry.step, np.int32),
        key=keys,
        deadline=entry.deadline,
        ai=says if entry.flagged is None else said,
        ai_now=said,
        diseased=diseased,
    )


def _case_keys(name: int, many: int, seed: int, replication: int) -> Keys:
    """Keys of the first cases of a stream, or of an entry of the backlog."""
    return row_of_keys(np.array(draw_key(name, mix(seed), replication, FOR_CASE), np.uint64), many)


def _answers(keys: Keys, prevalence: float, ai: Ai | None) -> tuple[Codes, Codes]:
    """Whether each case is diseased, which does not depend on the AI, and what the AI will say of it.

    The same draw stands behind every sensitivity, so that a higher one flags the same cases and some more.
    """
    diseased = uniforms(keys, FOR_TRUTH) < prevalence
    if ai is None:
        return diseased.astype(np.int8), np.full(len(keys), AI_UNKNOWN, np.int8)
    scored = uniforms(keys, FOR_SCORE)
    flagged = uniforms(keys, FOR_FLAG) < np.where(diseased, ai.sensitivity, ai.false_positive_fraction)
    says = np.select(
        [scored < ai.failed, scored < ai.failed + ai.unscored, flagged],
        [AI_FAILED, AI_UNKNOWN, AI_FLAGGED],
        AI_UNFLAGGED,
    )
    return diseased.astype(np.int8), says.astype(np.int8)


def _deadlines(stream: Inflow, received: Ints, calendar: Calendar) -> Ints:
    if stream.deadline is None:
        return np.full(len(received), NO_DEADLINE)
    return calendar.due(stream.deadline, received)


def _week_rates(profile: Profile) -> Floats:
    """(n, 4): weekday, minutes of the day from and to, and share of a week's cases that come in each minute of it."""
    given: dict[int, list[tuple[int, int, float]]] = {}
    for days, spans in profile.rates.items():
        for day in days_of(days):
            given.setdefault(day, []).extend((*span_of(text), rate) for text, rate in spans.items())
    rows = []
    for day, rates in sorted(given.items()):
        edges = sorted({edge for start, end, _ in rates for edge in (start, end)})
        for start, end in pairwise(edges):
            rate = sum(rate for first, last, rate in rates if first <= start and end <= last)
            if rate > 0:
                rows.append((day, start, end, rate))
    week = np.array(rows, np.float64)
    week[:, 3] /= np.sum((week[:, 2] - week[:, 1]) * week[:, 3])
    return week


def _expected(stream: Stream, profile: Profile, week: Floats, calendar: Calendar) -> tuple[Ints, Floats]:
    """Moments between which a stream's rate is constant, and the mean number of its cases up to each."""
    assert stream.per_week is not None
    day, row = calendar.weekly(week[:, 0].astype(np.int64).tolist(), holidays_open=profile.holidays == "open")
    start, end = (calendar.elapsed(day * DAY_MS + week[row, edge].astype(np.int64) * MINUTE_MS) for edge in (1, 2))
    season = np.ones(12) if stream.months is None else np.array(stream.months)
    growth = (1 + stream.growth_per_year) ** ((start + end) / 2 / YEAR_MS)
    minutes = (end - start) / MINUTE_MS
    cases = stream.per_week.value * week[row, 3] * minutes * season[calendar.month(day)] * growth
    at = np.concatenate(([0], np.stack((start, end), axis=1).ravel()))
    return at, np.repeat(np.concatenate(([0.0], np.cumsum(cases))), 2)[:-1]


def in_order(parts: Iterable[Cases]) -> Cases:
    """All of them, by the moment at which they appear; at one moment as they are given."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[Cases._fields.index("release")], kind="stable")
    return Cases._make(column.take(order) for column in columns)
