"""What is chosen to be labelled is doubtful, looks different from one another, and comes from many patients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import TrainingError
from training.labelling.choose import CANDIDATES, choose, margin_doubt


def test_doubt_is_greatest_where_one_class_turns_into_the_other() -> None:
    assert margin_doubt([0.0, 0.25, 0.5, 0.75, 1.0]).tolist() == [0, 0.5, 1, 0.5, 0]
    assert margin_doubt([0.0, 0.2, 0.6, 1.0], 0.2).tolist() == pytest.approx([0, 1, 0.5, 0])
    assert np.all(np.isfinite(margin_doubt([0.0, 0.5, 1.0], 0.0)))


@given(st.integers(1, 80), st.integers(1, 30), st.integers(1, 9), st.integers(0, 5))
def test_as_many_as_are_asked_for_come_each_once_and_the_most_doubtful_first(
    n: int, count: int, patients: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    features = np.round(rng.normal(0, 1, (n, 3)))  # many look alike
    doubt = rng.random(n)
    names = np.array([f"p{i}" for i in rng.integers(0, patients, n)])
    chosen = choose(features, doubt, names, count, seed=seed)
    assert len(chosen) == min(count, n) == len(set(chosen.tolist()))
    assert np.all(np.diff(doubt[chosen]) <= 0)
    assert set(chosen.tolist()) <= set(np.argsort(-doubt)[: CANDIDATES * count].tolist())
    assert np.array_equal(chosen, choose(features, doubt, names, count, seed=seed))


def test_each_look_among_the_doubtful_gives_one() -> None:
    rng = np.random.default_rng(0)
    looks = np.repeat(np.eye(5), 10, axis=0) + rng.normal(0, 0.01, (50, 5))
    doubt = np.concatenate([np.full(10, 0.9), rng.random(40) * 0.5])  # the most doubtful ten all look alike
    chosen = choose(looks, doubt, np.array([f"p{n}" for n in range(50)]), 5, seed=0)
    assert sorted(chosen // 10) == [0, 1, 2, 3, 4]


def test_one_patient_with_the_most_doubtful_tiles_does_not_give_all() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (60, 4))
    patients = np.array(["one"] * 20 + [f"p{n}" for n in range(40)])
    doubt = np.where(patients == "one", 0.9, 0.8)
    chosen = choose(features, doubt, patients, 6, seed=0)
    assert np.sum(patients[chosen] == "one") <= 3
    assert len(np.unique(patients[chosen])) >= 4


@pytest.mark.parametrize(("n", "count"), [(0, 1), (3, 0)])
def test_nothing_wanted_or_nothing_there_is_refused(n: int, count: int) -> None:
    with pytest.raises(TrainingError, match="asked for"):
        choose(np.zeros((n, 2)), np.zeros(n), np.zeros(n, dtype=np.str_), count, seed=0)
