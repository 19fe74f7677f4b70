"""Splits a tile file anew: once, or into the rounds of a cross-validation, each a file of its own."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from training.data.splits import nested_folds, split_patients
from training.data.tile_file import rewrite_splits, spare
from training.data.tile_set import read_who


def resplit(tiles: Path, out: Path, shares: Mapping[str, float], seed: int) -> Path:
    """The tiles of `tiles` in new splits, whole patients each, written to `out`. Raises TileSetError."""
    who = read_who(tiles)
    return _write(tiles, split_patients(who.labels, who.patients, shares, seed), out)


def fold_files(tiles: Path, folder: Path, folds: int, seed: int) -> Iterator[Path]:
    """One file a round of cross-validation: its fold is `test`, a fold of the other patients `val`, the rest `train`.

    Epochs, threshold and calibration are chosen on `val`, so `test` judges those choices too: the cross-validation is
    nested. Raises TileSetError: too few patients, or a place that cannot be written to.
    """
    who = read_who(tiles)
    rounds = list(nested_folds(who.labels, who.patients, folds, folds - 1, seed))
    for number, outer in enumerate(rounds, start=1):
        names = np.full(len(who.labels), "train", np.dtype("U5"))
        names[outer.inner[0].held_out] = "val"
        names[outer.held_out] = "test"
        yield _write(tiles, names, folder / f"fold-{number}-of-{folds}.parquet")


def _write(tiles: Path, names: np.ndarray[tuple[int], np.dtype[np.str_]], out: Path) -> Path:
    with spare(out, "part") as part:
        rewrite_splits(tiles, names, part)
        part.replace(out)
    return out
