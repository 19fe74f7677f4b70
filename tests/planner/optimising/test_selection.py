"""Ranking and selection on numbers drawn to order: the right one is kept, and claims are made as often as they may."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from planner.measures.intervals import Estimate
from planner.optimising.frontier import Point, front
from planner.optimising.selection import Elimination, confidence_above

COSTS = np.array([90.0, 100.0, 110.0, 130.0])
LEVELS = np.array([0.86, 0.92, 0.93, 0.95])
"""The second is the cheapest that keeps 0.9."""


def run_out(seed: int, most: int = 200) -> tuple[Elimination, int]:
    """Goes on until the choice is made; chance is shared in part, as by common random numbers."""
    draw = np.random.default_rng(seed)
    luck = draw.normal(0, 0.01, (1, most))
    levels = LEVELS[:, None] + luck + draw.normal(0, 0.01, (4, most))
    costs = COSTS[:, None] + 2 * luck * 100 + draw.normal(0, 2, (4, most))
    elimination, n = Elimination(0.9, 0.005, 1.0, 0.9), 5
    while elimination.look(costs[:, :n], levels[:, :n]) and n < most:
        n += 1
    return elimination, n


def test_the_cheapest_that_keeps_the_target_is_chosen_as_often_as_promised() -> None:
    chosen = [run_out(seed)[0].alive for seed in range(60)]
    assert sum(alive == {1} for alive in chosen) >= 0.9 * len(chosen)


def test_the_choice_ends_before_all_have_been_run_for_long() -> None:
    assert max(run_out(seed)[1] for seed in range(20)) < 100


def test_plans_alike_in_cost_are_not_run_for_ever() -> None:
    levels = np.full((2, 5), 0.95) + np.random.default_rng(1).normal(0, 0.001, (2, 5))
    elimination = Elimination(0.9, 0.005, 1.0, 0.9)
    assert not elimination.look(np.full((2, 5), 100.0), levels)
    assert elimination.keeps == elimination.alive == {0, 1}


def test_rows_of_those_that_were_dropped_are_not_needed_any_more() -> None:
    draw = np.random.default_rng(2)
    levels = LEVELS[:, None] + draw.normal(0, 0.002, (4, 6))
    costs = COSTS[:, None] + draw.normal(0, 3, (4, 6))
    elimination = Elimination(0.9, 0.005, 1.0, 0.9)
    elimination.look(costs[:, :5], levels[:, :5])
    assert 0 not in elimination.alive
    levels[0, 5] = costs[0, 5] = math.nan
    elimination.look(costs, levels)
    assert 0 not in elimination.alive
    assert 1 in elimination.keeps


def test_confidence_is_one_less_the_p_value_of_the_t_test() -> None:
    values = [0.91, 0.93, 0.9, 0.92, 0.905]
    tested = stats.ttest_1samp(values, 0.9, alternative="greater")
    assert confidence_above(values, 0.9) == pytest.approx(1 - tested.pvalue)
    assert confidence_above([0.9, 0.9], 0.9) == 1
    assert confidence_above([0.89, 0.89], 0.9) == 0
    assert math.isnan(confidence_above([0.95], 0.9))
    assert math.isnan(confidence_above([0.95, math.nan], 0.9))


def test_a_plan_just_at_the_target_is_seldom_claimed_to_keep_it() -> None:
    draw = np.random.default_rng(3)
    claimed = [confidence_above(draw.normal(0.9, 0.01, 20).tolist(), 0.9) >= 0.95 for _ in range(2_000)]
    assert np.mean(claimed) == pytest.approx(0.05, abs=0.015)


def point(cost: float, level: float) -> Point:
    return Point((), {}, Estimate(cost, cost, cost, 4), Estimate(level, level, level, 4), "not confirmed")


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30))
def test_the_front_is_what_no_other_beats(pairs: list[tuple[int, int]]) -> None:
    points = [point(cost, level) for cost, level in pairs]
    kept = {(it.cost.mean, it.on_time.mean) for it in front(points)}
    assert len(kept) == len(front(points))
    for cost, level in pairs:
        beaten = any(c <= cost and s >= level and (c, s) != (cost, level) for c, s in pairs)
        assert ((cost, level) in kept) == (not beaten)
