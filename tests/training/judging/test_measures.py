"""Single figures agree with numbers by hand and with what they mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.judging.measures import at_threshold, calibration_error, interval, threshold_for_sensitivity


def test_a_calibration_error_by_hand() -> None:
    probabilities = np.array([0.05, 0.05, 0.95, 0.95, 1.0])
    labels = np.array([0, 1, 1, 1, 1])
    assert calibration_error(probabilities, labels) == pytest.approx((abs(1 - 0.1) + abs(3 - 2.9)) / 5)


def test_probabilities_that_come_true_have_almost_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random(100_000)
    assert calibration_error(probabilities, (rng.random(100_000) < probabilities).astype(np.int64)) < 0.01


def test_a_threshold_at_the_edge_counts_as_positive() -> None:
    point = at_threshold(np.array([0.2, 0.5, 0.5, 0.9]), np.array([0, 0, 1, 1]), 0.5)
    assert (point.sensitivity, point.specificity, point.f1) == (1.0, 0.5, 0.8)
    assert point.balanced_accuracy == 0.75


def test_figures_that_could_not_be_computed_are_left_out_of_an_interval() -> None:
    assert interval(np.array([0.5, np.nan, 0.5])) == (0.5, 0.5)
    assert np.isnan(interval(np.array([np.nan, np.nan]))).all()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=50).filter(
        lambda pairs: any(label for _, label in pairs)
    ),
    st.floats(0, 1),
)
def test_the_threshold_keeps_the_sensitivity_and_no_higher_one_does(
    pairs: list[tuple[float, int]], wanted: float
) -> None:
    probabilities = np.array([p for p, _ in pairs])
    labels = np.array([label for _, label in pairs])
    threshold = threshold_for_sensitivity(probabilities, labels, wanted)
    assert at_threshold(probabilities, labels, threshold).sensitivity >= wanted - 1e-9
    higher = at_threshold(probabilities, labels, np.nextafter(threshold, 2)).sensitivity
    positives = int(labels.sum())
    assert higher < wanted or higher * positives < 1
