"""The order of the list, made as far as it is asked for: what each case's place follows from, and nothing else.

Clinical order: the deadline, then urgency, then time of receipt, then accession number. That is least working time left
first whatever the time is, for working time left never falls as the deadline gets later. The AI (and, where the policy
says so, a forecast) makes a case count as due somewhat earlier. Cases that are nearly due or have waited long are
protected: they cut the clinical order into stretches, and a case moves only within its own stretch, so nothing from
behind gets past a protected case.

The clinical order can thus be read in pieces from an index, and a case is given out once no later one can pass it.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from worklist.calendar import WorkingCalendar, latest_within, working_time
from worklist.priority.policy import Policy

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the order needs to know of an open case."""

    clinical_place: int
    """Its place in the clinical order of the whole list, 1 first."""
    case_id: int
    """Names the case to whoever asked; the order does not look at it."""
    accession_number: str
    deadline_utc: datetime
    urgency: int
    """1 the most urgent."""
    received_utc: datetime
    flag_score: float | None
    """The case's score, 0 to 1, where the AI has flagged it; all else, low or unknown, is None alike."""
    late_probability: float | None = None
    """Forecast chance of missing the deadline; None where there is no forecast, or none that is still valid."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A case on its place, and in numbers why it stands there."""

    standing: Standing
    place: int
    time_left: timedelta
    """Working time left to the deadline; negative once working time has passed since."""
    ai_raise: timedelta
    """How much earlier the AI lets the case count as due, in working time; 0 unless it is flagged."""
    forecast_raise: timedelta
    """The same by its forecast; the larger of the two counts."""
    protected: bool
    """Whether the case is nearly due or has waited so long that nothing may overtake it any more."""
    overtakes: int
    """How many cases of a better clinical place it was raised past."""
    overtaken_by: int
    """How many cases of a worse clinical place were raised past it."""
    would_overtake: int
    """How many it would have been raised past, were the AI not in shadow mode."""


@dataclass(frozen=True)
class Bounds:
    """Which cases nothing may overtake any more, as instants: exact, and the same for all cases."""

    nearly_due_until_utc: datetime
    """Whoever is due by then has no more than the protected working time left."""
    waited_since_utc: datetime
    """Whoever came in by then has waited the longest wait, or longer."""

    @classmethod
    def at(cls, now_utc: datetime, policy: Policy) -> "Bounds":
        """The bounds at that time. Raises ValueError for a time without a zone."""
        nearly = timedelta(hours=policy.protect_working_hours)
        longest = policy.max_wait_working_days * policy.calendar.working_day
        return cls(latest_within(now_utc, nearly, policy.calendar), latest_within(now_utc, -longest, policy.calendar))

    def protect(self, it: Standing) -> bool:
        """Whether nothing may overtake that case."""
        return it.deadline_utc <= self.nearly_due_until_utc or it.received_utc <= self.waited_since_utc


def in_order(standings: Iterable[Standing], now_utc: datetime, policy: Policy) -> Iterator[Placed]:
    """Gives the cases out in the order of the list, each as soon as no later one can pass it.

    standings: in clinical order. Cases that nothing raises or protects may be left out behind the last place that is
    asked for: they can only come later still, so that the places up to there stay what they are.
    Raises ValueError for a time without a zone and for standings that are not in clinical order.
    """
    if not policy.shadow:
        yield from _merged(standings, now_utc, policy)
        return
    told = list(standings)
    would = policy.model_copy(update={"shadow": False})
    overtakes = {it.standing.case_id: it.overtakes for it in _merged(told, now_utc, would)}
    yield from _merged(told, now_utc, policy, lambda it: overtakes[it.case_id])


def ai_raise(it: Standing, policy: Policy) -> timedelta:
    """Only a flag raises: a low score and no score at all stand alike, so the unknown is never low."""
    if not policy.use_ai or it.flag_score is None:
        return _NONE
    return timedelta(hours=policy.raise_working_hours * it.flag_score)


def forecast_raise(it: Standing, policy: Policy) -> timedelta:
    """Only a forecast of the policy's probability or more raises; no forecast, and a good one, stand alike."""
    if not policy.uses_forecast or it.late_probability is None or it.late_probability < policy.forecast_from:
        return _NONE
    return timedelta(hours=policy.forecast_raise_working_hours * it.late_probability)


def _merged(
    standings: Iterable[Standing],
    now_utc: datetime,
    policy: Policy,
    would_overtake: Callable[[Standing], int] = lambda _it: 0,
) -> Iterator[Placed]:
    bounds = Bounds.at(now_utc, policy)
    time_left = TimeLeft(now_utc, policy.calendar)
    furthest = policy.most_raised if policy.raises else _NONE
    place = last = 0
    waiting: list[tuple[timedelta, int, Standing]] = []
    given: list[int] = []
    """Clinical places that were given out in this stretch, sorted."""

    def give() -> Placed:
        nonlocal place
        _, clinical, it = heappop(waiting)
        place += 1
        overtaken_by = len(given) - bisect_right(given, clinical)
        insort(given, clinical)
        return Placed(
            standing=it,
            place=place,
            time_left=time_left.to(it.deadline_utc),
            ai_raise=ai_raise(it, policy),
            forecast_raise=forecast_raise(it, policy),
            protected=bounds.protect(it),
            overtakes=clinical - place + overtaken_by,
            overtaken_by=overtaken_by,
            would_overtake=would_overtake(it),
        )

    for it in standings:
        if it.clinical_place <= last:
            raise ValueError(f"case {it.accession_number} does not follow in clinical order")
        last = it.clinical_place
        left = time_left.to(it.deadline_utc)
        while waiting and waiting[0][0] <= left - furthest:
            yield give()
        raised = max(ai_raise(it, policy), forecast_raise(it, policy)) if policy.raises else _NONE
        heappush(waiting, (left - raised, it.clinical_place, it))
        if bounds.protect(it):
            while waiting:
                yield give()
            given.clear()
    while waiting:
        yield give()


class TimeLeft:
    """Working time left to a deadline, reckoned once for all cases that are due then."""

    def __init__(self, now_utc: datetime, calendar: WorkingCalendar) -> None:
        self._now, self._calendar = now_utc, calendar
        self._known: dict[datetime, timedelta] = {}

    def to(self, deadline_utc: datetime) -> timedelta:
        """Negative once working time has passed since."""
        left = self._known.get(deadline_utc)
        if left is None:
            left = self._known[deadline_utc] = working_time(self._now, deadline_utc, self._calendar)
        return left
