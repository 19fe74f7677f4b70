"""Bags that stand in for slides, built from a file of labelled tiles: what a head is fitted on where slides lack."""

from pathlib import Path

import numpy as np

from models.embedding import embed_tiles, embedding_session
from models.registry import Model
from training.data.bag_set import BagSet
from training.data.splits import patient_folds
from training.data.tile_set import read_tiles
from training.heads.haystacks import build_haystacks

SPLITS = ("train", "val", "test")
TILES_A_BAG = (100, 600)
"""Least and most, evenly on a log scale: 4 to 24 mm2 where a tile is 0.2 mm a side. A."""
PATIENTS_A_GROUP = 9
"""Patients are put into groups of about this many, and a bag is built within a group: as one alone has too few tiles.
The group stands as the bag's patient, so folds and intervals keep it whole. A."""


def build_bags_of_tiles(
    tiles: Path,
    model: Model,
    bags_a_group: int,
    tiles_a_bag: tuple[int, int],
    burden: tuple[float, float],
    seed: int,
    threads: int = 2,
) -> dict[str, BagSet]:
    """The bags of each split of a tile file, every other one positive with `burden` (least, greatest share) positives.

    Tiles are embedded by `model`. Raises TileSetError: the file is wrong or lacks a split, or has too few patients.
    """
    rng = np.random.default_rng(seed)
    session = embedding_session(model, threads=threads)
    found = {}
    for split, part in read_tiles(tiles, SPLITS, model.manifest.tile_px).items():
        vectors = embed_tiles(session, part.tiles)
        count = max(2, len(np.unique(part.patients)) // PATIENTS_A_GROUP)
        groups = patient_folds(part.labels, part.patients, count, seed)
        bags, labels, patients = [], [], []
        for group in range(count):
            rows = np.flatnonzero(groups == group)
            built = build_haystacks(part.labels[rows], part.patients[rows], bags_a_group, tiles_a_bag, burden, rng)
            bags += [vectors[rows[own]] for own in built.rows]
            labels += built.labels.tolist()
            patients += [f"{split}-{group:02d}"] * bags_a_group
        names = np.array([f"{split}-{number:05d}" for number in range(len(bags))])
        found[split] = BagSet(tuple(bags), np.array(labels, np.int64), np.array(patients), names)
    return found
