"""A patient is on one side, always; classes are spread as evenly as whole patients allow; a split has one hash."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.training.conftest import tile_rows, write_rows
from training.data.splits import (
    SHARES,
    nested_folds,
    patient_folds,
    patients_in_several_splits,
    random_folds,
    refuse_shared_patients,
    split_patients,
    split_sha256,
)
from training.data.trace import trace_of
from training.errors import TileSetError


def made_set(patients: int, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(2, 30, patients)
    names = np.repeat([f"p{number}" for number in range(patients)], counts)
    labels = (rng.random(counts.sum()) < 0.3).astype(np.int64)
    labels[np.cumsum(counts) - 1] = 1
    labels[np.cumsum(counts) - counts] = 0
    return labels, names


@given(st.integers(8, 40), st.integers(2, 5), st.integers(0, 99))
def test_folds_hold_whole_patients_both_classes_and_every_row(patients: int, folds: int, seed: int) -> None:
    labels, names = made_set(patients, seed)
    numbers = patient_folds(labels, names, folds, seed)
    assert set(numbers.tolist()) == set(range(folds))
    assert patients_in_several_splits(names, numbers) == []
    assert all(set(labels[numbers == number]) == {0, 1} for number in range(folds))
    shuffled = np.random.default_rng(seed + 1).permutation(len(labels))
    again = patient_folds(labels[shuffled], names[shuffled], folds, seed)
    assert (again == numbers[shuffled]).all()


@given(st.integers(10, 60), st.integers(0, 99))
def test_a_split_holds_whole_patients_near_the_shares_asked_for(patients: int, seed: int) -> None:
    labels, names = made_set(patients, seed)
    splits = split_patients(labels, names, SHARES, seed)
    assert patients_in_several_splits(names, splits) == []
    for split, share in SHARES.items():
        held = len(set(names[splits == split])) / patients
        assert abs(held - share) <= 1.5 / patients + 0.05
        assert set(labels[splits == split]) == {0, 1}
    shuffled = np.random.default_rng(seed + 1).permutation(len(labels))
    assert (split_patients(labels[shuffled], names[shuffled], SHARES, seed) == splits[shuffled]).all()


def test_classes_are_spread_evenly_though_patients_differ_much() -> None:
    labels, names = made_set(60, 3)
    splits = split_patients(labels, names, SHARES, 0)
    shares = [labels[splits == split].mean() for split in SHARES]
    assert max(shares) - min(shares) < 0.03
    tiles = np.array([(splits == split).mean() for split in SHARES])
    assert np.abs(tiles - list(SHARES.values())).max() < 0.03


def test_random_folds_tear_patients_apart() -> None:
    labels, names = made_set(20, 1)
    numbers = random_folds(labels, 5, 0)
    assert len(patients_in_several_splits(names, numbers)) > 15
    with pytest.raises(TileSetError, match="as many rows"):
        random_folds(np.array([0, 0, 0, 1]), 2, 0)


def test_what_is_chosen_on_is_never_what_is_judged_on() -> None:
    labels, names = made_set(24, 5)
    judged = []
    for outer in nested_folds(labels, names, 4, 3, 0):
        held_out = set(names[outer.held_out])
        assert not held_out & set(names[outer.fitted])
        judged += sorted(held_out)
        for inner in outer.inner:
            assert not held_out & (set(names[inner.fitted]) | set(names[inner.held_out]))
            assert not set(names[inner.fitted]) & set(names[inner.held_out])
            assert sorted([*inner.fitted, *inner.held_out]) == outer.fitted.tolist()
    assert sorted(judged) == sorted(set(names))


@pytest.mark.parametrize(
    ("labels", "patients", "message"),
    [
        ([1, 1, 1, 1], ["a", "b", "c", "d"], "two classes, and there is label 1 only"),
        ([0, 1, 0, 1], ["a", "a", "a", "a"], "3 patients at least, and there are 1"),
        ([0, 1, 0, 0, 0], ["a", "b", "c", "d", "e"], "3 patients with label 1 at least, and there are 1"),
        ([], [], "there is no label only"),
    ],
)
def test_what_cannot_be_split_is_refused(labels: list[int], patients: list[str], message: str) -> None:
    told = np.array(labels, np.int64), np.array(patients, np.str_)
    with pytest.raises(TileSetError, match=message):
        split_patients(*told, SHARES, 0)
    with pytest.raises(TileSetError, match=message):
        patient_folds(*told, 3, 0)


def test_shares_that_are_none_and_a_single_fold_are_refused() -> None:
    labels, names = made_set(10, 0)
    with pytest.raises(TileSetError, match="together 1"):
        split_patients(labels, names, {"train": 0.9, "test": 0.2}, 0)
    with pytest.raises(TileSetError, match="two at least"):
        patient_folds(labels, names, 1, 0)


def test_a_patient_in_two_given_splits_is_refused_by_name() -> None:
    refuse_shared_patients(["a", "a", "b"], ["train", "train", "test"], "the table")
    with pytest.raises(TileSetError, match=r"the table: patient a \(and 0 more\) is in more than one split"):
        refuse_shared_patients(["a", "a", "b"], ["train", "test", "test"], "the table")


pairs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["train", "test"])), min_size=1, max_size=9)


@given(pairs, pairs)
def test_a_split_has_one_hash_whatever_its_rows(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    def hashed(told: list[tuple[str, str]]) -> str:
        return split_sha256([patient for patient, _ in told], [split for _, split in told])

    assert hashed(first) == hashed([*reversed(first), first[0]])
    assume(set(first) != set(second))
    assert hashed(first) != hashed(second)


def test_the_trace_of_a_file_tells_who_is_where(tile_file: Path, tmp_path: Path) -> None:
    trace = trace_of(tile_file)
    assert trace.patients == {"train": 6, "val": 4, "test": 4}
    assert trace.tiles == {"train": 72, "val": 48, "test": 48}
    rows = tile_rows(seed=1)
    other = trace_of(write_rows(rows, tmp_path / "other.parquet"))
    assert (other.split_sha256, other.tiles_sha256 == trace.tiles_sha256) == (trace.split_sha256, False)
