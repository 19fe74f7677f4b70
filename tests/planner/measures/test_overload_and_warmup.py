"""Growth is told from chance and from the week's rhythm, and a start-up from a level."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import Estimate
from planner.measures.overload import GROWTH, GROWTH_SHARE, growth, slope_per_day, without_means
from planner.measures.warmup import check_warm_up, truncation
from tests.support.planner_outcomes import runs
from tests.support.planner_scenarios import single_queue


def summary(replication: int, per_day: float, share: float) -> Summary:
    return Summary(replication, 0, 0, {GROWTH: per_day, GROWTH_SHARE: share}, {}, {}, {}, np.zeros(0), {})


@given(st.floats(-50, 50), st.integers(14, 60), st.integers(0, 2**32))
def test_the_weeks_own_rhythm_is_no_trend(slope: float, days: int, seed: int) -> None:
    rhythm = np.random.default_rng(seed).uniform(0, 1000, 7)
    series = slope * np.arange(days) + rhythm[np.arange(days) % 7]
    assert slope_per_day(series) == pytest.approx(slope, abs=1e-6)


def test_a_short_series_has_the_plain_slope_and_one_day_has_none() -> None:
    assert slope_per_day(np.array([1.0, 3.0, 5.0])) == pytest.approx(2)
    assert slope_per_day(np.array([1.0, 4.0, 1.0])) == pytest.approx(0)
    assert math.isnan(slope_per_day(np.array([7.0])))


@pytest.mark.parametrize(
    ("shares", "grows"),
    [
        ([0.05, 0.06, 0.055], True),
        ([0.05, -0.06, 0.055], False),
        ([0.004, 0.004, 0.0041], False),
        ([0.05], True),
        ([-0.05], False),
        ([], False),
    ],
    ids=["surely", "by chance", "surely but little", "one run", "one run that shrinks", "no run"],
)
def test_a_backlog_grows_where_it_is_more_than_chance_and_large_enough(shares: list[float], grows: bool) -> None:
    assert growth([summary(number, 100 * share, share) for number, share in enumerate(shares)]).growing is grows


@pytest.mark.parametrize(("offered", "grows"), [(0.92, False), (0.99, True)])
def test_a_small_growth_is_believed_only_where_the_load_is_near_capacity(offered: float, grows: bool) -> None:
    slight = [summary(number, 0.3, share) for number, share in enumerate((0.014, 0.016, 0.015))]
    large = [summary(number, 0.9, share) for number, share in enumerate((0.044, 0.046, 0.045))]
    assert growth(slight, offered=offered).growing is grows
    assert growth(large, offered=offered).growing


def test_a_real_overload_is_seen_with_its_size_and_a_busy_queue_is_not_one() -> None:
    overloaded = growth(runs(single_queue(utilisation=1.2, days=14), 3))
    assert overloaded.growing
    assert overloaded.share.mean == pytest.approx(0.2 / 1.2, abs=0.04)
    assert not growth(runs(single_queue(utilisation=0.8, days=14), 3)).growing


def test_where_the_backlog_grows_no_mean_is_left() -> None:
    some = Estimate(1.0, 0.5, 1.5, 3)
    keys = [
        FigureKey("turnaround", "all", "", "mean"),
        FigureKey("turnaround", "all", "", "mean_over"),
        FigureKey("turnaround", "all", "", "p90"),
        FigureKey("queue", "station", "read @ main", "mean"),
        FigureKey("on_time", "all"),
        GROWTH,
    ]
    left = without_means(dict.fromkeys(keys, some))
    assert list(left) == [FigureKey("turnaround", "all", "", "p90"), FigureKey("on_time", "all"), GROWTH]


def open_days(days: int, level: float, transient_days: float, replications: int = 6) -> list[Summary]:
    """An empty department that fills, less work at weekends, and chance."""
    day = np.arange(days)
    random = np.random.default_rng(days)
    shape = level * (1 - np.exp(-day / transient_days)) + 10 * (day % 7 < 5)
    return [one(shape + random.normal(0, 3, days)) for _ in range(replications)]


def one(values: np.ndarray) -> Summary:
    return Summary(0, 0, 0, {}, {}, {}, {}, values, {})


def test_mser_of_five_batches_by_hand() -> None:
    # Means 0, 10, 12, 10, 11: from 0 variance 19.04 / 5, from 1 0.6875 / 4, from 2 0.667 / 3.
    assert truncation(np.repeat([0.0, 10.0, 12.0, 10.0, 11.0], 5), batch=5) == 5


def test_mser_leaves_out_a_start_up_and_nothing_of_a_week_that_repeats() -> None:
    week = np.array([5.0, 7, 9, 9, 8, 2, 1])
    assert truncation(np.tile(week, 12)) == 0
    assert truncation(np.concatenate((week * 0.2, week * 0.8, np.tile(week, 12), week[:3]))) == 14


@pytest.mark.parametrize(
    ("days", "transient_days", "given", "enough"),
    [(118, 2, 14, True), (118, 2, 7, True), (118, 10, 0, False), (118, 10, 7, False), (118, 10, 60, True)],
)
def test_a_warm_up_is_too_short_where_the_mean_would_be_wrong(
    days: int, transient_days: float, given: int, enough: bool
) -> None:
    found = check_warm_up(open_days(days, 100, transient_days), given)
    assert found.long_enough is enough
    assert found.level
    assert ("is long enough" if enough else f"level from day {found.suggested_days} on only") in found.sentence
    assert found.by_day.shape == (days,)


def test_a_level_department_with_much_chance_is_not_found_wanting() -> None:
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(50):
        noise = np.cumsum(random.normal(0, 5, (10, 118)), axis=1)
        walks = 100 + noise - noise.mean(axis=1, keepdims=True)
        wrong += not check_warm_up([one(walk) for walk in walks], 14).long_enough
    assert wrong <= 5


def test_what_never_comes_to_a_level_and_what_is_too_short_to_tell_are_said() -> None:
    assert "no level" in check_warm_up([one(np.arange(100.0)), one(np.arange(100.0) + 1)], 14).sentence
    for unknown in ([], [one(np.ones(20))], [one(np.zeros(0))], [one(np.ones(40))]):
        found = check_warm_up(unknown, 35)
        assert found.long_enough is None
        assert "cannot be judged" in found.sentence
