"""What is called sure is wrong as seldom as was promised, for patients like those that the range was fitted on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import expit

from models.conformal import Unsure, fit_unsure, reading

probability = st.floats(0, 1)


def drawn(
    rng: np.random.Generator, patients: int, tiles: int, between: float, apart: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, labels and patients: each patient has tiles of both classes and a shift of its own."""
    who = np.repeat(np.arange(patients), tiles)
    labels = np.tile(np.arange(tiles) % 2, patients)
    shift = rng.normal(0, between, patients)[who]
    return expit(rng.normal(0, 1, len(who)) + shift + apart * (labels - 0.5)), labels, who.astype(str)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    coverage=st.sampled_from([0.8, 0.9, 0.95]),
    apart=st.floats(0, 3),
    n=st.integers(20, 60),
)
def test_rows_that_are_exchangeable_are_covered_as_promised_in_each_class(
    seed: int, coverage: float, apart: float, n: int
) -> None:
    rng = np.random.default_rng(seed)
    missed = np.zeros(2)
    rounds = 300
    for _ in range(rounds):
        probabilities, labels, _ = drawn(rng, n, 2, 0, apart)
        unsure = fit_unsure(probabilities, labels, coverage)
        new, truth, _ = drawn(rng, 20, 2, 0, apart)
        missed += [np.mean(new[truth == 0] > unsure.high), np.mean(new[truth == 1] < unsure.low)]
    # 300 fits: the mean of their misses lies within four of its standard errors, each at most sd 0.07.
    assert np.all(missed / rounds <= 1 - coverage + 4 * 0.07 / np.sqrt(rounds))


def test_a_new_patient_is_covered_where_patients_differ_and_tiles_taken_for_patients_are_not() -> None:
    rng = np.random.default_rng(1)
    missed: dict[str, list[float]] = {"patients": [], "tiles": []}
    for _ in range(400):
        probabilities, labels, who = drawn(rng, 25, 10, 2.0, 2.0)
        new, truth, _ = drawn(rng, 10, 10, 2.0, 2.0)
        for how, groups in (("patients", who), ("tiles", None)):
            unsure = fit_unsure(probabilities, labels, 0.9, groups)
            missed[how].append(float(np.mean(new[truth == 1] < unsure.low)))
    assert np.mean(missed["patients"]) <= 0.1
    assert np.mean(missed["patients"]) > 0.03
    assert np.mean(missed["tiles"]) > np.mean(missed["patients"])


@given(
    st.lists(st.tuples(probability, st.booleans(), st.integers(0, 6)), min_size=2, max_size=60),
    st.floats(0.5, 0.99),
)
def test_of_the_rows_it_was_fitted_on_no_more_than_promised_lie_beyond(
    rows: list[tuple[float, bool, int]], coverage: float
) -> None:
    p = np.array([row[0] for row in rows])
    labels = np.array([row[1] for row in rows]).astype(int)
    labels[:2] = (0, 1)
    patients = np.array([str(row[2]) for row in rows])
    unsure = fit_unsure(p, labels, coverage, patients)
    for label, beyond in ((1, p < unsure.low), (0, p > unsure.high)):
        shares = [
            np.mean(beyond[(patients == who) & (labels == label)]) for who in np.unique(patients[labels == label])
        ]
        assert np.mean(shares) <= 1 - coverage + 1e-9


def test_the_range_by_hand() -> None:
    probabilities = [0.1, 0.2, 0.3, 0.6, 0.4, 0.7, 0.8, 0.9]
    labels = [0, 0, 0, 0, 1, 1, 1, 1]
    # Of 4 a class and a coverage of 0.6, 0.4 x (4 + 1) = 2: the second lowest positive, the second highest negative.
    assert fit_unsure(probabilities, labels, 0.6) == Unsure(low=0.3, high=0.7, coverage=0.6, n=4)
    # 0.2 x 5 = 1: the lowest positive and the highest negative, which cross.
    assert fit_unsure(probabilities, labels, 0.8) == Unsure(low=0.4, high=0.6, coverage=0.8, n=4)


def test_too_few_patients_leave_everything_unsure() -> None:
    found = fit_unsure([0.1, 0.9, 0.2, 0.8], [0, 1, 0, 1], 0.9)
    assert (found.low, found.high, found.n) == (0.0, 1.0, 2)


@given(probability, probability, probability, probability)
def test_being_unsure_only_raises(score: float, threshold: float, one: float, other: float) -> None:
    unsure = Unsure(low=min(one, other), high=max(one, other), coverage=0.9, n=20)
    rank = ("not flagged", "unsure", "flagged")
    assert rank.index(reading(score, threshold, unsure)) >= rank.index(reading(score, threshold, None))
    assert (reading(score, threshold, unsure) == "flagged") == (score >= threshold)


def test_a_score_below_the_threshold_is_unsure_within_the_range_and_not_flagged_under_it() -> None:
    unsure = Unsure(low=0.2, high=0.7, coverage=0.9, n=20)
    assert [reading(score, 0.5, unsure) for score in (0.1, 0.2, 0.4, 0.5, 0.9)] == [
        "not flagged",
        "unsure",
        "unsure",
        "flagged",
        "flagged",
    ]


def test_one_class_has_no_unsure_range() -> None:
    with pytest.raises(ValueError, match="both classes"):
        fit_unsure([0.1, 0.2], [1, 1], 0.9)


def test_a_range_that_is_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="low"):
        Unsure(low=0.7, high=0.2, coverage=0.9, n=20)
