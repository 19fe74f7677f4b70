"""The curves pass through the points that the figures give, and mean what theory says."""

import numpy as np
import pytest

from tests.support.made_scores import made_scores
from training.judging.curves import net_benefit, reliability, roc
from training.judging.draws import draw_patients
from training.judging.measures import at_threshold


def test_the_area_under_the_curve_is_the_auc() -> None:
    from sklearn.metrics import roc_auc_score

    probabilities, labels, patients = made_scores(2000)
    curve = roc(probabilities, labels, draw_patients(patients, 50))
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(roc_auc_score(labels, probabilities), abs=0.005)
    assert (np.diff(curve.y) >= 0).all()
    assert (curve.low <= curve.high).all()


def test_reliability_counts_every_tile_once() -> None:
    probabilities, labels, patients = made_scores()
    found = reliability(probabilities, labels, draw_patients(patients, 50))
    assert found.tiles.sum() == 600
    assert (found.tiles @ found.curve.y) == pytest.approx(labels.sum())
    assert (found.tiles @ found.curve.x) == pytest.approx(probabilities.sum())


def test_net_benefit_is_by_hand_and_acting_on_all_is_the_formula() -> None:
    probabilities, labels, patients = made_scores()
    found = net_benefit(probabilities, labels, draw_patients(patients, 50))
    at = int(np.argmin(np.abs(found.model.x - 0.2)))
    point = at_threshold(probabilities, labels, float(found.model.x[at]))
    share = labels.mean()
    expected = share * point.sensitivity - (1 - share) * (1 - point.specificity) * 0.2 / 0.8
    assert found.model.y[at] == pytest.approx(expected)
    assert found.everyone[at] == pytest.approx(share - (1 - share) * 0.25)


def test_a_model_that_knows_is_worth_the_prevalence() -> None:
    _, labels, patients = made_scores()
    found = net_benefit(labels.astype(np.float64), labels, draw_patients(patients, 20))
    assert found.model.y == pytest.approx(np.full(len(found.model.x), labels.mean()))
