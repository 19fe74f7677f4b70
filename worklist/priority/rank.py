"""The ranked list: every open case on its place, with the reason in numbers and in words.

`rank` is the definition. `worklist.priority.page` gives the same places out of the store without reading it all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worklist.cases import Case
from worklist.priority.order import Placed, Standing, in_order
from worklist.priority.policy import Policy
from worklist.priority.reasons import Said, explain, sentence


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
    forecast_raise: timedelta
    """The same by its forecast, where the policy uses one; the larger of the two counts."""
    late_probability: float | None
    """Forecast chance of missing the deadline; None where the policy uses no forecast or there is none."""
    protected: bool
    """Whether the case is nearly due or has waited so long that nothing may overtake it any more."""
    overtakes: int
    """How many cases of a better clinical place it was raised past."""
    overtaken_by: int
    """How many cases of a worse clinical place were raised past it."""
    would_overtake: int
    """How many the AI would have raised it past, were it not in shadow mode."""
    why: tuple[Said, ...]
    """Why it stands there, in pieces."""

    @property
    def reason(self) -> str:
        """The place in words."""
        return sentence(self.rank, self.why)


def rank(
    cases: Iterable[Case], now_utc: datetime, policy: Policy, forecasts: Mapping[str, float] | None = None
) -> list[RankedCase]:
    """Puts every open case on its place; signed-out cases are left out.

    forecasts: by accession number, the chance that a case misses its deadline, 0 to 1.
    The result depends on the cases, the time, the policy and the forecasts alone, not on the order of the input.
    Raises ValueError for a time without a zone or two cases with one accession number.
    """
    there = [case for case in cases if case.is_open]
    if len({case.accession_number for case in there}) < len(there):
        raise ValueError("two cases with one accession number; a list holds each case once")
    there.sort(key=lambda it: (it.deadline_utc, it.urgency, it.received_utc, it.accession_number))
    known = (forecasts or {}) if policy.uses_forecast else {}
    standings = [
        Standing(
            clinical_place=number + 1,
            case_id=number,
            accession_number=case.accession_number,
            deadline_utc=case.deadline_utc,
            urgency=case.urgency,
            received_utc=case.received_utc,
            flag_score=case.ai_score if case.ai_state == "flagged" else None,
            late_probability=known.get(case.accession_number),
        )
        for number, case in enumerate(there)
    ]
    return [ranked(it, there[it.standing.case_id], now_utc, policy) for it in in_order(standings, now_utc, policy)]


def ranked(it: Placed, case: Case, now_utc: datetime, policy: Policy) -> RankedCase:
    """The case on that place, with its reason. Raises ValueError for a time without a zone."""
    if now_utc.tzinfo is None:
        raise ValueError(f"now_utc {now_utc} has no time zone; instants are passed in UTC")
    overdue = now_utc > case.deadline_utc
    return RankedCase(
        rank=it.place,
        clinical_rank=it.standing.clinical_place,
        case=case,
        time_left=it.time_left,
        overdue=overdue,
        ai_raise=it.ai_raise,
        forecast_raise=it.forecast_raise,
        late_probability=it.standing.late_probability,
        protected=it.protected,
        overtakes=it.overtakes,
        overtaken_by=it.overtaken_by,
        would_overtake=it.would_overtake,
        why=explain(it, case, overdue=overdue, policy=policy),
    )
