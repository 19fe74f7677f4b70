"""A calibration keeps the order, gives probabilities, and finds the curve that made the labels."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, CalibrationKind, Isotonic, Platt, fit_calibration, fit_platt, log_odds

KINDS: tuple[CalibrationKind, ...] = get_args(CalibrationKind)
READ: TypeAdapter[Platt | Isotonic] = TypeAdapter(Calibration)

finite = st.floats(-50, 50)


@given(st.floats(0.01, 20), finite, st.lists(finite, min_size=2, max_size=30))
def test_probabilities_lie_in_0_to_1_and_keep_the_order_of_the_logits(
    slope: float, intercept: float, logits: list[float]
) -> None:
    ordered = np.sort(logits)
    probabilities = Platt(slope=slope, intercept=intercept).probability(ordered)
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1
    assert np.all(np.diff(probabilities) >= 0)


def test_a_calibration_by_hand() -> None:
    assert Platt(slope=2, intercept=-1).probability([0.5])[0] == pytest.approx(0.5)
    assert Platt(slope=1, intercept=0).probability([[np.log(3)]])[0, 0] == pytest.approx(0.75)


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


@pytest.mark.parametrize("kind", KINDS)
def test_one_class_cannot_be_calibrated(kind: CalibrationKind) -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_calibration(kind, [0.1, 0.2], [1, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_logit_that_is_no_number_is_refused(kind: CalibrationKind) -> None:
    with pytest.raises(ValueError, match="finite"):
        fit_calibration(kind, [0.1, float("nan"), 0.3], [1, 0, 1])


@given(st.sampled_from(KINDS), st.lists(st.tuples(finite, st.booleans()), min_size=2, max_size=40), finite)
def test_every_kind_keeps_the_order_and_is_never_certain(
    kind: CalibrationKind, rows: list[tuple[float, bool]], further: float
) -> None:
    logits = np.array([logit for logit, _ in rows])
    labels = np.array([label for _, label in rows]).astype(int)
    labels[:2] = (0, 1)
    found = fit_calibration(kind, logits, labels)
    probabilities = found.probability(np.sort(np.append(logits, further)))
    assert np.all(np.diff(probabilities) >= 0)
    assert np.all((probabilities >= 0) & (probabilities <= 1))
    if kind == "isotonic":
        assert probabilities.min() >= 1 / (np.sum(labels == 0) + 2) - 1e-9
        assert probabilities.max() <= 1 - 1 / (np.sum(labels == 1) + 2) + 1e-9


def test_a_temperature_is_found_and_moves_no_one_across_the_middle() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 4, 40_000)
    labels = (rng.random(40_000) < expit(logits / 2.5)).astype(int)
    found = fit_calibration("temperature", logits, labels)
    assert isinstance(found, Platt)
    assert 1 / found.slope == pytest.approx(2.5, rel=0.03)
    assert found.intercept == 0
    assert found.probability(0.0) == pytest.approx(0.5)


def test_isotonic_follows_a_curve_that_no_line_does() -> None:
    rng = np.random.default_rng(6)
    logits = rng.uniform(-3, 3, 60_000)
    truth = np.where(logits < 0, 0.1, 0.7)
    labels = (rng.random(60_000) < truth).astype(int)
    apart = np.abs(logits) > 0.1
    error = {
        kind: float(np.mean(np.abs(fit_calibration(kind, logits, labels).probability(logits) - truth)[apart]))
        for kind in KINDS
    }
    assert error["isotonic"] < 0.02
    assert error["platt"] > 0.05


def test_weights_count_rows_several_times() -> None:
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 2, 300)
    labels = (rng.random(300) < expit(logits)).astype(int)
    times = rng.integers(1, 4, 300)
    at = np.linspace(-3, 3, 13)
    for kind in ("temperature", "isotonic"):
        weighted = fit_calibration(kind, logits, labels, times).probability(at)
        repeated = fit_calibration(kind, np.repeat(logits, times), np.repeat(labels, times)).probability(at)
        assert weighted == pytest.approx(repeated, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_as_the_same_kind(kind: CalibrationKind) -> None:
    found = fit_calibration(kind, [-2.0, -1.0, 0.5, 1.0, 2.0], [0, 0, 1, 0, 1])
    assert READ.validate_json(READ.dump_json(found)) == found


def test_what_was_written_before_there_were_kinds_is_read_and_written_as_it_was() -> None:
    text = b'{"slope":1.5,"intercept":-0.5}'
    assert READ.validate_json(text) == Platt(slope=1.5, intercept=-0.5)
    assert READ.dump_json(READ.validate_json(text)) == text


@pytest.mark.parametrize(
    "knots", [[], [[1, 0.2], [0, 0.4]], [[0, 0.2], [0, 0.4]], [[0, 0.5], [1, 0.4]], [[0, 1.5]], [[float("inf"), 0.5]]]
)
def test_knots_that_fall_or_are_no_probabilities_are_refused(knots: list[list[float]]) -> None:
    with pytest.raises(ValidationError, match="knots"):
        READ.validate_python({"knots": knots})


def test_a_card_can_say_how_the_probability_comes_about() -> None:
    assert Platt(slope=2, intercept=-1).formula("logit(mean)") == "sigmoid(2.0000 x logit(mean) -1.0000)"
    assert "2 knots" in Isotonic(knots=((0.0, 0.1), (1.0, 0.9))).formula()


@given(st.floats(1e-5, 1 - 1e-5))
def test_log_odds_undo_the_identity_calibration(probability: float) -> None:
    assert Platt(slope=1, intercept=0).probability(log_odds(probability)) == pytest.approx(probability)


def test_log_odds_of_certainty_are_finite() -> None:
    assert np.all(np.isfinite(log_odds([0.0, 1.0])))
