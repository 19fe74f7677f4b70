"""The order of the whole list reckoned at once from columns: the same places as `in_order` gives them one by one.

Within a stretch, which ends with a protected case, cases stand by when they count as due, and then in clinical order.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Self

import numpy as np

from worklist.calendar import WorkingCalendar
from worklist.priority.held import NO_SCORE, Columns, Floats, Ints, instant, us_of
from worklist.priority.order import Bounds, Placed, Standing, TimeLeft, ai_raise, forecast_raise
from worklist.priority.policy import Policy

_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Working time is counted from here; only differences matter."""
_HOUR_US: Final = 3_600_000_000
_US: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Arranged:
    """An order of the cases; each is meant by its index in clinical order, 0 first."""

    order: Ints
    """The cases as they stand, the first first."""
    places: Ints
    """Of each case, 0 first."""
    stretches: Ints
    """Of each case, the number of its stretch; these never fall."""

    @classmethod
    def of(cls, cases: Columns, now_utc: datetime, policy: Policy) -> Self:
        """At that time under that policy. Raises ValueError for a time without a zone."""
        bounds = Bounds.at(now_utc, policy)
        clinical = np.arange(len(cases))
        if not policy.raises:
            return cls(clinical, clinical, np.zeros_like(clinical))
        nearly_due = cases.deadlines <= us_of(bounds.nearly_due_until_utc)
        protected = nearly_due | (cases.received <= us_of(bounds.waited_since_utc))
        stretches: Ints = np.cumsum(protected) - protected
        raised = np.maximum(_ai_raises(cases, policy), _forecast_raises(cases, now_utc, policy))
        order = np.lexsort((_worked(cases.deadlines, policy.calendar) - raised, stretches))
        places = np.empty_like(clinical)
        places[order] = clinical
        return cls(order, places, stretches)

    def overtaken_by(self, case: int) -> int:
        """How many cases of a worse clinical place stand before it; none from another stretch can."""
        end = int(np.searchsorted(self.stretches, self.stretches[case], side="right"))
        return int(np.count_nonzero(self.places[case + 1 : end] < self.places[case]))

    def overtakes(self, case: int) -> int:
        """How many cases of a better clinical place stand behind it."""
        return case - int(self.places[case]) + self.overtaken_by(case)


class Order:
    """The list's order at one time, with what `Placed` tells of each case."""

    def __init__(self, cases: Columns, now_utc: datetime, policy: Policy) -> None:
        self._cases, self._now_utc, self._policy = cases, now_utc, policy
        self._bounds, self._left = Bounds.at(now_utc, policy), TimeLeft(now_utc, policy.calendar)
        self.arranged = Arranged.of(cases, now_utc, policy)
        lifted = policy.model_copy(update={"shadow": False})
        self._would = Arranged.of(cases, now_utc, lifted) if policy.shadow else None

    def placed(self, case: int) -> Placed:
        """The case of that clinical index on its place."""
        it = self._standing(case)
        return Placed(
            standing=it,
            place=int(self.arranged.places[case]) + 1,
            time_left=self._left.to(it.deadline_utc),
            ai_raise=ai_raise(it, self._policy),
            forecast_raise=forecast_raise(it, self._policy),
            protected=self._bounds.protect(it),
            overtakes=self.arranged.overtakes(case),
            overtaken_by=self.arranged.overtaken_by(case),
            would_overtake=self._would.overtakes(case) if self._would else 0,
        )

    def _standing(self, case: int) -> Standing:
        cases, flag, chance = self._cases, self._cases.flags[case], self._cases.chances[case]
        is_valid = self._policy.uses_forecast and cases.foreseen[case] >= _valid_since(self._now_utc, self._policy)
        return Standing(
            clinical_place=case + 1,
            case_id=int(cases.ids[case]),
            accession_number=cases.numbers[case],
            deadline_utc=instant(int(cases.deadlines[case])),
            urgency=int(cases.urgencies[case]),
            received_utc=instant(int(cases.received[case])),
            flag_score=float(flag) if flag != NO_SCORE else None,
            late_probability=float(chance) if is_valid and chance != NO_SCORE else None,
        )


def hours_us(hours: Floats) -> Ints:
    """Hours in us, rounded as `timedelta` rounds them."""
    part, whole = np.modf(hours)
    rounded: Ints = whole.astype(np.int64) * _HOUR_US + np.rint(part * _HOUR_US).astype(np.int64)
    return rounded


def _ai_raises(cases: Columns, policy: Policy) -> Ints:
    return hours_us(policy.raise_working_hours * np.where(cases.flags != NO_SCORE, cases.flags, 0.0))


def _forecast_raises(cases: Columns, now_utc: datetime, policy: Policy) -> Ints:
    if not policy.uses_forecast:
        return np.zeros_like(cases.ids)
    counts = (cases.chances >= policy.forecast_from) & (cases.foreseen >= _valid_since(now_utc, policy))
    counts &= cases.chances != NO_SCORE
    return hours_us(policy.forecast_raise_working_hours * np.where(counts, cases.chances, 0.0))


def _valid_since(now_utc: datetime, policy: Policy) -> int:
    return us_of(now_utc - timedelta(hours=policy.forecast_valid_hours))


def _worked(deadlines: Ints, calendar: WorkingCalendar) -> Ints:
    """Working time up to each deadline, in us; many cases share one, and these stand together."""
    begins = np.flatnonzero(np.diff(deadlines, prepend=deadlines[:1] - 1))
    clock = _clock(calendar)
    known = [clock.to(instant(it)) // _US for it in deadlines[begins].tolist()]
    return np.repeat(np.array(known, np.int64), np.diff(begins, append=len(deadlines)))


@lru_cache(maxsize=4)
def _clock(calendar: WorkingCalendar) -> TimeLeft:
    return TimeLeft(_SINCE, calendar)
