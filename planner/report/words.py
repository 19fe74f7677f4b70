"""Figures as a manager would say them: shares, hours, money, each with its interval."""

import math
from typing import Protocol

NONE = "–"
"""Stands where there is no number."""
SMALLEST_PERCENT = 0.1


class Interval(Protocol):
    """A mean and the ends of its interval."""

    @property
    def mean(self) -> float:
        """Mean over the replications."""
        ...

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        ...

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        ...


class Say(Protocol):
    """How a number is put in words; `like` decides unit and decimals, as a mean does for the ends of its interval."""

    def __call__(self, value: float, like: float | None = None, /) -> str:
        """The number in words."""
        ...


def share(value: float, like: float | None = None, /) -> str:
    """A part of a whole in percent; a decimal where whole percents would hide something: `87%`, `99.6%`."""
    if not math.isfinite(value):
        return NONE
    percent, shown = 100 * value, 100 * (value if like is None else like)
    if like is None and 0 < percent < SMALLEST_PERCENT:
        return f"<{SMALLEST_PERCENT}%"
    text = f"{percent:.0f}" if 1 <= abs(shown) <= 98 or percent in (0, 100) else f"{percent:.1f}"
    return f"{text}%"


def number(value: float, like: float | None = None, /) -> str:
    """The figures that count, thousands apart: `12,300`, `8.4`, `0.031`."""
    if not math.isfinite(value):
        return NONE
    size = abs(value if like is None else like) or abs(value)
    if value == 0 or size == 0:
        return "0"
    decimals = (2 if size >= 100 else 1) - math.floor(math.log10(size))
    return f"{round(value, decimals):,.{min(max(decimals, 0), 6)}f}"


def whole(value: float, like: float | None = None, /) -> str:
    """A number of things: `12,345`; under ten with a decimal."""
    if not math.isfinite(value):
        return NONE
    size = abs(value if like is None else like)
    return f"{value:,.0f}" if size >= 10 or value == round(value) else f"{value:.1f}"


def hours(value: float, like: float | None = None, /) -> str:
    """A length of time in hours, in the unit that suits it: `12 min`, `7.5 h`, `3.2 days`."""
    if not math.isfinite(value):
        return NONE
    size = abs(value if like is None else like)
    if value == 0:
        return "0"
    if size < 1:
        return f"{number(value * 60, size * 60)} min"
    return f"{value:.1f} h" if size < 48 else f"{value / 24:.1f} days"


def working_hours(value: float, like: float | None = None, /) -> str:
    """Hours that somebody works, which stay hours however many: `120 h`."""
    return f"{number(value, like)} h" if math.isfinite(value) else NONE


def money_in(currency: str) -> Say:
    """Says amounts of a currency: `1,230,000 DKK`."""

    def say(value: float, like: float | None = None, /) -> str:
        return f"{number(value, like)} {currency}" if math.isfinite(value) else NONE

    return say


def points(value: float, _: float | None = None, /) -> str:
    """A difference of two shares, in percentage points: `4.2 points`."""
    return f"{100 * value:.1f} points" if math.isfinite(value) else NONE


def signed(text: str, value: float) -> str:
    """With a plus where it is above zero, a real minus where it is below, and none where it is rounded to zero."""
    if not any(digit in text for digit in "123456789"):
        return text.replace("-", "")
    return f"+{text}" if value > 0 else text.replace("-", "−")


def between(interval: Interval, say: Say) -> str:
    """`87% (85% to 89%)`, `3.2 days (3.1 to 3.3)`; without the brackets where there is no interval."""
    if not math.isfinite(interval.mean):
        return NONE
    middle = say(interval.mean)
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return middle
    ends = [say(end, interval.mean) for end in (interval.low, interval.high)]
    if set(ends) == {middle}:
        return middle
    unit = f" {middle.rpartition(' ')[2]}" if " " in middle else ""
    return f"{middle} ({ends[0].removesuffix(unit)} to {ends[1].removesuffix(unit)})"


def change(interval: Interval, say: Say) -> str:
    """A difference with its interval, all signed: `+4.1 points (+2.0 to +6.2)`."""
    return between(interval, lambda value, like=None: signed(say(value, like), value))
