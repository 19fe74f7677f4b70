"""Built bags hold the share of positive tiles that was asked for, of one patient, and repeat by seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import TrainingError
from training.heads.haystacks import PATIENTS_OF_A_BAG, build_haystacks

LABELS = np.tile([0, 0, 0, 1], 60)
PATIENTS = np.repeat([f"p{number:02d}" for number in range(20)], 12)


@given(size=st.integers(1, 300), burden=st.floats(0.001, 1), seed=st.integers(0, 99))
def test_a_positive_bag_holds_its_burden_of_one_patient_and_a_negative_one_none(
    size: int, burden: float, seed: int
) -> None:
    built = build_haystacks(LABELS, PATIENTS, 4, (size, size), (burden, burden), np.random.default_rng(seed))
    assert built.labels.tolist() == [0, 1, 0, 1]
    for rows, label in zip(built.rows, built.labels, strict=True):
        positive = LABELS[rows] == 1
        assert len(rows) == size
        assert positive.sum() == (max(1, round(size * burden)) if label else 0)
        assert len(np.unique(PATIENTS[rows[positive]])) == label
        assert len(np.unique(PATIENTS[rows[~positive]])) <= PATIENTS_OF_A_BAG[1]


def test_sizes_and_burdens_stay_between_least_and_greatest() -> None:
    built = build_haystacks(LABELS, PATIENTS, 200, (50, 400), (0.05, 0.5), np.random.default_rng(0))
    shares = [np.mean(LABELS[rows]) for rows in built.rows[1::2]]
    assert min(len(rows) for rows in built.rows) >= 50
    assert max(len(rows) for rows in built.rows) <= 400
    assert 0.04 <= min(shares) < 0.08
    assert 0.4 < max(shares) <= 0.51


def test_tiles_of_one_class_make_no_bags() -> None:
    with pytest.raises(TrainingError, match="both classes"):
        build_haystacks(np.ones(5), np.array(list("abcde")), 2, (3, 3), (0.5, 0.5), np.random.default_rng(0))
