"""What is chosen to be labelled teaches most: it is doubtful, unlike what is known, and comes from many patients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import TrainingError
from training.labelling.choose import INTERCEPT_PENALTY, PENALTY, centred, choose, turned


def variance(features: np.ndarray, probabilities: np.ndarray, labelled: list[int]) -> float:
    """Summed variance of the predictions, from the definition: nothing updated, everything inverted anew."""
    x = np.column_stack([features, np.ones(len(features))])
    w = probabilities * (1 - probabilities)
    penalty = np.append(np.full(features.shape[1], PENALTY), INTERCEPT_PENALTY)
    inverse = np.linalg.inv(np.diag(penalty) + (x[labelled] * w[labelled, None]).T @ x[labelled])
    return float(np.sum(w * np.einsum("ij,jk,ik->i", x, inverse, x)))


def test_each_pick_lowers_the_variance_of_what_is_said_of_the_pool_more_than_any_other_would() -> None:
    rng = np.random.default_rng(0)
    features, probabilities = rng.normal(0, 0.5, (25, 4)), rng.uniform(0.05, 0.95, 25)
    known = np.arange(25) < 3
    everybody_once = np.array([f"p{n}" for n in range(25)])
    labelled = [0, 1, 2]
    for pick in choose(features, probabilities, everybody_once, known, 6).tolist():
        after = {row: variance(features, probabilities, [*labelled, row]) for row in range(25) if row not in labelled}
        assert after[pick] == pytest.approx(min(after.values()), rel=1e-9)
        labelled.append(pick)


@given(st.integers(1, 60), st.integers(1, 30), st.integers(1, 9), st.integers(0, 5))
def test_as_many_as_are_asked_for_come_each_once_and_none_that_is_known(
    n: int, count: int, patients: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    features = np.round(rng.normal(0, 1, (n, 3)))  # many look alike
    known = rng.random(n) < 0.3
    known[0] = False
    names = np.array([f"p{i}" for i in rng.integers(0, patients, n)])
    chosen = choose(features, rng.random(n), names, known, count)
    assert len(chosen) == min(count, int(np.sum(~known))) == len(set(chosen.tolist()))
    assert not known[chosen].any()


def test_what_is_doubtful_goes_before_what_is_sure() -> None:
    looks = np.random.default_rng(0).normal(0, 0.5, (20, 2))
    probabilities = np.where(np.arange(20) < 10, 0.5, 0.999)
    patients = np.array([f"p{n}" for n in range(20)])
    assert set(choose(looks, probabilities, patients, np.zeros(20, dtype=bool), 5).tolist()) <= set(range(10))


def test_a_look_that_is_labelled_already_is_passed_over_for_one_that_is_not() -> None:
    looks = np.repeat(np.eye(2) * 3, 10, axis=0)
    known = np.arange(20) < 8
    patients = np.array([f"p{n}" for n in range(20)])
    chosen = choose(looks, np.full(20, 0.5), patients, known, 2)
    assert np.all(chosen >= 10)


def test_one_patient_with_the_most_to_teach_does_not_give_all() -> None:
    rng = np.random.default_rng(0)
    patients = np.array(["one"] * 20 + [f"p{n}" for n in range(20)])
    probabilities = np.where(patients == "one", 0.5, 0.9)
    chosen = choose(rng.normal(0, 1, (40, 4)), probabilities, patients, np.zeros(40, dtype=bool), 6)
    assert np.sum(patients[chosen] == "one") == 1
    assert len(np.unique(patients[chosen])) == 6


def test_features_are_turned_alike_and_have_one_length() -> None:
    rng = np.random.default_rng(0)
    pool = rng.normal(5, [1, 100, 0.01], (50, 3))
    ours, again = turned(pool, pool)
    assert np.allclose(ours, again)
    assert np.mean(np.sum(ours**2, axis=1)) == pytest.approx(1)


def test_a_score_at_the_threshold_is_the_most_doubtful() -> None:
    found = centred([0.1, 0.2, 0.9], 0.2)
    assert found[1] == pytest.approx(0.5)
    assert found[0] < 0.5 < found[2]
    assert np.all(np.isfinite(centred([0.0, 1.0], 1.0)))


@pytest.mark.parametrize(("n", "count"), [(0, 1), (3, 0)])
def test_nothing_wanted_or_nothing_there_is_refused(n: int, count: int) -> None:
    with pytest.raises(TrainingError, match="asked for"):
        choose(np.zeros((n, 2)), np.zeros(n), np.zeros(n, dtype=np.str_), np.zeros(n, dtype=bool), count)
