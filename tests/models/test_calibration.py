"""A calibration keeps the order, gives probabilities, and finds the line that made the labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, fit_platt, log_odds

finite = st.floats(-50, 50)


@given(st.floats(0.01, 20), finite, st.lists(finite, min_size=2, max_size=30))
def test_probabilities_lie_in_0_to_1_and_keep_the_order_of_the_logits(
    slope: float, intercept: float, logits: list[float]
) -> None:
    ordered = np.sort(logits)
    probabilities = Calibration(slope=slope, intercept=intercept).probability(ordered)
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1
    assert np.all(np.diff(probabilities) >= 0)


def test_a_calibration_by_hand() -> None:
    assert Calibration(slope=2, intercept=-1).probability([0.5])[0] == pytest.approx(0.5)
    assert Calibration(slope=1, intercept=0).probability([[np.log(3)]])[0, 0] == pytest.approx(0.75)


def test_the_fit_finds_the_line_that_made_the_labels() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(1.0, 3.0, 40_000)
    labels = (rng.random(40_000) < expit(0.6 * logits - 0.8)).astype(int)
    found = fit_platt(logits, labels)
    assert found.slope == pytest.approx(0.6, abs=0.02)
    assert found.intercept == pytest.approx(-0.8, abs=0.04)


def test_the_fit_agrees_with_an_unpenalised_logistic_regression() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 5, 3000)
    labels = (rng.random(3000) < expit(0.3 * logits + 0.4)).astype(int)
    weights = np.where(labels == 1, 2.0, 1.0)
    oracle = LogisticRegression(C=1e9, tol=1e-9).fit(logits[:, None], labels, sample_weight=weights)
    found = fit_platt(logits, labels, weights)
    assert found.slope == pytest.approx(oracle.coef_[0, 0], rel=0.01)
    assert found.intercept == pytest.approx(oracle.intercept_[0], abs=0.01)


def test_perfectly_separated_classes_give_a_finite_calibration() -> None:
    found = fit_platt([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1])
    assert 0 < found.slope < 100
    assert found.probability([2.0])[0] < 1


def test_one_class_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_platt([0.1, 0.2], [1, 1])


@given(st.floats(1e-5, 1 - 1e-5))
def test_log_odds_undo_the_identity_calibration(probability: float) -> None:
    assert Calibration(slope=1, intercept=0).probability(log_odds(probability)) == pytest.approx(probability)


def test_log_odds_of_certainty_are_finite() -> None:
    assert np.all(np.isfinite(log_odds([0.0, 1.0])))
