"""Choosing is judged against chance from the same start, and what it saves is read off the curves."""

import numpy as np
import pytest

from training.errors import TrainingError
from training.labelling.curve_report import curve_figure, curve_page, curve_rows
from training.labelling.label_curve import Known, LabelCurve, Plan, curve_points, label_curve, labels_saved
from training.labelling.measure_curve import MeasuredCurve


def made(n: int, seed: int, rare: float = 0.5) -> Known:
    """A class that two of eight features tell, in 20 patients."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < rare).astype(np.int64)
    features = rng.normal(0, 1, (n, 8))
    features[:, :2] += 1.2 * (labels[:, None] - 0.5)
    return Known(features, labels, np.array([f"p{i}" for i in rng.integers(0, 20, n)]))


@pytest.fixture(scope="module")
def curve() -> LabelCurve:
    return label_curve(made(300, 0), made(300, 1), Plan(first=10, step=10, rounds=5, seeds=3))


def test_both_ways_start_from_the_same_labels_and_learn(curve: LabelCurve) -> None:
    assert curve.labels.tolist() == [10, 20, 30, 40, 50]
    assert np.array_equal(curve.random[:, 0], curve.suggested[:, 0])
    assert not np.array_equal(curve.random[:, 1], curve.suggested[:, 1])
    assert curve.suggested[:, -1].mean() > curve.suggested[:, 0].mean()
    assert curve.all_auc >= curve.random.max() - 0.02


def test_the_same_plan_gives_the_same_curve(curve: LabelCurve) -> None:
    again = label_curve(made(300, 0), made(300, 1), Plan(first=10, step=10, rounds=5, seeds=3))
    assert np.array_equal(curve.suggested, again.suggested)


def test_a_start_always_shows_both_classes() -> None:
    found = label_curve(made(400, 0, rare=0.02), made(300, 1), Plan(first=4, step=4, rounds=2, seeds=4))
    assert np.all(np.isfinite(found.random))


def test_labels_saved_are_read_off_the_mean_curves() -> None:
    by_chance = np.array([[0.6, 0.7, 0.8, 0.9], [0.6, 0.7, 0.8, 0.9]])
    by_choice = np.array([[0.6, 0.8, 0.9, 0.95], [0.6, 0.8, 0.9, 0.95]])
    curve = LabelCurve(np.array([10, 20, 30, 40]), by_chance, by_choice, 100, 0.97)
    saved = {one.by_chance: one for one in labels_saved(curve, (20, 30))}
    assert saved[30].auc == pytest.approx(0.8)
    assert (saved[30].by_choice, saved[30].low, saved[30].high) == pytest.approx((20, 20, 20))
    assert saved[30].share == pytest.approx(1 / 3)
    assert saved[20].by_choice == pytest.approx(15)


def test_what_choice_never_reaches_is_not_a_number() -> None:
    worse = LabelCurve(np.array([10, 20]), np.array([[0.6, 0.9]] * 2), np.array([[0.6, 0.7]] * 2), 100, 0.97)
    assert np.isnan(labels_saved(worse, (20,))[0].by_choice)


def test_a_point_is_the_mean_over_seeds_with_students_interval() -> None:
    curve = LabelCurve(np.array([10]), np.array([[0.7], [0.8], [0.9]]), np.array([[0.8], [0.8], [0.8]]), 100, 0.97)
    point = curve_points(curve)[0]
    assert point.random == pytest.approx((0.8, 0.8 - 4.303 * 0.1 / 3**0.5, 0.8 + 4.303 * 0.1 / 3**0.5), abs=1e-3)
    assert point.suggested == pytest.approx((0.8, 0.8, 0.8))


def test_a_plan_that_is_larger_than_the_pool_is_refused() -> None:
    with pytest.raises(TrainingError, match="the pool has 30 rows"):
        label_curve(made(30, 0), made(30, 1), Plan(first=10, step=10, rounds=5, seeds=1))


def test_the_report_shows_both_ways_and_what_is_saved(curve: LabelCurve) -> None:
    measured = MeasuredCurve(300, 20, "test", 300, 20, 3, curve_points(curve), labels_saved(curve, (20, 30)), 0.9)
    assert len(curve_rows(measured)) == 5
    text = curve_page(measured)
    assert "300 tiles of 20 patients" in text
    assert text.count("<svg") == 1
    assert {"at random", "suggested"} <= {row["way"] for row in next(iter(curve_figure(measured)["datasets"].values()))}
