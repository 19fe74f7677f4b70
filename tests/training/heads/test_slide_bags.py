"""Bags that stand in for slides are built from one split, reproducibly, and the slide rule is fitted to them."""

import numpy as np
import pytest

from models.calibration import log_odds
from training.errors import TrainingError
from training.heads.slide_bags import (
    BAG_TILES,
    LEAST_LESION_TILES,
    bag_labels,
    bag_means,
    build_bags,
    calibrate_bags,
    choose_area,
    judge_bags,
)

TILE_MM2 = 0.04


def split(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(800) < 0.25).astype(np.int64)
    probabilities = np.where(labels == 1, rng.beta(5, 2, 800), rng.beta(1, 6, 800))
    return probabilities, labels, np.array([f"p{i}" for i in rng.integers(0, 20, 800)])


def test_every_other_bag_holds_a_lesion_and_sizes_stay_in_bounds() -> None:
    bags = build_bags(*split(), 200, np.random.default_rng(1))
    assert bag_labels(bags).tolist() == [0, 1] * 100
    for bag in bags:
        assert BAG_TILES[0] <= len(bag.probabilities) <= BAG_TILES[1]
        assert bag.lesion_tiles == 0 or LEAST_LESION_TILES <= bag.lesion_tiles <= len(bag.probabilities) // 2


def test_a_negative_bag_holds_no_carcinoma_tile() -> None:
    probabilities, labels, patients = split()
    benign = set(probabilities[labels == 0].tolist())
    for bag in build_bags(probabilities, labels, patients, 40, np.random.default_rng(1))[::2]:
        assert set(bag.probabilities.tolist()) <= benign


def test_the_same_seed_builds_the_same_bags() -> None:
    first, second = (build_bags(*split(), 10, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a.probabilities, b.probabilities) for a, b in zip(first, second, strict=True))


def test_the_calibrated_score_is_higher_for_bags_with_a_lesion() -> None:
    bags = build_bags(*split(), 400, np.random.default_rng(2))
    area = choose_area(bags, TILE_MM2, (0.4, 1.6))
    assert area in (0.4, 1.6)
    calibration = calibrate_bags(bags, TILE_MM2, area)
    scores = calibration.probability(log_odds(bag_means(bags, TILE_MM2, area)))
    assert scores[1::2].mean() > scores[::2].mean() + 0.2
    assert scores.mean() == pytest.approx(0.5, abs=0.02)


def test_the_figures_have_intervals_that_hold_them_and_lie_in_0_to_1() -> None:
    bags = build_bags(*split(), 200, np.random.default_rng(2))
    calibration = calibrate_bags(bags, TILE_MM2, 0.4)
    figures = judge_bags(*split(1), TILE_MM2, 0.4, calibration, 0.5, resamples=20)
    assert [figure.name for figure in figures][:2] == ["bag AUC", "bag sensitivity"]
    for figure in figures:
        assert 0 <= figure.low <= figure.high <= 1
        assert figure.low - 0.1 <= figure.value <= figure.high + 0.1


def test_tiles_of_one_class_make_no_bags() -> None:
    with pytest.raises(TrainingError, match="both classes"):
        build_bags(np.array([0.5]), np.array([1]), np.array(["a"]), 2, np.random.default_rng(0))
