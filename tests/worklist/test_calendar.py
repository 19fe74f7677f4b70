"""Working days and hours: known dates of the Danish year, changes of clocks, and what must always hold."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.calendar import WorkingCalendar, deadline, latest_within, working_time
from worklist.errors import CalendarError

DENMARK = WorkingCalendar()
ROUND_THE_CLOCK = WorkingCalendar(opens=time(0), closes=time(23), weekdays=(0, 1, 2, 3, 4, 5, 6))
HOUR = timedelta(hours=1)

calendars = st.sampled_from(
    [DENMARK, ROUND_THE_CLOCK, WorkingCalendar(country="US", subdivision="CA", time_zone="America/Los_Angeles")]
)
instants = st.datetimes(
    datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2028-12-01"), timezones=st.just(UTC)
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Copenhagen")).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        (local(2026, 11, 16, 9, 0), 2, local(2026, 11, 18, 16, 0)),
        (local(2026, 11, 20, 15, 0), 1, local(2026, 11, 23, 16, 0)),
        (local(2026, 11, 21, 3, 0), 1, local(2026, 11, 23, 16, 0)),
        (local(2026, 4, 1, 12, 0), 2, local(2026, 4, 8, 16, 0)),
        (local(2026, 12, 23, 12, 0), 4, local(2026, 12, 30, 16, 0)),
        (local(2025, 12, 31, 23, 30), 1, local(2026, 1, 2, 16, 0)),
    ],
    ids=["in the week", "over a weekend", "at a weekend", "over Easter", "over Christmas", "over New Year"],
)
def test_a_deadline_counts_danish_working_days(received: datetime, days: int, due: datetime) -> None:
    assert deadline(received, days, DENMARK) == due


def test_the_day_of_receipt_is_the_sites_own_day_not_the_utc_day() -> None:
    after_midnight = local(2026, 7, 7, 0, 30)
    assert after_midnight.date() == date(2026, 7, 6)
    assert deadline(after_midnight, 1, DENMARK) == local(2026, 7, 8, 16, 0)


def test_closing_time_is_closing_time_on_both_sides_of_a_change_of_clocks() -> None:
    assert deadline(local(2026, 3, 27, 12), 1, DENMARK) == datetime(2026, 3, 30, 14, 0, tzinfo=UTC)
    assert deadline(local(2026, 10, 23, 12), 1, DENMARK) == datetime(2026, 10, 26, 15, 0, tzinfo=UTC)


def test_a_local_day_off_is_no_working_day() -> None:
    closed = WorkingCalendar(also_closed=(date(2026, 12, 24),))
    assert deadline(local(2026, 12, 23, 12), 1, DENMARK) == local(2026, 12, 24, 16)
    assert deadline(local(2026, 12, 23, 12), 1, closed) == local(2026, 12, 28, 16)


def test_working_time_counts_opening_hours_only() -> None:
    friday, monday = local(2026, 11, 20, 14, 30), local(2026, 11, 23, 9, 0)
    assert working_time(friday, monday, DENMARK) == timedelta(hours=2, minutes=30)
    assert working_time(monday, friday, DENMARK) == -timedelta(hours=2, minutes=30)


def test_a_day_with_a_change_of_clocks_has_the_hours_that_pass_in_it() -> None:
    def worked(day: int, month: int) -> timedelta:
        return working_time(local(2026, month, day), local(2026, month, day, 23), ROUND_THE_CLOCK)

    assert (worked(29, 3), worked(25, 10), worked(26, 10)) == (22 * HOUR, 24 * HOUR, 23 * HOUR)


@given(calendars, instants, instants, instants)
def test_working_times_add_up(calendar: WorkingCalendar, a: datetime, b: datetime, c: datetime) -> None:
    assert working_time(a, b, calendar) + working_time(b, c, calendar) == working_time(a, c, calendar)


@given(calendars, instants, st.timedeltas(timedelta(), timedelta(days=500)))
def test_working_time_never_runs_backwards_nor_faster_than_the_clock(
    calendar: WorkingCalendar, start: datetime, passed: timedelta
) -> None:
    assert timedelta() <= working_time(start, start + passed, calendar) <= passed


@given(calendars, instants, st.integers(1, 30))
def test_a_deadline_ends_the_nth_working_day(calendar: WorkingCalendar, received: datetime, days: int) -> None:
    due = deadline(received, days, calendar)
    first = calendar.local_day(received) + timedelta(days=1)
    last = calendar.local_day(due)
    span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    assert sum(calendar.is_working_day(day) for day in span) == days
    assert calendar.is_working_day(last)
    assert due.astimezone(calendar.zone).time() == calendar.closes
    assert due > received


@given(calendars, instants, st.timedeltas(timedelta(), timedelta(days=30)), st.integers(1, 30))
def test_who_comes_later_or_has_more_days_is_never_due_earlier(
    calendar: WorkingCalendar, received: datetime, later: timedelta, days: int
) -> None:
    assert deadline(received + later, days, calendar) >= deadline(received, days, calendar)
    assert deadline(received, days + 1, calendar) > deadline(received, days, calendar)


@given(calendars, st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 30))
def test_shifting_working_days_there_and_back_returns(calendar: WorkingCalendar, day: date, count: int) -> None:
    start = calendar.shift_working_days(day, 1)
    assert calendar.shift_working_days(calendar.shift_working_days(start, count), -count) == start


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"country": "ZZ"}, "country 'ZZ'"),
        ({"country": "DK", "subdivision": "84"}, "subdivision '84'"),
        ({"time_zone": "Europe/Kobenhavn"}, "time_zone 'Europe/Kobenhavn'"),
        ({"opens": "16:00", "closes": "08:00"}, "opens first"),
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (7,)}, "weekdays"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_named(fields: dict[str, object], named: str) -> None:
    with pytest.raises(CalendarError, match=named):
        WorkingCalendar.model_validate(fields)


def test_times_without_a_zone_and_absurd_deadlines_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        deadline(datetime(2026, 1, 5), 1, DENMARK)  # noqa: DTZ001
    with pytest.raises(CalendarError, match="at least 1"):
        deadline(local(2026, 1, 5), 0, DENMARK)
    with pytest.raises(CalendarError, match="at most"):
        deadline(local(2026, 1, 5), 100_000, DENMARK)


@given(calendars, instants, st.floats(-400, 400))
def test_a_span_of_working_time_has_one_latest_instant(
    calendar: WorkingCalendar, start: datetime, hours: float
) -> None:
    span = timedelta(hours=hours)
    latest = latest_within(start, span, calendar)
    assert working_time(start, latest, calendar) <= span
    assert working_time(start, latest + timedelta(microseconds=1), calendar) > span


@given(calendars, instants, st.floats(0, 400), instants | st.integers(-2, 2))
def test_who_has_waited_so_long_came_in_by_that_instant(
    calendar: WorkingCalendar, now: datetime, hours: float, received: datetime | int
) -> None:
    span = timedelta(hours=hours)
    since = latest_within(now, -span, calendar)
    if isinstance(received, int):
        received = since + timedelta(microseconds=received)
    assert (received <= since) == (working_time(received, now, calendar) >= span)
