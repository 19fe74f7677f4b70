"""Figures of drawn patients are those that scikit-learn gives the same tiles, and patients are drawn whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from tests.support.made_scores import made_scores
from training.judging.draws import draw_patients, drawn_auc, drawn_average_precision


def test_patients_are_drawn_whole_and_as_many_as_there_are() -> None:
    patients = np.array(["a", "a", "b", "c", "c", "c"])
    draws = draw_patients(patients, 500, seed=0)
    assert draws.counts.shape == (501, 3)
    assert (draws.counts.sum(axis=1) == 3).all()
    assert (draws.counts[0] == 1).all()
    assert draws.counts[1:].mean(axis=0) == pytest.approx([1, 1, 1], abs=0.15)
    assert draws.sums(np.ones(6)) == pytest.approx(draws.counts @ [2, 1, 3])


def test_drawn_aucs_are_scikit_learns_with_ties() -> None:
    probabilities, labels, patients = made_scores(200)
    draws = draw_patients(patients, 20, seed=2)
    expected = [roc_auc_score(labels, probabilities, sample_weight=row[draws.patient]) for row in draws.counts]
    assert drawn_auc(probabilities, labels, draws) == pytest.approx(expected)


def test_drawn_average_precisions_are_scikit_learns_with_ties() -> None:
    probabilities, labels, patients = made_scores(200)
    draws = draw_patients(patients, 20, seed=2)
    expected = [
        average_precision_score(labels, probabilities, sample_weight=row[draws.patient]) for row in draws.counts
    ]
    assert drawn_average_precision(probabilities, labels, draws) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1), st.integers(0, 3)), min_size=2, max_size=40))
def test_the_first_draw_is_the_set_itself(rows: list[tuple[int, int, int]]) -> None:
    scores, labels, patients = (np.array(column) for column in zip(*rows, strict=True))
    draws = draw_patients(patients.astype(np.str_), 3)
    auc = drawn_auc(scores / 6, labels, draws)[0]
    if 0 < labels.sum() < len(labels):
        assert auc == pytest.approx(roc_auc_score(labels, scores))
        found = drawn_average_precision(scores / 6, labels, draws)[0]
        assert found == pytest.approx(average_precision_score(labels, scores))
    else:
        assert np.isnan(auc)


def test_a_part_of_the_tiles_keeps_its_draws() -> None:
    _, _, patients = made_scores(300)
    draws = draw_patients(patients, 10)
    rows = patients < "p2"
    assert draws.take(rows).sums(np.ones(int(rows.sum()))) == pytest.approx(draws.sums(rows.astype(float)))


def test_a_share_of_nothing_is_no_number() -> None:
    draws = draw_patients(np.array(["a", "b"]), 4)
    nobody = np.array([False, False])
    assert np.isnan(draws.share(nobody, nobody)).all()
