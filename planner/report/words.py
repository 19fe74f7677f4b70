"""Figures as a manager would say them: shares, hours, money, each with its interval."""

import math
from typing import Protocol

NONE = "–"
"""Stands where there is no number."""


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


def share(value: float) -> str:
    """A part of a whole in percent; a decimal where whole percents would hide something: `87%`, `99.6%`."""
    if not math.isfinite(value):
        return NONE
    percent = 100 * value
    text = f"{percent:.0f}" if 1 <= percent <= 98.5 or percent in (0, 100) else f"{percent:.1f}"
    return f"{text}%"


def number(value: float) -> str:
    """Three figures that count, thousands apart: `12,300`, `8.4`, `0.031`."""
    if not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.{min(max(digits, 0), 6)}f}" if abs(rounded) < 100 else f"{rounded:,.0f}"


def whole(value: float) -> str:
    """A number of things: `12,345`; under ten with a decimal."""
    if not math.isfinite(value):
        return NONE
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"


def hours(value: float) -> str:
    """A length of time in hours, in the unit that suits it: `12 min`, `7.5 h`, `3.2 days`."""
    if not math.isfinite(value):
        return NONE
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1:
        return f"{number(value * 60)} min" if size < 1 / 6 else f"{value * 60:.0f} min"
    return f"{value:.1f} h" if size < 48 else f"{value / 24:.1f} days"


def money(value: float, currency: str) -> str:
    """An amount: `1,230,000 DKK`."""
    return f"{number(value)} {currency}" if math.isfinite(value) else NONE


def signed(text: str, value: float) -> str:
    """With a plus where it is above zero, and a real minus where it is below."""
    return f"+{text}" if value > 0 else text.replace("-", "−")


def between(interval: Interval, say: "Say") -> str:
    """`87% (85% to 89%)`, `3.2 days (3.1 to 3.3)`; without the brackets where there is no interval."""
    if not math.isfinite(interval.mean):
        return NONE
    middle = say(interval.mean)
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return middle
    low, high = say(interval.low), say(interval.high)
    if low == high == middle:
        return middle
    unit = middle.rpartition(" ")[2]
    same_unit = " " in middle and all(end.endswith(f" {unit}") for end in (low, high))
    ends = [end.removesuffix(f" {unit}") for end in (low, high)] if same_unit else [low, high]
    return f"{middle} ({ends[0]} to {ends[1]})"


def change(interval: Interval, say: "Say") -> str:
    """A difference with its interval, all signed: `+4% (+2% to +6%)`."""
    return between(interval, lambda value: signed(say(value), value))


def points(value: float) -> str:
    """A difference of two shares, in percentage points: `4.2 points`."""
    return f"{100 * value:.1f} points" if math.isfinite(value) else NONE


def listed(names: list[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


class Say(Protocol):
    """How a number is put in words."""

    def __call__(self, value: float, /) -> str:
        """The number in words."""
        ...
