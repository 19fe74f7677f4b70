"""Judges a tile model on labelled tiles, through the same ONNX files that score slides. Needs no torch."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.manifest import Kind
from models.registry import Model
from models.runtime import open_session, score_tiles
from training.data.tile_set import TileSet, read_tiles
from training.judging.evaluation import Evaluation, measure


def tile_logits(
    model: Model, tiles: npt.NDArray[np.uint8], kind: Kind | None = None, threads: int = 2
) -> npt.NDArray[np.float64]:
    """Logits (n,), before calibration, of tiles uint8 (n, tile_px, tile_px, 3)."""
    return score_tiles(open_session(model.weights(kind), threads), tiles)


def evaluate_tiles(model: Model, tiles: TileSet, kind: Kind | None = None, threads: int = 2) -> Evaluation:
    """The figures of a model on tiles that are in memory."""
    probabilities = model.manifest.calibration.probability(tile_logits(model, tiles.tiles, kind, threads))
    return measure(probabilities, tiles.labels, tiles.patients, model.manifest.threshold.value)


def evaluate(model: Model, tiles: Path, split: str = "test", kind: Kind | None = None, threads: int = 2) -> Evaluation:
    """The figures of a model on one split of a tile file, with intervals by patient.

    Args:
        model: from `models.registry.find_model`.
        tiles: Parquet file with `png, patient, label, split`.
        split: which rows.
        kind: "onnx-fp32" or "onnx-int8"; the manifest's default if none is named.
        threads: that ONNX Runtime may use.

    Raises TileSetError: the file is wrong or the split is not in it; TrainingError: it has only one class.
    """
    return evaluate_tiles(model, read_tiles(tiles, (split,), model.manifest.tile_px)[split], kind, threads)
