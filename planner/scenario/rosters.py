"""When people and machines work: weekly hours in the site's local time, as a manager would write them."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from planner.scenario.quantities import Part

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_MINUTES = 7 * 24 * 60

_DAYS_TEXT = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?$")
_SPAN_TEXT = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
_TIME_TEXT = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


def days_of(text: str) -> tuple[int, ...]:
    """Days of the week that a key names, Monday 0: `mon`, `mon-fri`, `sat-sun`, `daily`. Raises ValueError."""
    if text == "daily":
        return tuple(range(7))
    found = _DAYS_TEXT.match(text)
    if not found:
        raise ValueError(f"unknown days {text!r}; write mon, mon-fri, sat-sun or daily")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    if last < first:
        raise ValueError(f"days {text!r} run backwards; write them in two entries")
    return tuple(range(first, last + 1))


def span_of(text: str) -> tuple[int, int]:
    """Minutes of the day from and to; `22:00-06:00` ends the next day (to is over 1440). Raises ValueError."""
    found = _SPAN_TEXT.match(text)
    if not found:
        raise ValueError(f"unknown hours {text!r}; write them as 07:30-15:30")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if max(start, end) > 1440 or start == end or start == 1440:
        raise ValueError(
            f"hours {text!r} are empty or past 24:00; write them as 07:30-15:30, or 22:00-06:00 for a night"
        )
    return start, end if end > start else end + 1440


def time_of(text: str) -> int:
    """Minute of the day of `16:30`. Raises ValueError."""
    found = _TIME_TEXT.match(text)
    if not found:
        raise ValueError(f"unknown time {text!r}; write it as 16:30")
    return int(found[1]) * 60 + int(found[2])


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One text or several."""


class Roster(Part):
    """Weekly hours, less breaks. Local time; a public holiday is closed unless `holidays` says open."""

    hours: dict[str, Texts] = Field(min_length=1)
    """`mon-fri: ["07:30-15:30"]`; later keys add to earlier ones."""
    breaks: dict[str, Texts] = Field(default_factory=dict)
    """`mon-fri: "11:30-12:00"`; taken out of the hours."""
    holidays: Literal["closed", "open"] = "closed"

    @field_validator("hours", "breaks")
    @classmethod
    def _readable(cls, table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for days, spans in table.items():
            days_of(days)
            for span in spans:
                span_of(span)
        return table

    def week_minutes(self) -> list[tuple[int, int]]:
        """Worked spans of a week without holidays, in minutes from Monday 00:00 local, in order, apart, less breaks.

        A Sunday night that runs into Monday is given past the end of the week (to over 10080).
        """
        worked = _merged(_spans(self.hours))
        for start, end in _merged(_spans(self.breaks)):
            worked = [piece for span in worked for piece in _without(span, start, end)]
        return worked


class Times(Part):
    """Moments of the week in local time: departures of a courier, starts of a run, slots of a meeting."""

    at: dict[str, Texts] = Field(min_length=1)
    """`mon-fri: ["10:00", "16:30"]`."""
    holidays: Literal["closed", "open"] = "closed"

    @field_validator("at")
    @classmethod
    def _readable(cls, table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for days, times in table.items():
            days_of(days)
            for text in times:
                time_of(text)
        return table

    def week_minutes(self) -> list[int]:
        """The moments of a week, in minutes from Monday 00:00 local, in order."""
        return sorted(
            {day * 1440 + time_of(text) for days, times in self.at.items() for day in days_of(days) for text in times}
        )


ALWAYS = Roster(hours={"daily": ("00:00-24:00",)}, holidays="open")
"""Round the clock, every day: a machine, or a textbook's server."""


def _spans(table: dict[str, tuple[str, ...]]) -> list[tuple[int, int]]:
    return sorted(
        (day * 1440 + span_of(text)[0], day * 1440 + span_of(text)[1])
        for days, spans in table.items()
        for day in days_of(days)
        for text in spans
    )


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(span: tuple[int, int], start: int, end: int) -> list[tuple[int, int]]:
    pieces = [(span[0], min(span[1], start)), (max(span[0], end), span[1])]
    return [piece for piece in pieces if piece[0] < piece[1]]
