"""The slide's number is the mean of the worst-looking area, whatever the order and however much benign tissue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Platt
from models.manifest import SlideRule, Threshold
from models.slide_rules import RULES, slide_probability, top_area_mean

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=60)
areas = st.floats(0.01, 4)


def test_the_mean_is_over_the_area_with_the_highest_probabilities() -> None:
    assert top_area_mean([0.1, 0.9, 0.3, 0.7], tile_area_mm2=0.04, area_mm2=0.08) == pytest.approx(0.8)
    assert top_area_mean([0.1, 0.9, 0.3, 0.7], tile_area_mm2=0.04, area_mm2=0.01) == pytest.approx(0.9)
    assert top_area_mean([0.1, 0.9], tile_area_mm2=0.04, area_mm2=4.0) == pytest.approx(0.5)


@given(probabilities, areas, areas, st.randoms())
def test_the_order_of_the_tiles_does_not_matter(
    values: list[float], tile: float, area: float, random: "np.random.Generator"
) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert top_area_mean(shuffled, tile, area) == pytest.approx(top_area_mean(values, tile, area))


@given(probabilities, areas, areas, st.integers(0, 100))
def test_more_benign_tissue_never_lowers_a_slide_whose_worst_area_is_full(
    values: list[float], tile: float, area: float, benign: int
) -> None:
    k = max(1, round(area / tile))
    alone = top_area_mean(values, tile, area)
    diluted = top_area_mean([*values, *[0.0] * benign], tile, area)
    assert diluted <= alone + 1e-9
    if k <= len(values):
        assert diluted == pytest.approx(alone)


@given(probabilities, areas, areas, st.integers(0, 59))
def test_raising_a_tile_never_lowers_the_slide(values: list[float], tile: float, area: float, which: int) -> None:
    raised = list(values)
    raised[which % len(values)] = 1.0
    assert top_area_mean(raised, tile, area) >= top_area_mean(values, tile, area) - 1e-9


def test_a_slide_without_tiles_has_no_score() -> None:
    with pytest.raises(ValueError, match="no score"):
        top_area_mean([], 0.04, 0.4)


def test_areas_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        top_area_mean([0.5], 0.0, 0.4)


def test_the_slides_probability_is_the_calibrated_log_odds_of_the_mean() -> None:
    rule = SlideRule(
        name="top_area_mean",
        area_mm2=0.08,
        calibration=Platt(slope=2.0, intercept=0.5),
        threshold=Threshold(value=0.5, chosen="by hand."),
    )
    expected = 1 / (1 + np.exp(-(2.0 * np.log(0.8 / 0.2) + 0.5)))
    assert slide_probability([0.9, 0.7, 0.1], 0.04, rule) == pytest.approx(expected)
    assert set(RULES) == {"top_area_mean"}
