"""Measures on a labelled tile file what choosing saves, with features that have seen nobody's labels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.tile_set import TileSet, read_tiles
from training.labelling.imagenet import imagenet_features
from training.labelling.label_curve import Known, Plan, Point, Saved, curve_points, label_curve, labels_saved

SIDE_PX = 112
"""Tiles are resized to this for the network (as for the floor in shared/data/README.md)."""


@dataclass(frozen=True)
class MeasuredCurve:
    """What `forrang train suggest curve --json` says."""

    pool_tiles: int
    pool_patients: int
    judged_on: str
    judged_tiles: int
    judged_patients: int
    seeds: int
    points: tuple[Point, ...]
    saved: tuple[Saved, ...]
    all_auc: float
    """With every label of the pool."""


def measure_curve(
    tiles: Path, tile_px: int, plan: Plan, judged_on: str = "test", told: Callable[[], None] = lambda: None
) -> MeasuredCurve:
    """Labels the split `train` by chance and by choice, and judges every round on another split.

    Features are EfficientNet-Lite0's from ImageNet, since a network fitted to these labels would know them already; a
    logistic regression is fitted to the labels that a round shows. `told` is called after each seed.

    Raises TileSetError: the file is wrong. TrainingError: it is too small for the plan, or no weights are installed.
    """
    data = read_tiles(tiles, ("train", judged_on), tile_px)
    pool, judged = data["train"], data[judged_on]
    curve = label_curve(_known(pool), _known(judged), plan, told)
    marks = curve.labels[1:-1]
    return MeasuredCurve(
        pool_tiles=len(pool),
        pool_patients=len(np.unique(pool.patients)),
        judged_on=judged_on,
        judged_tiles=len(judged),
        judged_patients=len(np.unique(judged.patients)),
        seeds=plan.seeds,
        points=curve_points(curve),
        saved=labels_saved(curve, [int(mark) for mark in marks]),
        all_auc=curve.all_auc,
    )


def _known(tiles: TileSet) -> Known:
    return Known(imagenet_features(list(tiles.tiles), SIDE_PX).astype(np.float64), tiles.labels, tiles.patients)
