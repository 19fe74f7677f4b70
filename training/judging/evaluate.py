"""Judges a tile model on labelled tiles, through the same ONNX files that score slides. Needs no torch."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.manifest import Kind
from models.registry import Model
from models.runtime import open_session, score_tiles
from training.data.tile_set import TileSet, read_tiles
from training.judging.draws import draw_patients
from training.judging.evaluation import (
    Difference,
    Evaluation,
    check_judgeable,
    drawn_figures,
    measure,
    paired_differences,
)
from training.judging.operating_point import HoldTo, OperatingPoint, choose_operating_point

CHOOSE_ON = "val"


def tile_logits(
    model: Model, tiles: npt.NDArray[np.uint8], kind: Kind | None = None, threads: int = 2
) -> npt.NDArray[np.float64]:
    """Logits (n,), before calibration, of tiles uint8 (n, tile_px, tile_px, 3)."""
    return score_tiles(open_session(model.weights(kind), threads), tiles)


def tile_probabilities(
    model: Model, tiles: TileSet, kind: Kind | None = None, threads: int = 2
) -> npt.NDArray[np.float64]:
    """Calibrated probabilities (n,) of tiles, with their surroundings where the model and the set have them."""
    return model.manifest.tile_probability(tile_logits(model, tiles.tiles, kind, threads), tiles.layout)


def evaluate_tiles(model: Model, tiles: TileSet, kind: Kind | None = None, threads: int = 2) -> Evaluation:
    """The figures of a model on tiles that are in memory."""
    probabilities = tile_probabilities(model, tiles, kind, threads)
    return measure(probabilities, tiles.labels, tiles.patients, model.manifest.threshold.value)


def evaluate(
    model: Model,
    tiles: Path,
    split: str = "test",
    kind: Kind | None = None,
    threads: int = 2,
    threshold: float | None = None,
) -> Evaluation:
    """The figures of a model on one split of a tile file, with intervals by patient.

    Args:
        model: from `models.registry.find_model`.
        tiles: Parquet file with `png, patient, label, split`.
        split: which rows.
        kind: "onnx-fp32" or "onnx-int8"; the manifest's default if none is named.
        threads: that ONNX Runtime may use.
        threshold: on the probability; the manifest's if not given.

    Raises TileSetError: the file is wrong or the split is not in it; TrainingError: it has only one class or patient.
    """
    test = read_tiles(tiles, (split,), model.manifest.tile_px)[split]
    used = model.manifest.threshold.value if threshold is None else threshold
    return measure(tile_probabilities(model, test, kind, threads), test.labels, test.patients, used)


def choose_threshold(
    model: Model,
    tiles: Path,
    sensitivity: float,
    hold_to: HoldTo = "estimate",
    kind: Kind | None = None,
    threads: int = 2,
) -> OperatingPoint:
    """The threshold for a stated sensitivity, chosen on the file's split `val`, with the sensitivity's lower bound.

    Raises TileSetError: there is no such split; TrainingError: it cannot be chosen there.
    """
    val = read_tiles(tiles, (CHOOSE_ON,), model.manifest.tile_px)[CHOOSE_ON]
    probabilities = tile_probabilities(model, val, kind, threads)
    return choose_operating_point(probabilities, val.labels, val.patients, sensitivity, hold_to)


def compare(
    model: Model, against: Model, tiles: Path, split: str = "test", kind: Kind | None = None, threads: int = 2
) -> tuple[Difference, ...]:
    """A model's figures less another's on the same tiles, patients paired, each at its own threshold.

    Each reads the tiles at its own size, and runs the weights of this kind, or its default ones.
    Raises as `evaluate` does.
    """
    drawn = []
    for one in (model, against):
        test = read_tiles(tiles, (split,), one.manifest.tile_px)[split]
        probabilities = tile_probabilities(one, test, kind, threads)
        check_judgeable(probabilities, test.labels, test.patients)
        draws = draw_patients(test.patients)
        drawn.append(drawn_figures(probabilities, test.labels, draws, one.manifest.threshold.value))
    return paired_differences(drawn[0], drawn[1])
