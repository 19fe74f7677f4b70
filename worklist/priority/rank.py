"""The order of the list: the clinical order first, and how far the AI may raise a case in it.

Clinical order: least working time left to the deadline (overdue before all), then urgency, then time of
receipt, then accession number. The AI makes a flagged case count as due somewhat earlier. Cases that are
nearly due or have waited long are protected: they cut the clinical order into stretches, and a case
moves only within its own stretch, so nothing from behind gets past a protected case.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from worklist.calendar import working_time
from worklist.cases import Case
from worklist.priority.policy import Policy
from worklist.priority.reasons import explain


@dataclass(frozen=True)
class RankedCase:
    """A case with its place on the list and why it stands there."""

    rank: int
    """Place on the list, 1 first."""
    clinical_rank: int
    """Place that the clinical order alone would give."""
    case: Case
    time_left: timedelta
    """Working time left to the deadline; negative once working time has passed since."""
    overdue: bool
    ai_raise: timedelta
    """How much earlier the AI lets the case count as due, in working time; 0 unless it is flagged."""
    protected: bool
    """Whether the case is nearly due or has waited so long that nothing may overtake it any more."""
    overtakes: int
    """How many cases of a better clinical place the AI raised it past."""
    overtaken_by: int
    """How many flagged cases of a worse clinical place were raised past it."""
    reason: str
    """The place in words."""


@dataclass(frozen=True)
class _Placed:
    """A case on its clinical place, with what the order needs to know of it."""

    case: Case
    clinical_rank: int
    time_left: timedelta
    ai_raise: timedelta
    protected: bool
    stretch: int


def rank(cases: Iterable[Case], now_utc: datetime, policy: Policy) -> list[RankedCase]:
    """Puts every open case on its place; signed-out cases are left out.

    The result depends on the cases, the time and the policy alone, not on the order of the input.
    Raises ValueError for a time without a zone or two cases with one accession number.
    """
    if now_utc.tzinfo is None:
        raise ValueError(f"now_utc {now_utc} has no time zone; instants are passed in UTC")
    placed = _clinical_order([case for case in cases if case.is_open], now_utc, policy)
    listed = sorted(placed, key=lambda it: (it.stretch, it.time_left - it.ai_raise, it.clinical_rank))
    seen: list[int] = []
    ranked = []
    for place, it in enumerate(listed, start=1):
        overtaken_by = len(seen) - bisect_right(seen, it.clinical_rank)
        insort(seen, it.clinical_rank)
        ranked.append(_ranked(it, place, overtaken_by, now_utc, policy))
    return ranked


def _clinical_order(cases: list[Case], now_utc: datetime, policy: Policy) -> list[_Placed]:
    if len({case.accession_number for case in cases}) < len(cases):
        raise ValueError("two cases with one accession number; a list holds each case once")
    time_left = {case.accession_number: working_time(now_utc, case.deadline_utc, policy.calendar) for case in cases}
    cases = sorted(
        cases,
        key=lambda case: (
            time_left[case.accession_number],
            case.deadline_utc,
            case.urgency,
            case.received_utc,
            case.accession_number,
        ),
    )
    placed: list[_Placed] = []
    stretch = 0
    for place, case in enumerate(cases, start=1):
        left = time_left[case.accession_number]
        protected = _is_protected(case, left, now_utc, policy)
        placed.append(_Placed(case, place, left, _ai_raise(case, policy), protected, stretch))
        stretch += protected
    return placed


def _is_protected(case: Case, time_left: timedelta, now_utc: datetime, policy: Policy) -> bool:
    waited = working_time(case.received_utc, now_utc, policy.calendar)
    longest = policy.max_wait_working_days * policy.calendar.working_day
    return time_left <= timedelta(hours=policy.protect_working_hours) or waited >= longest


def _ai_raise(case: Case, policy: Policy) -> timedelta:
    """Only a flag raises: a low score and no score at all stand alike, so the unknown is never low."""
    if not policy.use_ai or case.ai_state != "flagged" or case.ai_score is None:
        return timedelta()
    return timedelta(hours=policy.raise_working_hours * case.ai_score)


def _ranked(it: _Placed, place: int, overtaken_by: int, now_utc: datetime, policy: Policy) -> RankedCase:
    overdue = now_utc > it.case.deadline_utc
    overtakes = it.clinical_rank - place + overtaken_by
    return RankedCase(
        rank=place,
        clinical_rank=it.clinical_rank,
        case=it.case,
        time_left=it.time_left,
        overdue=overdue,
        ai_raise=it.ai_raise,
        protected=it.protected,
        overtakes=overtakes,
        overtaken_by=overtaken_by,
        reason=explain(
            it.case,
            place=place,
            time_left=it.time_left,
            overdue=overdue,
            overtakes=overtakes,
            overtaken_by=overtaken_by,
            policy=policy,
        ),
    )
