"""Who is learnt from, chosen on and judged on: splits and folds that keep every patient whole, and their hash. Pure.

A patient's tiles resemble each other in stain, section and tissue. With the same patient on both sides a network is
judged on what it has seen: on BreaKHis that lifts the AUC from 0.63-0.68 to 0.92-0.94 (M, shared/data/README.md).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from training.errors import TileSetError

Labels = npt.NDArray[np.int64]
Names = npt.NDArray[np.str_]
Rows = npt.NDArray[np.int64]

SHARES: Mapping[str, float] = {"train": 0.6, "val": 0.2, "test": 0.2}
"""Parts of the patients in each split where nothing else is asked for (A)."""


@dataclass(frozen=True)
class Fold:
    """Rows that are learnt from, and rows that are not."""

    fitted: Rows
    held_out: Rows


@dataclass(frozen=True)
class OuterFold:
    """One round of nested cross-validation: choices are made on `inner` alone, so `held_out` judges them too."""

    fitted: Rows
    held_out: Rows
    inner: tuple[Fold, ...]
    """Folds of `fitted`, as rows of the whole set."""


def patients_in_several_splits(patients: npt.ArrayLike, splits: npt.ArrayLike) -> list[str]:
    """Patients that stand in more than one split: each one would make every figure look too good."""
    seen: dict[str, set[str]] = {}
    for patient, split in zip(np.asarray(patients).tolist(), np.asarray(splits).tolist(), strict=True):
        seen.setdefault(str(patient), set()).add(str(split))
    return sorted(patient for patient, names in seen.items() if len(names) > 1)


def refuse_shared_patients(patients: npt.ArrayLike, splits: npt.ArrayLike, source: str) -> None:
    """Verifies given splits. Raises TileSetError that names a patient of more than one split; source: whose splits."""
    crossing = patients_in_several_splits(patients, splits)
    if crossing:
        raise TileSetError(
            f"{source}: patient {crossing[0]} (and {len(crossing) - 1} more) is in more than one split. "
            "Put each patient into one split, else the figures are too good."
        )


def patient_folds(labels: Labels, patients: Names, folds: int, seed: int) -> Rows:
    """(n,) fold of each row, 0 to folds - 1: patients whole, classes spread as evenly as whole patients allow.

    The order of rows does not matter. Raises TileSetError: fewer patients of a class than folds, or a fold that would
    hold one class only.
    """
    _refuse_too_few(labels, patients, folds, f"{folds} folds")
    numbers = np.full(len(labels), -1, np.int64)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(splitter.split(np.zeros(len(labels)), labels, patients)):
        numbers[held_out] = number
    for number in range(folds):
        _refuse_one_class(labels[numbers == number], f"fold {number} of {folds}")
    return numbers


def random_folds(labels: Labels, folds: int, seed: int) -> Rows:
    """(n,) fold of each row, patients torn apart: only to show what that does to a figure, never to judge with.

    Raises TileSetError: fewer rows of a class than folds.
    """
    if len(np.unique(labels)) < 2 or np.bincount(labels).min() < folds:
        raise TileSetError(f"{folds} folds need as many rows of each of two classes; take fewer folds.")
    numbers = np.full(len(labels), -1, np.int64)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(splitter.split(np.zeros(len(labels)), labels)):
        numbers[held_out] = number
    return numbers


def nested_folds(labels: Labels, patients: Names, outer: int, inner: int, seed: int) -> Iterator[OuterFold]:
    """Nested cross-validation: each outer round's fitted patients are folded again, to choose on.

    Raises TileSetError as `patient_folds` does.
    """
    numbers = patient_folds(labels, patients, outer, seed)
    for number in range(outer):
        fitted = np.flatnonzero(numbers != number)
        within = patient_folds(labels[fitted], patients[fitted], inner, seed)
        yield OuterFold(
            fitted,
            np.flatnonzero(numbers == number),
            tuple(Fold(fitted[within != one], fitted[within == one]) for one in range(inner)),
        )


def split_patients(labels: Labels, patients: Names, shares: Mapping[str, float], seed: int) -> Names:
    """(n,) name of each row's split: patients whole, and patients, tiles and classes near the shares asked for.

    Patients with most tiles are placed first, each where the splits then come nearest to their shares (least chi
    square); equal ones in an order that the seed gives. The order of rows does not matter.
    shares: split to part, each above 0, together 1.
    Raises TileSetError: shares that are none, fewer patients of a class than splits, or a split of one class only.
    """
    names, parts = list(shares), np.array(list(shares.values()), np.float64)
    if not names or not (parts > 0).all() or not np.isclose(parts.sum(), 1):
        raise TileSetError(f"shares are {dict(shares)}: give each split a part above 0, together 1.")
    _refuse_too_few(labels, patients, len(names), f"the splits {', '.join(names)}")
    whose, row_patient = np.unique(patients, return_inverse=True)
    tiles = np.stack([np.bincount(row_patient, labels == label, len(whose)) for label in np.unique(labels)], axis=1)
    # each patient, each class they have, and each tile counts
    amounts = np.hstack([np.ones((len(whose), 1)), tiles > 0, tiles]) / np.concatenate(
        [[len(whose)], (tiles > 0).sum(axis=0), tiles.sum(axis=0)]
    )
    shuffled = np.random.default_rng(seed).permutation(len(whose))
    placed = np.zeros((len(names), amounts.shape[1]))
    split_of = np.zeros(len(whose), np.int64)
    for patient in shuffled[np.argsort(-tiles[shuffled].sum(axis=1), kind="stable")]:
        with_them = placed[None] + np.eye(len(names))[:, :, None] * amounts[patient]
        distance = (((with_them - parts[None, :, None]) ** 2) / parts[None, :, None]).sum(axis=(1, 2))
        split_of[patient] = int(np.argmin(distance))
        placed = with_them[split_of[patient]]
    found = np.array(names)[split_of][row_patient]
    for name in names:
        _refuse_one_class(labels[found == name], f"split {name!r}")
    return found


def split_sha256(patients: npt.ArrayLike, splits: npt.ArrayLike) -> str:
    """Hash of who is in which split: the same for the same patients and splits, whatever the tiles and their order."""
    pairs = zip(np.asarray(patients).tolist(), np.asarray(splits).tolist(), strict=True)
    whole = sorted({(str(patient), str(split)) for patient, split in pairs})
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()


def _refuse_too_few(labels: Labels, patients: Names, parts: int, what: str) -> None:
    kinds = np.unique(labels).tolist()
    if parts < 2:
        raise TileSetError(f"{what}: there must be two at least.")
    if len(kinds) < 2:
        only = f"label {kinds[0]}" if kinds else "no label"
        raise TileSetError(
            f"{what} need tiles of two classes, and there is {only} only. Add the other class, or check its name."
        )
    if (count := len(np.unique(patients))) < parts:
        raise TileSetError(f"{what} need {parts} patients at least, and there are {count}. Add patients.")
    for kind in kinds:
        count = len(np.unique(patients[labels == kind]))
        if count < parts:
            raise TileSetError(
                f"{what} need {parts} patients with label {kind} at least, and there are {count}. "
                "Take fewer parts, or add patients."
            )


def _refuse_one_class(labels: Labels, what: str) -> None:
    if len(np.unique(labels)) < 2:
        raise TileSetError(f"{what} would hold one class only. Take another seed, fewer parts, or add patients.")
