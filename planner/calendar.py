"""Local time of a scenario: clock changes, public holidays, weekly hours and moments, and when an answer is due.

The simulation counts elapsed milliseconds from local midnight of the first day. A local time is given in milliseconds
too: 86,400,000 a day from that midnight, as clocks on the wall show it. The two differ from a clock change on: its day
has 23 or 25 elapsed hours. Days are numbered from 0, the first; those before are negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

from planner.engine.tables import HOUR_MS, NEVER, Ints
from planner.errors import ScenarioError
from planner.scenario.demand import Deadline
from planner.scenario.rosters import WEEK_MINUTES, Roster, Times, days_of, span_of
from planner.scenario.scenario import Scenario
from planner.spans import Spans, cut

MINUTE_MS = 60_000
DAY_MS = 86_400_000
CLOSING_HOUR = 16
"""Local hour at which a working day ends for deadlines (assumed)."""
FIRST_YEAR, LAST_YEAR = 1950, 2150
"""Years in which clocks and holidays are known well enough."""
DAYS_AFTER = 1_100
"""Days after the simulation in which deadlines may fall: 366 working days and the days between them, with room."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Clock and holidays of one place, over a simulation of `days` days and some time before and after."""

    days: int
    start: date
    """Day 0."""
    first_day: int
    holiday: npt.NDArray[np.bool_]
    """By day from `first_day`: whether it is a public holiday."""
    working: Ints
    """Numbers of the working days: Monday to Friday and no public holiday."""
    changes: Ints
    """n: elapsed ms of clock changes, rising."""
    ahead: Ints
    """n + 1: ms by which local time is ahead of elapsed time before, between and after the changes."""

    @property
    def weekday(self) -> int:
        """Of day 0; Monday is 0."""
        return self.start.weekday()

    @property
    def midnights(self) -> Ints:
        """(days + 1): elapsed ms at which each simulated day begins; the last is the end of the simulation."""
        return self.elapsed(np.arange(self.days + 1) * DAY_MS)

    @property
    def horizon(self) -> int:
        """Elapsed ms at which the simulation ends: midnight after its last day."""
        return int(self.midnights[-1])

    def local(self, elapsed: Ints) -> Ints:
        """Local ms that the clock shows at elapsed ms."""
        return elapsed + self.ahead[np.searchsorted(self.changes, elapsed, "right")]

    def elapsed(self, local: Ints) -> Ints:
        """The first elapsed ms at which the clock shows this local time, or is past it where that time is left out."""
        return _elapsed(self.changes, self.ahead, local)

    def week_hour(self, bins: Ints) -> Ints:
        """Hour of the local week (Monday 00 is 0, up to 167) in which each bin, one elapsed hour, begins."""
        return (self.local(bins * HOUR_MS) // HOUR_MS + self.weekday * 24) % 168

    def month(self, day: Ints) -> Ints:
        """Month of each day; January is 0."""
        return (np.datetime64(self.start) + day).astype("datetime64[M]").astype(np.int64) % 12

    def weekly(self, weekdays: Sequence[int], first: int = 0, *, holidays_open: bool) -> tuple[Ints, Ints]:
        """Days from `first` on at which rows of a weekly plan come round, and those rows; by day, then row."""
        day = np.arange(first, self.days)
        comes = ((day + self.weekday) % 7)[:, None] == np.asarray(weekdays, np.int64)[None, :]
        if not holidays_open:
            comes &= ~self.holiday[day - self.first_day][:, None]
        found, row = np.nonzero(comes)
        return day[found], row

    def moments(self, times: Times) -> Ints:
        """Elapsed ms, rising, of weekly moments; one in an hour that the clock leaves out comes at the change."""
        minutes = np.array(times.week_minutes(), np.int64)
        day, row = self.weekly((minutes // 1440).tolist(), holidays_open=times.holidays == "open")
        return np.unique(self.elapsed(day * DAY_MS + minutes[row] % 1440 * MINUTE_MS))

    def roster_spans(self, roster: Roster) -> Spans:
        """Worked time over the simulation in elapsed ms, less breaks; the lane is the day on which the span began.

        A public holiday closes what begins on it. Day -1 is there for a night that runs into day 0. Spans of different
        days may touch, or overlap.
        """
        hours = np.array(_week_rows(roster.hours), np.int64)
        breaks = np.array(_week_rows(roster.breaks), np.int64).reshape(-1, 3)[:, 1:]
        breaks = np.concatenate([breaks + week * WEEK_MINUTES for week in (-1, 0, 1)])
        rows = np.arange(len(hours))
        pieces = cut(
            Spans(rows, hours[:, 1], hours[:, 2]),
            Spans(np.repeat(rows, len(breaks)), *np.tile(breaks, (len(hours), 1)).T),
        )
        weekday = hours[pieces.lane, 0]
        day, row = self.weekly(weekday.tolist(), first=-1, holidays_open=roster.holidays == "open")
        monday = (day - weekday[row]) * DAY_MS
        start, end = (
            np.clip(self.elapsed(monday + edge[row] * MINUTE_MS), 0, self.horizon)
            for edge in (pieces.start, pieces.end)
        )
        return cut(Spans(day, start, end))

    def due(self, deadline: Deadline, received: Ints) -> Ints:
        """Elapsed ms by which cases received at these ms are to be answered.

        Closing of the n-th working day after the day of receipt; or the same local time so many days later; or so many
        hours later.
        """
        if deadline.hours is not None:
            return received + int(min(deadline.hours * HOUR_MS, NEVER // 2))
        local = self.local(received)
        if deadline.calendar_days is not None:
            return self.elapsed(local + int(min(deadline.calendar_days * DAY_MS, NEVER // 2)))
        nth = np.searchsorted(self.working, local // DAY_MS, "right") + (deadline.working_days or 1) - 1
        return self.elapsed(self.working[nth] * DAY_MS + CLOSING_HOUR * HOUR_MS)


def calendar_of(scenario: Scenario) -> Calendar:
    """The scenario's calendar, over its days, its backlog's and those of its deadlines. Raises ScenarioError."""
    oldest = max((max(entry.received_hours_ago) for entry in scenario.backlog), default=0.0)
    first = scenario.start.toordinal() - 2 - int(oldest // 24)
    last = scenario.start.toordinal() + scenario.total_days + DAYS_AFTER
    if first < date(FIRST_YEAR, 1, 2).toordinal() or last > date(LAST_YEAR, 12, 30).toordinal():
        raise ScenarioError(
            f"start {scenario.start}, with days and backlog: cases are received or answers due outside {FIRST_YEAR} to"
            f" {LAST_YEAR}, for which clocks and holidays are known; change start, days or received_hours_ago"
        )
    return _calendar(scenario.start, scenario.total_days, scenario.time_zone, scenario.country, first, last)


@lru_cache(maxsize=64)
def _calendar(start: date, days: int, time_zone: str, country: str | None, first: int, last: int) -> Calendar:
    """`first` and `last`: ordinals of the first and the last day that the calendar covers."""
    ordinal = np.arange(first, last + 1)
    holiday = np.zeros(len(ordinal), bool)
    if country is not None:
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        holiday = np.isin(ordinal, [day.toordinal() for day in holidays.country_holidays(country, years=years)])
    changes, offsets = _clock_changes(ZoneInfo(time_zone), date.fromordinal(first - 1), date.fromordinal(last + 1))
    wall = (start - date(1970, 1, 1)) // timedelta(milliseconds=1)
    begin = int(_elapsed(changes, offsets, np.int64(wall)))
    return Calendar(
        days=days,
        start=start,
        first_day=first - start.toordinal(),
        holiday=holiday,
        working=ordinal[((ordinal - 1) % 7 < 5) & ~holiday] - start.toordinal(),
        changes=changes - begin,
        ahead=offsets + begin - wall,
    )


def _elapsed(changes: Ints, ahead: Ints, local: Ints | np.int64) -> Ints:
    """The first moment at which a clock shows `local` or more, being `ahead` of time in the eras between `changes`."""
    era = np.searchsorted(changes + ahead[:-1], local, "right")
    found: Ints = np.maximum(local - ahead[era], np.append(-NEVER, changes)[era])
    return found


def _clock_changes(zone: ZoneInfo, first: date, last: date) -> tuple[Ints, Ints]:
    """Changes of the zone's clock between two days, ms since 1970, and its offsets in ms before, between and after."""

    def offset(second: int) -> int:
        there = datetime.fromtimestamp(second, zone).utcoffset()
        return there // timedelta(milliseconds=1) if there else 0

    epoch = date(1970, 1, 1)
    days = range((first - epoch).days * 86_400, (last - epoch).days * 86_400 + 1, 86_400)
    changes, offsets = [], [offset(days[0])]
    for before, after in pairwise(days):
        if (now := offset(after)) != offsets[-1]:
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if offset(middle) == offsets[-1] else (before, middle)
            changes.append(after * 1000)
            offsets.append(now)
    return np.array(changes, np.int64), np.array(offsets, np.int64)


def _week_rows(table: dict[str, tuple[str, ...]]) -> list[tuple[int, ...]]:
    """Spans of a weekly table: weekday, and minutes from Monday 00:00 from and to, in order."""
    return sorted(
        (day, *(day * 1440 + minute for minute in span_of(text)))
        for days, spans in table.items()
        for day in days_of(days)
        for text in spans
    )
