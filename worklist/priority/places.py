"""The place of single cases, counted instead of merged: the same numbers as `in_order` gives them.

A case stands on its clinical place, further down by those that were raised past it, and further up by those that it was
raised past. Both lie within its own stretch between protected cases, and within the furthest raise of its own deadline;
so the cases near it that are raised or protected settle its place, with the number of all that are due by a time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worklist.priority.order import Bounds, Placed, Standing, TimeLeft, ai_raise, forecast_raise
from worklist.priority.policy import Policy


@dataclass(frozen=True)
class DueTimes:
    """How many open cases are due when."""

    deadlines: Sequence[datetime]
    """Each that there is, the earliest first."""
    before: Sequence[int]
    """How many cases are due before each of them, and at the end how many there are."""

    @classmethod
    def of(cls, counts: Iterable[tuple[datetime, int]]) -> "DueTimes":
        """From each deadline, the earliest first, and the number of cases that are due then."""
        deadlines, before = [], [0]
        for deadline, count in counts:
            deadlines.append(deadline)
            before.append(before[-1] + count)
        return cls(deadlines, before)

    def due_before(self, deadline: datetime) -> int:
        """How many are due before that time."""
        return self.before[bisect_left(self.deadlines, deadline)]


@dataclass(frozen=True)
class Neighbours:
    """The cases that are raised or protected and due near enough to matter, in clinical order."""

    standings: Sequence[Standing]
    """Their clinical places are not looked at."""
    numbers: Mapping[int, int]
    """Clinical places by case id: of the wanted cases, and of the last protected case before each."""
    due: DueTimes


def last_protected(wanted: Iterable[Standing], near: Sequence[Standing], bounds: Bounds) -> set[int]:
    """Ids of the protected cases that begin the stretches of the wanted ones, as far as they are near."""
    walls = [it for it in near if bounds.protect(it)]
    order = [clinical(it) for it in walls]
    found = (bisect_left(order, clinical(it)) - 1 for it in wanted)
    return {walls[at].case_id for at in found if at >= 0}


def counted(wanted: Iterable[Standing], near: Neighbours, now_utc: datetime, policy: Policy) -> list[Placed]:
    """Puts each wanted case on its place. Raises ValueError for a time without a zone."""
    reckoner = _Reckoner(near, now_utc, policy)
    return [reckoner.place(it) for it in wanted]


def clinical(it: Standing) -> tuple[datetime, int, datetime, str]:
    """What the clinical order goes by."""
    return it.deadline_utc, it.urgency, it.received_utc, it.accession_number


class _Reckoner:
    """Counts for one look at the list."""

    def __init__(self, near: Neighbours, now_utc: datetime, policy: Policy) -> None:
        self._near, self._policy = near, policy
        self._would = policy.model_copy(update={"shadow": False})
        self._bounds = Bounds.at(now_utc, policy)
        self._left = TimeLeft(now_utc, policy.calendar)
        self._order = [clinical(it) for it in near.standings]
        self._lefts = [self._left.to(it.deadline_utc) for it in near.standings]
        self._raises = [self._raise(it) for it in near.standings]
        self._walls = [self._bounds.protect(it) for it in near.standings]

    def place(self, it: Standing) -> Placed:
        number, left = self._near.numbers[it.case_id], self._left.to(it.deadline_utc)
        overtakes = overtaken_by = 0
        if it.deadline_utc > self._bounds.nearly_due_until_utc and self._would.raises:
            overtakes = self._overtakes(it, number, left - self._raise(it))
            overtaken_by = self._overtaken_by(it, left - self._raise(it))
        used = self._policy.raises
        return Placed(
            standing=it,
            place=number + (overtaken_by - overtakes) * used,
            time_left=left,
            ai_raise=ai_raise(it, self._policy),
            forecast_raise=forecast_raise(it, self._policy),
            protected=self._bounds.protect(it),
            overtakes=overtakes * used,
            overtaken_by=overtaken_by * used,
            would_overtake=overtakes * self._policy.shadow,
        )

    def _raise(self, it: Standing) -> timedelta:
        return max(ai_raise(it, self._would), forecast_raise(it, self._would))

    def _overtaken_by(self, it: Standing, key: timedelta) -> int:
        """Those behind it, in its stretch, that are raised before it; a protected one ends the stretch."""
        passed_by = 0
        if self._bounds.protect(it):
            return passed_by
        for at in range(bisect_right(self._order, clinical(it)), len(self._order)):
            left = self._lefts[at]
            if left - self._would.most_raised >= key:
                break
            passed_by += left - self._raises[at] < key
            if self._walls[at]:
                break
        return passed_by

    def _overtakes(self, it: Standing, number: int, key: timedelta) -> int:
        """Those before it, in its stretch, that count as due later than it does."""
        if key == self._left.to(it.deadline_utc):
            return 0
        not_passed = self._near.due.before[bisect_right(self._near.due.deadlines, key, key=self._left.to)]
        also_raised = 0
        for at in range(bisect_left(self._order, clinical(it)) - 1, -1, -1):
            if self._lefts[at] <= key:
                break
            if self._walls[at]:
                not_passed = self._near.numbers[self._near.standings[at].case_id]
                break
            also_raised += self._lefts[at] - self._raises[at] <= key
        nearly_due = self._near.due.before[bisect_right(self._near.due.deadlines, self._bounds.nearly_due_until_utc)]
        return number - 1 - max(not_passed, nearly_due) - also_raised
