"""Which slide is read first: the one whose most pressing case is due first, pulled forward by a flagged sibling."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worklist.jobs.job import Rules
from worklist.jobs.pressing import NEVER, Pressing, due_s, raise_seconds
from worklist.priority.policy import Policy

RAISE_S = raise_seconds(Policy())

pressing = st.builds(
    Pressing,
    st.integers(1_600_000_000, 2_200_000_000).map(lambda it: datetime.fromtimestamp(it, UTC)),
    st.integers(1, 5),
    st.none() | st.floats(0, 1),
)


def test_sixteen_working_hours_of_the_ai_are_two_days_of_the_calendar() -> None:
    assert RAISE_S == 2 * 86400


def test_a_policy_that_lets_the_ai_raise_nothing_raises_nothing_here_either() -> None:
    assert raise_seconds(Policy(use_ai=False)) == 0
    assert raise_seconds(Policy(shadow=True)) == 0


def test_a_slide_of_no_open_case_is_behind_all_others() -> None:
    assert due_s([], RAISE_S) == NEVER


@given(pressing, st.floats(0, 1))
def test_a_flag_only_brings_forward_and_a_higher_score_further(case: Pressing, score: float) -> None:
    without = due_s([Pressing(case.deadline_utc, case.urgency, None)], RAISE_S)
    flagged = due_s([Pressing(case.deadline_utc, case.urgency, score)], RAISE_S)
    higher = due_s([Pressing(case.deadline_utc, case.urgency, (1 + score) / 2)], RAISE_S)
    assert higher <= flagged <= without
    assert without - flagged <= RAISE_S


@given(st.lists(pressing, min_size=1, max_size=4), pressing)
def test_a_further_case_never_makes_a_slide_wait_longer(cases: list[Pressing], other: Pressing) -> None:
    assert due_s([*cases, other], RAISE_S) == min(due_s(cases, RAISE_S), due_s([other], RAISE_S))


@given(pressing, pressing)
def test_the_earlier_deadline_is_first_and_urgency_decides_between_equal_ones(one: Pressing, two: Pressing) -> None:
    a, b = (Pressing(it.deadline_utc, it.urgency, None) for it in (one, two))
    if b.deadline_utc - a.deadline_utc > timedelta(seconds=5):
        assert due_s([a], RAISE_S) < due_s([b], RAISE_S)
    urgent, not_urgent = (Pressing(one.deadline_utc, urgency, None) for urgency in (1, 2))
    assert due_s([urgent], RAISE_S) < due_s([not_urgent], RAISE_S)


@given(st.integers(1, 1000))
def test_a_rest_grows_fourfold_up_to_its_limit(attempts: int) -> None:
    rules = Rules()
    rest = rules.retry_after(attempts)
    assert rest <= timedelta(seconds=rules.longest_retry_s)
    assert rules.retry_after(attempts + 1) == min(rest * 4, timedelta(seconds=rules.longest_retry_s))
