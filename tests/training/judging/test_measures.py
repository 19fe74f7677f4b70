"""The figures agree with scikit-learn, with numbers by hand, and with what a bootstrap by patient must do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    recall_score,
    roc_auc_score,
)

from training.errors import TrainingError
from training.judging.measures import (
    Evaluation,
    at_threshold,
    auc_interval,
    calibration_error,
    measure,
    patient_weights,
    threshold_for_sensitivity,
    weighted_auc,
)


def made_up(n: int = 600, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(np.int64)
    probabilities = np.round(1 / (1 + np.exp(-(rng.normal(0, 1, n) + 2 * labels - 1))), 2)
    return probabilities, labels, np.array([f"p{i}" for i in rng.integers(0, 25, n)])


def test_the_figures_are_scikit_learns() -> None:
    probabilities, labels, patients = made_up()
    found = measure(probabilities, labels, patients, 0.4)
    called = probabilities >= 0.4
    assert found.n == 600
    assert found.patients == 25
    assert found.auc == pytest.approx(roc_auc_score(labels, probabilities))
    assert found.average_precision == pytest.approx(average_precision_score(labels, probabilities))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, called))
    assert found.f1 == pytest.approx(f1_score(labels, called))
    assert found.sensitivity == pytest.approx(recall_score(labels, called))
    assert found.specificity == pytest.approx(recall_score(labels, called, pos_label=0))
    assert found.threshold == 0.4


def test_the_names_are_those_of_the_command_line() -> None:
    assert list(Evaluation.model_fields) == [
        "n",
        "patients",
        "auc",
        "auc_ci",
        "average_precision",
        "balanced_accuracy",
        "f1",
        "ece",
        "threshold",
        "sensitivity",
        "specificity",
    ]


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


def test_weighted_aucs_are_scikit_learns_with_ties() -> None:
    probabilities, labels, patients = made_up(200)
    weights = patient_weights(patients, 20, seed=2)
    expected = [roc_auc_score(labels, probabilities, sample_weight=row) for row in weights]
    assert weighted_auc(probabilities, labels, weights) == pytest.approx(expected)


def test_patients_are_drawn_whole_and_as_many_as_there_are() -> None:
    patients = np.array(["a", "a", "b", "c", "c", "c"])
    weights = patient_weights(patients, 500, seed=0)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert weights[:, 2].mean() == pytest.approx(1.0, abs=0.15)


def test_an_interval_is_the_same_for_the_same_seed_and_holds_the_auc() -> None:
    probabilities, labels, patients = made_up()
    low, high = auc_interval(probabilities, labels, patients, seed=7)
    assert auc_interval(probabilities, labels, patients, seed=7) == (low, high)
    assert auc_interval(probabilities, labels, patients, seed=8) != (low, high)
    assert low < roc_auc_score(labels, probabilities) < high


def test_tiles_that_repeat_within_a_patient_do_not_narrow_the_interval() -> None:
    probabilities, labels, patients = made_up(300)
    low, high = auc_interval(probabilities, labels, patients)
    again = auc_interval(np.tile(probabilities, 4), np.tile(labels, 4), np.tile(patients, 4))
    assert again == pytest.approx((low, high), abs=1e-9)


def test_tiles_of_one_class_cannot_be_judged() -> None:
    with pytest.raises(TrainingError, match="one class"):
        measure(np.array([0.1, 0.2]), np.array([1, 1]), np.array(["a", "b"]), 0.5)
