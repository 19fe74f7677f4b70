"""The deadline is reckoned in words that a calendar confirms, and no forecast is never a good one."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cases import case
from ui.case.due import due_lines, duration_words, forecast_words
from worklist.calendar import WorkingCalendar, deadline
from worklist.kept_forecasts import KeptForecast

CALENDAR = WorkingCalendar()
RECEIVED = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
"""A Wednesday, 10:15 in Copenhagen."""


def lines(now: datetime, **changes: object) -> dict[str, str]:
    due = deadline(RECEIVED, 4, CALENDAR)
    told = {"received_utc": RECEIVED, "deadline_utc": due, **changes}
    return dict(due_lines(case("26-1", **told), now, CALENDAR))


def test_the_deadline_names_the_working_day_and_the_days_off_between() -> None:
    told = lines(RECEIVED + timedelta(hours=1))
    assert told["Received"] == "Wed 18 Nov 10:15"
    assert told["Due"] == (
        "Tue 24 Nov 16:00: kræftpakke bryst: closing time of working day 4 after the day of receipt,"
        " with 2 days off between"
    )
    assert told["Working time"] == "1 working hour used (3%), 4 working days 4 h left."


def test_one_working_day_is_said_as_one() -> None:
    due = deadline(RECEIVED, 1, CALENDAR)
    assert lines(RECEIVED, deadline_utc=due)["Due"].endswith(
        "closing time of the first working day after the day of receipt"
    )


def test_a_deadline_that_no_pathway_reckons_so_is_told_as_ordered() -> None:
    assert lines(RECEIVED, deadline_utc=RECEIVED + timedelta(hours=5))["Due"].endswith("bryst, as it was ordered")


def test_overdue_and_signed_out_are_told_as_that() -> None:
    late = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert lines(late)["Working time"].endswith("used, 2 working hours overdue.")
    done = {"signed_out_utc": late, "signed_out_by": "anna"}
    assert lines(late + timedelta(days=9), **done)["Working time"].endswith("2 working hours after the deadline.")
    early = {"signed_out_utc": RECEIVED + timedelta(hours=2), "signed_out_by": "anna"}
    assert "2 working hours until the sign-out" in lines(late, **early)["Working time"]


def test_a_mark_tells_who_wants_it_and_when_it_was_ordered_for() -> None:
    marked = {
        "urgent_by": "carl",
        "urgent_utc": RECEIVED + timedelta(hours=1),
        "urgent_reason": "patient in theatre",
        "ordered_deadline_utc": deadline(RECEIVED, 4, CALENDAR),
        "deadline_utc": datetime(2026, 11, 18, 15, 0, tzinfo=UTC),
    }
    told = lines(RECEIVED + timedelta(hours=2), **marked)
    assert told["Urgent"] == (
        "carl marked it urgent Wed 18 Nov 11:15: patient in theatre. As ordered it was due Tue 24 Nov 16:00."
    )
    assert told["Due"].endswith("as whoever marked it urgent wants it")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 working minutes"),
        (-59, "59 working minutes"),
        (60, "1 working hour"),
        (480, "1 working day"),
        (1150, "2 working days 3 h"),
    ],
)
def test_working_time_is_told_in_its_largest_units(minutes: int, words: str) -> None:
    assert duration_words(timedelta(minutes=minutes), CALENDAR) == words


def test_a_forecast_tells_its_age_and_none_is_unknown() -> None:
    due = RECEIVED + timedelta(days=9)
    assert "unknown, not safe" in forecast_words(None, due, RECEIVED, CALENDAR)
    found = KeptForecast("26-1", 0.72, RECEIVED, RECEIVED, "hash")
    assert forecast_words(found, due, RECEIVED, CALENDAR) == (
        "72% likely to miss its deadline, by the forecast of Wed 18 Nov 10:15."
    )
    assert forecast_words(found, due, RECEIVED + timedelta(days=2), CALENDAR).endswith("; that is old by now.")


def test_a_case_that_is_late_already_is_not_foreseen() -> None:
    found = KeptForecast("26-1", 1.0, RECEIVED, RECEIVED, "hash")
    for known in (None, found):
        assert forecast_words(known, RECEIVED, RECEIVED, CALENDAR) == "None is needed: the deadline has passed."
