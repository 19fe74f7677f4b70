"""Working days and working hours of a site: when an answer is due, and how much working time is left.

Instants are UTC; days and opening hours are the site's own (time zone, public holidays). A working time
is real time that passes while the site is open, so that a day with a change of clocks counts as it is.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import BaseModel, ConfigDict, model_validator

from worklist.errors import CalendarError

MAX_WORKING_DAYS = 366
"""A deadline further away than this is taken for a mistake."""


class WorkingCalendar(BaseModel):
    """When a site works. Denmark's public holidays by default; 8 to 16 is an assumption (A), to be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = "DK"
    """Country code as the `holidays` library knows it."""
    subdivision: str | None = None
    """State or region with holidays of its own; Denmark has none."""
    time_zone: str = "Europe/Copenhagen"
    opens: time = time(8)
    closes: time = time(16)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Days of the week that are worked; Monday is 0."""
    also_closed: tuple[date, ...] = ()
    """Days off beyond the public holidays, such as 24 December by local agreement."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "WorkingCalendar":
        if self.opens >= self.closes or self.opens.tzinfo or self.closes.tzinfo:
            raise CalendarError(
                f"calendar: opens {self.opens} and closes {self.closes}; give plain local times, opens first"
            )
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise CalendarError(f"calendar: weekdays {self.weekdays}; give at least one of 0 (Monday) to 6 (Sunday)")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CalendarError(
                f"calendar: unknown time_zone {self.time_zone!r}; give one such as Europe/Copenhagen"
            ) from error
        try:
            holidays.country_holidays(self.country, subdiv=self.subdivision)
        except NotImplementedError as error:
            raise CalendarError(
                f"calendar: no holidays known for country {self.country!r}, subdivision {self.subdivision!r};"
                " give codes of the `holidays` library, such as DK"
            ) from error
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def working_day(self) -> timedelta:
        """The length of a working day, from opening to closing on the clock."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def is_working_day(self, day: date) -> bool:
        """Whether the site works on that day of its own calendar."""
        return day.weekday() in self.weekdays and day not in _closed_days(self, day.year)

    def opening_utc(self, day: date) -> datetime:
        """When the site opens on that day, in UTC."""
        return datetime.combine(day, self.opens, self.zone).astimezone(UTC)

    def closing_utc(self, day: date) -> datetime:
        """When the site closes on that day, in UTC."""
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)

    def local_day(self, instant_utc: datetime) -> date:
        """The site's date at an instant."""
        return _aware(instant_utc).astimezone(self.zone).date()

    def shift_working_days(self, day: date, count: int) -> date:
        """The count-th working day after that day, or before it where count is negative; 0: the day itself."""
        if abs(count) > MAX_WORKING_DAYS:
            raise CalendarError(f"calendar: {count} working days; at most {MAX_WORKING_DAYS} are allowed")
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day


def deadline(received_utc: datetime, working_days: int, calendar: WorkingCalendar) -> datetime:
    """When the answer is due, in UTC: closing time of the n-th working day after the day of receipt.

    The day of receipt is day 0, whether it is a working day or not; that is the stricter reading of
    "within n working days" for what arrives at a weekend (A).
    """
    if working_days < 1:
        raise CalendarError(f"calendar: a deadline of {working_days} working days; give at least 1")
    day = calendar.shift_working_days(calendar.local_day(received_utc), working_days)
    return calendar.closing_utc(day)


def working_time(start_utc: datetime, end_utc: datetime, calendar: WorkingCalendar) -> timedelta:
    """The working time from one instant to another; negative where the end lies before the start."""
    start, end = _aware(start_utc), _aware(end_utc)
    if end < start:
        return -working_time(end, start, calendar)
    first, last = calendar.local_day(start), calendar.local_day(end)
    whole_years = sum((_worked(calendar, year)[-1] for year in range(first.year, last.year)), timedelta())
    return whole_years + _worked_this_year(calendar, last, end) - _worked_this_year(calendar, first, start)


@lru_cache(maxsize=1024)
def latest_within(start_utc: datetime, span: timedelta, calendar: WorkingCalendar) -> datetime:
    """The latest instant to which no more working time than `span` passes from the start; a negative span goes back.

    So `working_time(start, x) <= span` holds for every instant x up to it, and for none after it.
    """
    instant, step = timedelta(microseconds=1), timedelta(days=1)
    low = high = _aware(start_utc)
    while working_time(start_utc, low, calendar) > span:
        low, step = low - step, 2 * step
    while working_time(start_utc, high, calendar) <= span:
        high, step = high + step, 2 * step
    while high - low > instant:
        middle = low + (high - low) / 2
        low, high = (middle, high) if working_time(start_utc, middle, calendar) <= span else (low, middle)
    return low


def _worked_this_year(calendar: WorkingCalendar, day: date, instant: datetime) -> timedelta:
    """Working time from the turn of the site's year to the instant, which lies on that day."""
    before = _worked(calendar, day.year)[day.timetuple().tm_yday - 1]
    if not calendar.is_working_day(day):
        return before
    opening, closing = calendar.opening_utc(day), calendar.closing_utc(day)
    return before + max(min(instant, closing) - opening, timedelta())


@lru_cache(maxsize=256)
def _worked(calendar: WorkingCalendar, year: int) -> tuple[timedelta, ...]:
    """Working time of the year before each of its days, and of the whole year at the end."""
    day, total, before = date(year, 1, 1), timedelta(), [timedelta()]
    while day.year == year:
        if calendar.is_working_day(day):
            total += calendar.closing_utc(day) - calendar.opening_utc(day)
        before.append(total)
        if day == date.max:
            break
        day += timedelta(days=1)
    return tuple(before)


@lru_cache(maxsize=256)
def _closed_days(calendar: WorkingCalendar, year: int) -> frozenset[date]:
    public = holidays.country_holidays(calendar.country, subdiv=calendar.subdivision, years=year)
    return frozenset(public) | {day for day in calendar.also_closed if day.year == year}


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone; instants are passed in UTC")
    return instant.astimezone(UTC)
