"""Local time, holidays, rosters and deadlines, checked against Python's own dates and against the almanac."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.calendar import DAY_MS, MINUTE_MS, calendar_of
from planner.engine.tables import HOUR_MS
from planner.errors import ScenarioError
from planner.scenario.demand import Deadline
from planner.scenario.rosters import Roster, Times, days_of, span_of
from planner.scenario.scenario import Scenario
from tests.support.planner_futures import CLOCK_BACK, CLOCK_FORWARD, EASTER_WEEK, department

ZONES = ("Europe/Copenhagen", "UTC", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu")
Table = dict[str, list[str]]


def moment(scenario: Scenario, ms: int) -> datetime:
    """The instant at elapsed ms, by Python's own time zones."""
    zone = ZoneInfo(scenario.time_zone)
    begin = datetime.combine(scenario.start, datetime.min.time(), zone).astimezone(UTC)
    return begin + timedelta(milliseconds=ms)


def wall(scenario: Scenario, ms: int) -> datetime:
    """What a clock on the wall shows at elapsed ms."""
    return moment(scenario, ms).astimezone(ZoneInfo(scenario.time_zone)).replace(tzinfo=None)


def worked(scenario: Scenario, **roster: object) -> list[tuple[int, float, float]]:
    """Day, and elapsed hours from and to, of each span of a roster."""
    spans = calendar_of(scenario).roster_spans(Roster.model_validate(roster))
    return [(int(day), start / HOUR_MS, end / HOUR_MS) for day, start, end in zip(*spans, strict=True)]


