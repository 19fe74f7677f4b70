"""Dates and times as people and systems write them in Denmark, read as instants; doubts are said, not hidden."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worklist.calendar import WorkingCalendar

ALLOWED = "give 2026-11-20 14:05 (ISO, with or without a zone such as +01:00) or 20-11-2026 14:05"

_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?P<sep>[-./])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4})"
    r"(?:[ T]+(?:kl\.? *)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?)?"
)
_YEAR_FIRST = re.compile(r"\d{4}-\d\d-\d\d")
_TIME_OF_DAY = re.compile(r"[T ](?:kl\.? *)?\d")


@dataclass(frozen=True)
class Moment:
    """An instant in UTC, and what had to be assumed to get it, a sentence each."""

    instant_utc: datetime
    doubts: tuple[str, ...]


def read_moment(text: str, calendar: WorkingCalendar) -> Moment:
    """Reads an ISO or a Danish (day first) date and time; without a zone it is the site's own time.

    Raises ValueError saying what is wrong and what is allowed.
    """
    text = " ".join(text.split())
    if not text:
        raise ValueError(f"is empty; {ALLOWED}")
    doubts: list[str] = []
    local = _day_first(text, doubts) or _iso(text)
    if not _TIME_OF_DAY.search(text):
        local = local.replace(hour=calendar.opens.hour, minute=calendar.opens.minute)
        doubts.append(f"{text!r} has no time of day; taken as {calendar.opens:%H:%M}, when the site opens")
    if local.tzinfo is not None:
        return Moment(local.astimezone(UTC), tuple(doubts))
    return Moment(_in_zone(local, text, calendar, doubts), tuple(doubts))


def _iso(text: str) -> datetime:
    if _YEAR_FIRST.match(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    raise ValueError(f"{text!r} is no date and time that can be read; {ALLOWED}")


def _day_first(text: str, doubts: list[str]) -> datetime | None:
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return None
    day, month, year = (int(found[part]) for part in ("day", "month", "year"))
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is settled by the caller
    except ValueError as error:
        raise ValueError(f"{text!r} is no date and time, day first: {error}; {ALLOWED}") from None
    if found["sep"] == "/" and day <= 12 and day != month:
        doubts.append(f"{text!r} could be day or month first; taken as {moment:%d %B %Y}")
    return moment


def _in_zone(local: datetime, text: str, calendar: WorkingCalendar, doubts: list[str]) -> datetime:
    """The instant of a time on the site's clocks; of two, the earlier, so that no deadline comes late."""
    first = local.replace(tzinfo=calendar.zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=calendar.zone, fold=1).astimezone(UTC)
    if first < second:
        doubts.append(f"{text!r} came twice that night (clocks go back); taken as the earlier")
    if first > second:
        doubts.append(f"{text!r} never was on the site's clocks (they go forward); taken an hour later")
    return first


def long_ago(instant_utc: datetime, now_utc: datetime, years: int) -> bool:
    """Whether a time of receipt lies more than that many years back."""
    return instant_utc < now_utc - timedelta(days=365.25 * years)


def far_in_the_future(instant_utc: datetime, now_utc: datetime) -> bool:
    """Whether a time of receipt lies further ahead than two clocks may differ (an hour: A)."""
    return instant_utc > now_utc + timedelta(hours=1)
