"""Intervals: against scipy, by their coverage, and in the cases where an interval would be a lie."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from planner.errors import PlannerError
from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import estimate, paired, pool, replications_needed

P90 = FigureKey("turnaround", "all", "", "p90")
P90_OVER = P90._replace(detail="p90_over")
ON_TIME = FigureKey("on_time", "all")
FINITE = st.floats(-1e6, 1e6)


def summary(replication: int, **figures: float) -> Summary:
    names = {"p90": P90, "p90_over": P90_OVER, "on_time": ON_TIME}
    named = {names[name]: value for name, value in figures.items()}
    return Summary(replication, 0, 0, named, {}, {}, {}, np.zeros(0), {})


@given(st.lists(FINITE, min_size=2, max_size=30), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_the_one_of_scipy(values: list[float], confidence: float) -> None:
    ours = estimate(values, confidence)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    assert ours.mean == pytest.approx(np.mean(values), abs=1e-6)
    assert ours.half_width == pytest.approx(half, rel=1e-6, abs=1e-6)
    assert ours.n == len(values)


def test_the_interval_of_three_values_by_hand() -> None:
    ours = estimate([1.0, 2.0, 3.0])
    assert (ours.mean, ours.low, ours.high) == pytest.approx(
        (2.0, 2 - 4.3027 / math.sqrt(3), 2 + 4.3027 / math.sqrt(3)), abs=1e-4
    )


def test_95_percent_of_95_percent_intervals_cover_the_truth() -> None:
    draws = np.random.default_rng(5).normal(10.0, 3.0, (4000, 6))
    covered = np.mean([found.low <= 10.0 <= found.high for found in map(estimate, draws)])
    # Binomial standard error 0.0034; with n degrees of freedom, or the normal's 1.96, coverage is below 0.93.
    assert covered == pytest.approx(0.95, abs=0.012)


def test_one_value_has_no_interval_and_none_has_no_mean() -> None:
    one, none = estimate([0.7]), estimate([math.nan])
    assert one.mean == 0.7
    assert math.isnan(one.low)
    assert one.n == 1
    assert not one.excludes_zero
    assert math.isnan(none.mean)
    assert none.n == 0


def test_a_replication_without_such_cases_is_left_out_and_not_counted() -> None:
    pooled = pool([summary(0, on_time=0.5), summary(1, on_time=math.nan), summary(2), summary(3, on_time=0.7)])
    assert pooled[ON_TIME].mean == pytest.approx(0.6)
    assert pooled[ON_TIME].n == 2


def test_a_quantile_hidden_in_one_replication_is_not_averaged_over_the_lucky_ones() -> None:
    pooled = pool([summary(0, p90=10.0), summary(1, p90=math.nan, p90_over=300.0), summary(2, p90=20.0)])
    assert math.isnan(pooled[P90].mean)
    assert math.isnan(pooled[P90].low)
    assert pooled[P90].n == 2
    assert pooled[P90_OVER].mean == pytest.approx(110.0)
    assert pooled[P90_OVER].n == 3


def test_pairs_are_matched_by_number_not_by_place() -> None:
    before = [summary(0, on_time=0.1), summary(1, on_time=0.5), summary(7, on_time=0.9)]
    after = [summary(1, on_time=0.6), summary(9, on_time=0.0), summary(0, on_time=0.2)]
    difference = paired(before, after)[ON_TIME]
    assert difference.mean == pytest.approx(0.1)
    assert difference.half_width == pytest.approx(0.0, abs=1e-12)
    assert difference.n == 2
    assert difference.excludes_zero


def test_pairing_removes_what_both_have_in_common() -> None:
    random = np.random.default_rng(1)
    luck = random.normal(0, 10, 20)
    before = [summary(number, on_time=value) for number, value in enumerate(luck)]
    after = [summary(number, on_time=value + 1 + random.normal(0, 0.1)) for number, value in enumerate(luck)]
    difference = paired(before, after)[ON_TIME]
    assert difference.excludes_zero
    assert difference.half_width < 0.1
    assert pool(after)[ON_TIME].half_width > 2


def test_what_is_hidden_on_one_side_has_no_difference() -> None:
    before = [summary(0, p90=10.0), summary(1, p90=11.0), summary(2, p90=12.0)]
    after = [summary(0, p90=9.0), summary(1, p90=math.nan, p90_over=50.0), summary(2, p90=9.0)]
    for difference in (paired(before, after), paired(after, before)):
        assert math.isnan(difference[P90].mean)
        assert difference[P90].n == 2
        assert P90_OVER not in difference


def test_runs_without_a_common_replication_cannot_be_compared() -> None:
    with pytest.raises(PlannerError, match="no replication number is in both"):
        paired([summary(0, on_time=1.0)], [summary(1, on_time=1.0)])


@given(st.lists(FINITE, min_size=2, max_size=12), st.floats(1e-3, 1e3))
def test_the_number_of_replications_is_the_least_that_suffices(values: list[float], wanted: float) -> None:
    needed = replications_needed(values, wanted)
    spread = np.std(values, ddof=1)

    def half(n: int) -> float:
        return float(stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n))

    assert half(needed) <= wanted
    assert needed == 2 or half(needed - 1) > wanted


def test_precision_needs_two_values_and_a_width() -> None:
    with pytest.raises(PlannerError, match="at least 2"):
        replications_needed([1.0, math.nan], 0.1)
    with pytest.raises(PlannerError, match="above 0"):
        replications_needed([1.0, 2.0], 0.0)
    with pytest.raises(PlannerError, match="confidence"):
        estimate([1.0, 2.0], 95)