def due(scenario: Scenario, received: datetime, **deadline: float) -> datetime:
    """When, on the wall, an answer is due to a case received at this time on the wall."""
    calendar = calendar_of(scenario)
    since = received - datetime.combine(scenario.start, datetime.min.time())
    elapsed = calendar.elapsed(np.array([since // timedelta(milliseconds=1)]))
    return wall(scenario, int(calendar.due(Deadline.model_validate(deadline), elapsed)[0]))


@settings(max_examples=60)
@given(st.sampled_from(ZONES), st.dates(date(1995, 1, 1), date(2036, 1, 1)), st.integers(0, 400 * DAY_MS))
def test_the_clock_on_the_wall_is_pythons(zone: str, start: date, ms: int) -> None:
    scenario = department(start=start, days=400, time_zone=zone, country=None)
    if wall(scenario, 0) == datetime.combine(start, datetime.min.time()):
        local = int(calendar_of(scenario).local(np.array([ms]))[0])
        assert datetime.combine(start, datetime.min.time()) + timedelta(milliseconds=local) == wall(scenario, ms)


@settings(max_examples=60)
@given(
    st.sampled_from(ZONES),
    st.dates(date(1995, 1, 1), date(2036, 1, 1)),
    st.lists(st.integers(0, 400 * 1440), min_size=2, max_size=20),
)
def test_local_time_never_runs_backwards_and_comes_back_where_it_exists(
    zone: str, start: date, minutes: list[int]
) -> None:
    calendar = calendar_of(department(start=start, days=400, time_zone=zone, country=None))
    local = np.sort(np.array(minutes)) * MINUTE_MS
    elapsed = calendar.elapsed(local)
    assert (np.diff(elapsed) >= 0).all()
    assert (calendar.local(elapsed) >= local).all()
    assert (calendar.local(elapsed - 1) < local).all()


def test_a_day_with_a_clock_change_has_23_or_25_hours() -> None:
    forward, back = calendar_of(department(**CLOCK_FORWARD)), calendar_of(department(**CLOCK_BACK))
    assert (np.diff(forward.midnights) / HOUR_MS).tolist() == [24, 23, 24]
    assert (np.diff(back.midnights) / HOUR_MS).tolist() == [24, 25, 24]
    assert forward.horizon == 71 * HOUR_MS


def test_a_night_over_the_clock_change_is_7_or_9_hours_long() -> None:
    nights = {"hours": {"sat": "22:00-06:00"}}
    assert worked(department(**CLOCK_FORWARD), **nights) == [(0, 22, 29)]
    assert worked(department(**CLOCK_BACK), **nights) == [(0, 22, 31)]


def test_a_shift_within_the_hour_that_is_left_out_does_not_take_place() -> None:
    assert worked(department(**CLOCK_FORWARD), hours={"sun": ["02:15-02:45", "08:00-09:00"]}) == [(1, 31, 32)]
    assert worked(department(**CLOCK_FORWARD), hours={"sun": "02:30-04:00"}) == [(1, 26, 27)]


def test_a_moment_within_the_hour_that_is_left_out_comes_at_the_change_and_a_doubled_one_once() -> None:
    times = Times.model_validate({"at": {"sun": ["02:30", "10:00"]}})
    forward, back = calendar_of(department(**CLOCK_FORWARD)), calendar_of(department(**CLOCK_BACK))
    assert (forward.moments(times) / HOUR_MS).tolist() == [26, 33]
    assert (back.moments(times) / HOUR_MS).tolist() == [26.5, 35]


def test_bins_know_their_hour_of_the_local_week() -> None:
    hours = calendar_of(department(**CLOCK_FORWARD)).week_hour(np.arange(71))
    assert hours[:3].tolist() == [120, 121, 122]
    assert hours[25:28].tolist() == [145, 147, 148]
    assert hours[47:49].tolist() == [0, 1]


def test_a_night_that_began_before_the_first_day_runs_into_it() -> None:
    scenario = department(start="2026-01-05", days=2, country=None)
    assert worked(scenario, hours={"sun": "22:00-06:00", "mon": "22:00-06:00"}) == [(-1, 0, 6), (0, 22, 30)]


def test_the_last_night_is_cut_at_the_end() -> None:
    assert worked(department(start="2026-01-05", days=1), hours={"mon": "22:00-06:00"}) == [(0, 22, 24)]


def test_breaks_are_taken_out_also_after_midnight_and_after_sunday() -> None:
    scenario = department(start="2026-01-11", days=2)
    night = worked(scenario, hours={"sun": "22:00-06:00"}, breaks={"sun": "23:30-00:30", "mon": "02:00-02:30"})
    assert night == [(0, 22, 23.5), (0, 24.5, 26), (0, 26.5, 30)]


def test_overlapping_hours_of_a_day_count_once() -> None:
    scenario = department(start="2026-01-05", days=1)
    assert worked(scenario, hours={"mon": ["07:00-12:00", "10:00-15:00"], "mon-fri": "15:00-16:00"}) == [(0, 7, 16)]


QUARTERS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
SPANS = st.tuples(QUARTERS, QUARTERS).filter(lambda pair: pair[0] != pair[1]).map("-".join)
TABLES = st.dictionaries(st.sampled_from(["mon", "wed-fri", "sun", "daily"]), st.lists(SPANS, min_size=1, max_size=2))


@settings(max_examples=20)
@given(TABLES.filter(bool), TABLES, st.sampled_from(["closed", "open"]))
def test_a_roster_is_worked_exactly_when_its_hours_say_so(hours: Table, breaks: Table, holidays: str) -> None:
    scenario = department(start="2026-03-30", days=9, time_zone="UTC")
    spans = worked(scenario, hours=hours, breaks=breaks, holidays=holidays)
    closed = {3, 4, 6, 7} if holidays == "closed" else set()

    def within(table: Table, hour: float, shut: set[int]) -> bool:
        return any(
            start <= (hour - 24 * day) * 60 < end
            for day in range(-1, 9)
            for days, texts in table.items()
            if day not in shut and day % 7 in days_of(days)
            for start, end in map(span_of, texts)
        )

    for hour in np.arange(0, 9 * 24, 0.25).tolist():
        on = any(start <= hour < end for _, start, end in spans)
        assert on == (within(hours, hour, closed) and not within(breaks, hour, set()))


def test_a_holiday_closes_what_begins_on_it_and_nothing_else() -> None:
    days = [day for day, _, _ in worked(department(**EASTER_WEEK), hours={"mon-fri": "22:00-06:00"})]
    assert days == [0, 1, 2, 8, 9, 10, 11]
    nights = worked(department(**EASTER_WEEK), hours={"mon-fri": "22:00-06:00"})
    assert nights[2] == (2, 70, 78), "the night into Maundy Thursday is worked to its end"


def test_holidays_can_be_worked_and_a_place_can_have_none() -> None:
    hours = {"mon-fri": "08:00-16:00"}
    assert len(worked(department(**EASTER_WEEK), hours=hours)) == 7
    assert len(worked(department(**EASTER_WEEK), hours=hours, holidays="open")) == 10
    assert len(worked(department(**EASTER_WEEK, country=None), hours=hours)) == 10
    assert len(worked(department(**EASTER_WEEK, country="US"), hours=hours)) == 10


def test_departures_do_not_leave_on_a_holiday_unless_told() -> None:
    calendar = calendar_of(department(**EASTER_WEEK))
    assert len(calendar.moments(Times.model_validate({"at": {"mon-fri": "10:00"}}))) == 7
    assert len(calendar.moments(Times.model_validate({"at": {"mon-fri": "10:00"}, "holidays": "open"}))) == 10


def test_always_is_every_moment() -> None:
    scenario = department(**CLOCK_BACK)
    spans = calendar_of(scenario).roster_spans(scenario.all_rosters["always"])
    assert spans.start[0] == 0
    assert spans.start[1:].tolist() == spans.end[:-1].tolist()
    assert spans.end[-1] == 73 * HOUR_MS


@pytest.mark.parametrize(
    ("received", "days", "answer"),
    [
        ("2026-03-30T10:00", 1, "2026-03-31T16:00"),
        ("2026-03-30T23:59", 1, "2026-03-31T16:00"),
        ("2026-03-31T00:00", 1, "2026-04-01T16:00"),
        ("2026-04-01T10:00", 1, "2026-04-07T16:00"),
        ("2026-04-01T10:00", 4, "2026-04-10T16:00"),
        ("2026-04-04T12:00", 2, "2026-04-08T16:00"),
        ("2026-04-03T09:00", 5, "2026-04-13T16:00"),
        ("2026-04-10T17:00", 7, "2026-04-21T16:00"),
    ],
)
def test_working_days_pass_over_easter_and_weekends(received: str, days: int, answer: str) -> None:
    assert due(
        department(**EASTER_WEEK), datetime.fromisoformat(received), working_days=days
    ) == datetime.fromisoformat(answer)


@settings(max_examples=60)
@given(st.integers(-20 * DAY_MS, 28 * DAY_MS), st.integers(1, 366))
def test_a_working_day_deadline_is_found_by_counting(received: int, days: int) -> None:
    scenario = department(
        start="2026-12-10", backlog=[{"stream": "cases", "step": "work", "received_hours_ago": [500]}]
    )
    closed = {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), *(date(2027, 3, d) for d in (25, 26, 28, 29))}
    closed |= {date(2027, 5, 6), date(2027, 5, 16), date(2027, 5, 17), date(2027, 12, 25), date(2027, 12, 26)}
    closed |= {date(2028, 1, 1), date(2028, 4, 13), date(2028, 4, 14), date(2028, 4, 16), date(2028, 4, 17)}
    closed |= {date(2028, 5, 25), date(2028, 6, 4), date(2028, 6, 5)}
    day, left = wall(scenario, received).date(), days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in closed
    found = calendar_of(scenario).due(Deadline(working_days=days), np.array([received]))
    assert wall(scenario, int(found[0])) == datetime.fromisoformat(f"{day}T16:00")


def test_calendar_days_keep_the_time_of_day_and_hours_do_not() -> None:
    scenario = department(**CLOCK_FORWARD)
    received = datetime.fromisoformat("2026-03-28T10:00")
    assert due(scenario, received, calendar_days=2) == datetime.fromisoformat("2026-03-30T10:00")
    assert due(scenario, received, hours=48) == datetime.fromisoformat("2026-03-30T11:00")


def test_an_absurdly_long_deadline_is_far_away_and_no_crash() -> None:
    calendar = calendar_of(department())
    for deadline in (Deadline(hours=1e300), Deadline(calendar_days=1e300)):
        assert calendar.due(deadline, np.array([0]))[0] > 1_000_000 * DAY_MS


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "0001-01-01"},
        {"start": "9999-12-31"},
        {"backlog": [{"stream": "cases", "step": "work", "received_hours_ago": [1e12]}]},
    ],
)
def test_times_out_of_mind_are_a_named_error(fields: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match="received_hours_ago"):
        calendar_of(department(**fields))
