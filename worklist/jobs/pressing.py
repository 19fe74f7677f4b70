"""How pressing a job is: when the most pressing open case of its slide counts as due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worklist.priority.policy import Policy


NEVER: Final = 1e11
"""Due of a slide that no open case holds; about the year 5138, behind every real deadline."""
_DAY_S: Final = 86400


@dataclass(frozen=True)
class Pressing:
    """What a slide's case says of its hurry."""

    deadline_utc: datetime
    urgency: int
    """1 the most urgent, 5 the least."""
    flag_score: float | None
    """The case's highest score where one of its slides is flagged already; else None."""


def due_s(cases: Iterable[Pressing], raise_s: float) -> float:
    """When a slide counts as due, in seconds since 1970; least is read first. NEVER where no case is open.

    A case counts as due at its deadline; among those of one deadline the more urgent is first (by a second a level).
    A flagged sibling slide with score s makes it count as due s x `raise_s` earlier, so that what is left of a case
    that is likely to be raised is read soon. Nothing makes a slide count as due later.
    """
    return min((_due_s(case, raise_s) for case in cases), default=NEVER)


def raise_seconds(policy: "Policy") -> float:
    """The most by which the policy lets the AI raise a case, in seconds of the calendar.

    A working day is taken for a whole day, and weekends are not counted: this orders the reading of slides, not the
    list. 0 where the policy lets the AI raise nothing.
    """
    if not policy.raises:
        return 0.0
    working_day_h = policy.calendar.working_day.total_seconds() / 3600
    return policy.raise_working_hours / working_day_h * _DAY_S


def _due_s(case: Pressing, raise_s: float) -> float:
    return case.deadline_utc.timestamp() + case.urgency - raise_s * (case.flag_score or 0.0)
