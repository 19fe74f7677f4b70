"""The checks of the invariants are seen to fail: each rule here is broken on purpose, and caught for what it breaks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from tests.support.precedence import Rule, check_list, check_stream, made_list
from worklist.cases import Case
from worklist.priority import order
from worklist.priority.order import Bounds, Standing
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, rank

Forecasts = dict[str, float]
LISTS = 1000
"""So many at most are looked at before a broken rule must have been caught."""


def loses_the_failed(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return rank([it for it in cases if it.ai_state != "failed"], now, policy, forecasts)


def takes_ties_as_they_come(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    came = {it.accession_number: number for number, it in enumerate(cases)}
    return _placed_by(rank(cases, now, policy, forecasts), lambda it: (it.time_left, came[it.case.accession_number]))


def has_a_will_of_its_own(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return _placed_by(rank(cases, now, policy, forecasts), lambda _: Random().random())


def puts_low_scores_last(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return _placed_by(rank(cases, now, policy, forecasts), lambda it: (it.case.ai_state == "not flagged", it.rank))


def takes_unknown_for_low(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    """Every scored case counts as due earlier by its score, so that the unread stand as if they had scored 0."""
    ranked = rank(cases, now, policy.without_ai(), forecasts)
    hours = policy.raise_working_hours * policy.use_ai * (not policy.shadow)
    return _placed_by(ranked, lambda it: it.time_left - timedelta(hours=hours * (it.case.ai_score or 0)))


def raises_with_the_ai_off(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return rank(cases, now, policy.model_copy(update={"use_ai": True, "shadow": False}), forecasts)


def forgets_the_deadline(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return _placed_by(rank(cases, now, policy, forecasts), lambda it: (it.case.received_utc, it.rank))


def takes_the_least_urgent(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return _placed_by(rank(cases, now, policy, forecasts), lambda it: (it.time_left, -it.case.urgency, it.rank))


def takes_the_latest_due(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
    return _placed_by(rank(cases, now, policy, forecasts), lambda it: (-it.time_left, it.rank))


def _placed_by(ranked: list[RankedCase], key: Callable[[RankedCase], object]) -> list[RankedCase]:
    return [replace(it, rank=place) for place, it in enumerate(sorted(ranked, key=key), start=1)]  # type: ignore[arg-type]


def catches(rule: Rule, fault: str) -> bool:
    """Whether the checks say so of the rule."""
    for seed in range(LISTS):
        try:
            check_list(rule, made_list(seed))
        except AssertionError as error:
            if fault in str(error):
                return True
    return False


def check_streams(rule: Rule) -> None:
    for seed in range(100):
        check_stream(rule, seed)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (loses_the_failed, "invariant 1"),
        (takes_ties_as_they_come, "depends on the order of the input"),
        (has_a_will_of_its_own, "or on chance"),
        (puts_low_scores_last, "invariant 2: passed without"),
        (takes_unknown_for_low, "invariant 3"),
        (raises_with_the_ai_off, "invariant 2: with"),
        (forgets_the_deadline, "invariant 2"),
        (takes_the_least_urgent, "invariant 2: passed without"),
        (takes_the_latest_due, "invariant 2"),
    ],
)
def test_a_broken_rule_is_caught_for_what_it_breaks(rule: Rule, fault: str) -> None:
    assert catches(rule, fault)


def test_a_score_that_lowers_is_caught_as_not_monotone(monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(it: Standing, policy: Policy) -> timedelta:
        score = 0.0 if it.flag_score is None or not policy.use_ai else 1.5 - it.flag_score
        return timedelta(hours=policy.raise_working_hours * score)

    monkeypatch.setattr(order, "ai_raise", backwards)
    assert catches(rank, "not monotone in score")


@pytest.mark.parametrize(("bound", "instant"), [("nearly_due_until_utc", 1990), ("waited_since_utc", 1990)])
def test_a_bound_that_protects_nobody_is_caught(monkeypatch: pytest.MonkeyPatch, bound: str, instant: int) -> None:
    honest = Bounds.at
    monkeypatch.setattr(
        Bounds, "at", lambda now, policy: replace(honest(now, policy), **{bound: now.replace(year=instant)})
    )
    assert catches(rank, "nearly due, or waited for long, and not protected")


def test_a_rule_that_overtakes_the_protected_is_caught_on_lists_and_starves_cases_in_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = order._merged

    def runs_on(standings, now, policy, would=lambda _: 0):  # type: ignore[no-untyped-def]
        """Stretches are not closed any more, while each case is still told to be protected."""
        told = list(standings)
        free = policy.model_copy(update={"protect_working_hours": 0, "max_wait_working_days": 300})
        bounds = Bounds.at(now, policy)
        for it in ended(told, now, free, would):
            yield replace(it, protected=bounds.protect(it.standing))

    monkeypatch.setattr(order, "_merged", runs_on)
    assert catches(rank, "a protected case was overtaken")
    with pytest.raises(AssertionError, match="passed by the stream"):
        check_streams(rank)


def test_first_come_first_served_by_flag_alone_starves_overdue_cases() -> None:
    def flagged_first(cases: list[Case], now: datetime, policy: Policy, forecasts: Forecasts) -> list[RankedCase]:
        ranked = [replace(it, protected=False) for it in rank(cases, now, policy, forecasts)]
        return _placed_by(ranked, lambda it: (it.case.ai_state != "flagged", it.rank))

    with pytest.raises(AssertionError, match="went back in a stream"):
        check_streams(flagged_first)
