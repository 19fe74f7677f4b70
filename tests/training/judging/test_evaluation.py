"""Figures agree with scikit-learn, intervals with what a bootstrap by patient must do, and pairs are paired."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
)

from tests.support.made_scores import made_scores
from training.errors import TrainingError
from training.judging.draws import draw_patients
from training.judging.evaluation import FIGURES, Evaluation, drawn_figures, measure, paired_differences
from training.judging.measures import calibration_error


def test_the_figures_are_scikit_learns() -> None:
    probabilities, labels, patients = made_scores()
    found = measure(probabilities, labels, patients, 0.4)
    called = probabilities >= 0.4
    assert (found.n, found.patients, found.positives) == (600, 25, labels.sum())
    assert found.auc == pytest.approx(roc_auc_score(labels, probabilities))
    assert found.average_precision == pytest.approx(average_precision_score(labels, probabilities))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, called))
    assert found.f1 == pytest.approx(f1_score(labels, called))
    assert found.sensitivity == pytest.approx(recall_score(labels, called))
    assert found.specificity == pytest.approx(recall_score(labels, called, pos_label=0))
    assert found.brier == pytest.approx(brier_score_loss(labels, probabilities))
    assert found.ece == pytest.approx(calibration_error(probabilities, labels))
    assert found.threshold == 0.4


def test_the_names_of_the_command_line_stay() -> None:
    named = {"n", "patients", "auc", "auc_ci", "average_precision", "balanced_accuracy", "f1", "ece", "threshold"}
    assert named | {"sensitivity", "specificity"} <= set(Evaluation.model_fields)


def test_every_figure_lies_in_its_interval_and_the_same_seed_gives_the_same() -> None:
    probabilities, labels, patients = made_scores()
    found = measure(probabilities, labels, patients, 0.4, seed=7)
    for name in FIGURES:
        value, low, high = found.figure(name)
        assert low <= value <= high, name
        assert low < high, name
    assert measure(probabilities, labels, patients, 0.4, seed=7) == found
    assert measure(probabilities, labels, patients, 0.4, seed=8).auc_ci != found.auc_ci


def test_tiles_that_repeat_within_a_patient_do_not_narrow_the_intervals() -> None:
    probabilities, labels, patients = made_scores(300)
    found = measure(probabilities, labels, patients, 0.4)
    again = measure(np.tile(probabilities, 4), np.tile(labels, 4), np.tile(patients, 4), 0.4)
    for name in FIGURES:
        assert again.figure(name) == pytest.approx(found.figure(name), abs=1e-9), name


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for seed in range(60):
        patients = np.repeat([f"p{i}" for i in range(40)], 5)
        labels = (rng.random(200) < 0.5).astype(np.int64)
        scores = rng.normal(0, 1, 200) + 1.0 * labels + np.repeat(rng.normal(0, 0.5, 40), 5)
        _, low, high = measure(1 / (1 + np.exp(-scores)), labels, patients, 0.5, seed).figure("auc")
        held += low <= 0.7365 <= high  # the normal distribution at 1 / sqrt(2 * 1.25)
    assert 52 <= held <= 60


def test_the_calibration_error_of_a_calibrated_model_may_be_nothing() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random(800)
    labels = (rng.random(800) < probabilities).astype(np.int64)
    found = measure(probabilities, labels, np.array([f"p{i}" for i in range(800)]), 0.5)
    assert found.ece_ci[0] < 0.01 < found.ece


def test_a_model_against_itself_differs_in_nothing() -> None:
    probabilities, labels, patients = made_scores()
    figures = drawn_figures(probabilities, labels, draw_patients(patients, 200), 0.4)
    for found in paired_differences(figures, figures):
        assert (found.value, found.low, found.high) == (0, 0, 0)
        assert not found.more_than_chance


def test_a_paired_difference_is_surer_than_the_two_intervals_suggest() -> None:
    probabilities, labels, patients = made_scores(800)
    worse = np.clip(probabilities + np.random.default_rng(5).normal(0, 0.15, 800), 0, 1)
    draws = draw_patients(patients)
    better, weaker = (drawn_figures(scores, labels, draws, 0.4) for scores in (probabilities, worse))
    found = {one.name: one for one in paired_differences(better, weaker)}["auc"]
    assert found.more_than_chance
    assert found.value > 0
    alone = measure(probabilities, labels, patients, 0.4)
    assert found.high - found.low < alone.auc_ci[1] - alone.auc_ci[0]


@pytest.mark.parametrize(
    ("probabilities", "labels", "patients", "why"),
    [
        ([0.1, 0.2], [1, 1], ["a", "b"], "one class"),
        ([0.1, 0.2], [0, 1], ["a", "a"], "one patient"),
        ([0.1, np.nan], [0, 1], ["a", "b"], "no numbers"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    probabilities: list[float], labels: list[int], patients: list[str], why: str
) -> None:
    with pytest.raises(TrainingError, match=why):
        measure(np.array(probabilities), np.array(labels), np.array(patients), 0.5)
