"""A threshold keeps the sensitivity that was asked for, or its lower bound, and says how sure that is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.made_scores import made_scores
from training.errors import TrainingError
from training.judging.draws import draw_patients
from training.judging.operating_point import choose_operating_point, lower_bound, operating_point_at


def test_the_lower_bound_lies_below_what_was_found() -> None:
    found = choose_operating_point(*made_scores(), 0.9)
    assert found.sensitivity >= 0.9
    assert found.sensitivity_low < found.sensitivity
    assert found.patients == 25


@given(st.floats(0.5, 0.95), st.integers(0, 20))
def test_a_bound_that_is_held_costs_specificity(wanted: float, seed: int) -> None:
    scores = made_scores(400, seed)
    loose, held = (choose_operating_point(*scores, wanted, how) for how in ("estimate", "bound"))
    assert held.sensitivity_low >= wanted
    assert held.threshold <= loose.threshold or loose.sensitivity_low >= wanted
    assert held.specificity <= loose.specificity or held.threshold >= loose.threshold


def test_no_higher_threshold_holds_the_bound() -> None:
    probabilities, labels, patients = made_scores()
    held = choose_operating_point(probabilities, labels, patients, 0.85, "bound")
    draws = draw_patients(patients)
    candidates = np.unique(probabilities[labels == 1])
    higher = candidates[candidates > held.threshold][0]
    assert lower_bound(draws.share(probabilities >= higher, labels == 1)) < 0.85


def test_a_given_threshold_is_only_described() -> None:
    probabilities, labels, patients = made_scores()
    found = operating_point_at(probabilities, labels, patients, 0.4)
    assert (found.threshold, found.wanted) == (0.4, None)
    assert found.sensitivity == pytest.approx(np.mean(probabilities[labels == 1] >= 0.4))
    assert found.specificity == pytest.approx(np.mean(probabilities[labels == 0] < 0.4))


@pytest.mark.parametrize("wanted", [0.0, 1.01, float("nan")])
def test_a_sensitivity_that_cannot_be_had_is_refused(wanted: float) -> None:
    with pytest.raises(TrainingError, match="cannot be had"):
        choose_operating_point(*made_scores(), wanted)


def test_one_class_gives_no_threshold() -> None:
    with pytest.raises(TrainingError, match="both classes"):
        choose_operating_point(np.array([0.1, 0.2]), np.array([1, 1]), np.array(["a", "b"]), 0.9)
