"""Cross-validation of a recipe: every tile scored by a network that never saw its patient, nor was chosen on him.

In each round one fold is held out, the next one chooses the epochs, and the others are learnt from.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import structlog
from sklearn.metrics import roc_auc_score

from models.surroundings import Layout
from training.data.splits import patient_folds
from training.data.tile_set import TileSet, read_tiles
from training.errors import TrainingError
from training.judging.draws import draw_patients, drawn_auc
from training.judging.measures import interval
from training.tiles.checkpoints import check_same_run
from training.tiles.fitting import predict
from training.tiles.options import TrainOptions
from training.tiles.patient_auc import patient_auc
from training.tiles.runs import check_unfinished, complete, fit_network, forget, keeping_in, what_decides
from training.tiles.watching import Showing

log = structlog.get_logger()
LEAST_FOLDS = 3
"""One to hold out, one to choose on, one to learn from."""


@dataclass(frozen=True)
class Held:
    """What a network said of tiles whose patients it had not learnt from."""

    logits: npt.NDArray[np.float64]
    """(n,), before calibration."""
    labels: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]
    layout: Layout | None = None
    """Where the tiles lie; None where the tile file does not say it of all."""


@dataclass(frozen=True)
class OutOfFold(Held):
    """What networks said of tiles whose patients they had never seen, each of those of one fold."""

    folds: npt.NDArray[np.int64] = field(kw_only=True)
    """(n,) from 0: the round in which a tile was held out."""

    @property
    def auc(self) -> float:
        """Over all tiles; each fold's logits are of a network of its own."""
        return float(roc_auc_score(self.labels, self.logits))

    @property
    def auc_ci(self) -> tuple[float, float]:
        """95% interval, by drawing patients."""
        return interval(drawn_auc(self.logits, self.labels, draw_patients(self.patients))[1:])

    @property
    def patient_auc(self) -> float:
        """With every patient weighing the same."""
        return patient_auc(self.labels, self.logits, self.patients)


def cross_validate(
    options: TrainOptions, tiles: TileSet, folds: npt.NDArray[np.int64], folder: Path | None = None
) -> OutOfFold:
    """Score every tile out of its fold.

    Args:
        options: completed ones (`runs.complete`); a round's networks start and are fitted as these say.
        tiles: all there are to learn from.
        folds: (n,) from 0, as `training.data.splits.patient_folds` gives them.
        folder: where each round keeps its checkpoints, and goes on from those that are there; none if left out.

    Raises TrainingError: fewer than three folds, or what `fitting.fit` raises.
    """
    count = int(folds.max()) + 1
    if count < LEAST_FOLDS:
        raise TrainingError(f"A cross-validation needs {LEAST_FOLDS} folds or more, and {count} were asked for.")
    logits = np.zeros(len(tiles))
    for fold in range(count):
        held_out, choosing = folds == fold, folds == (fold + 1) % count
        learnt = tiles.take(np.flatnonzero(~held_out & ~choosing))
        chosen_on = tiles.take(np.flatnonzero(choosing))
        with Showing() as watcher:
            keeping = keeping_in(folder / f"fold-{fold}", options, resume=True) if folder else None
            fitted, _ = fit_network(options, learnt, chosen_on, keeping, watcher)
        logits[held_out] = predict(fitted.network, tiles.tiles[held_out])
        log.info("fold done", fold=fold + 1, folds=count, tiles=int(held_out.sum()))
    return OutOfFold(logits, tiles.labels, tiles.patients, tiles.layout, folds=folds)


def fold_patients(tiles: TileSet, count: int, seed: int) -> npt.NDArray[np.int64]:
    """The folds (n,) of a cross-validation by patient; fewer than three are refused before anything is split."""
    if count < LEAST_FOLDS:
        raise TrainingError(f"--folds: a cross-validation needs {LEAST_FOLDS} folds or more, not {count}.")
    return patient_folds(tiles.labels, tiles.patients, count, seed)


def folds_file(options: TrainOptions) -> Path:
    """Where a recipe's out-of-fold scores are kept."""
    return options.out / f"{options.name}.folds.parquet"


def cross_validate_file(options: TrainOptions, count: int, *, resume: bool = False) -> OutOfFold:
    """Cross-validate on the splits `train` and `val` of the tile file and write `folds_file`; `test` is not read.

    With `resume`, scores that are finished are read and left as they are.

    Raises TileSetError: the tile file is wrong. TrainingError: an unfinished run is there and `resume` is not asked
    for, or what `cross_validate` raises.
    """
    options = complete(options)
    folder = options.out / f"{options.name}.folds.unfinished"
    finished = resume and not folder.exists() and folds_file(options).is_file()
    if not finished:
        check_unfinished(folder, resume=resume)
    data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
    tiles = together(data["train"], data["val"])
    folds = fold_patients(tiles, count, options.fit.seed)
    if finished:
        return _finished(options, tiles, folds)
    found = cross_validate(options, tiles, folds, folder)
    _write(found, folds_file(options), options)
    forget(folder)
    return found


def _finished(options: TrainOptions, tiles: TileSet, folds: npt.NDArray[np.int64]) -> OutOfFold:
    """The scores of a run that is finished. Raises TrainingError: they are of other options, tiles or folds."""
    found = read_out_of_fold(options)
    pairs = ((found.patients, tiles.patients), (found.labels, tiles.labels), (found.folds, folds))
    if not all(np.array_equal(theirs, ours) for theirs, ours in pairs):
        raise TrainingError(
            f"{folds_file(options)}: these scores are finished, and of other tiles or folds. Choose another --name or "
            "--out, or leave out --resume to make them anew."
        )
    log.info("finished before: nothing is left to do; without --resume they are made anew", scores=len(tiles))
    return found


def together(first: TileSet, second: TileSet) -> TileSet:
    """The tiles, labels, patients and layouts of two sets, one after the other."""
    return TileSet(
        np.concatenate([first.tiles, second.tiles]),
        np.concatenate([first.labels, second.labels]),
        np.concatenate([first.patients, second.patients]),
        layout=first.layout.and_then(second.layout) if first.layout and second.layout else None,
    )


def _write(found: OutOfFold, path: Path, options: TrainOptions) -> None:
    columns = {"patient": found.patients, "label": found.labels, "fold": found.folds, "logit": found.logits}
    if found.layout is not None:
        columns |= {"on": found.layout.slides, "x": found.layout.corners[:, 0], "y": found.layout.corners[:, 1]}
    table = pa.table(columns)
    table = table.replace_schema_metadata({_OPTIONS: json.dumps(what_decides(options))})
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".parquet.unfinished")
    pq.write_table(table, unfinished)
    unfinished.replace(path)


_OPTIONS = b"forrang_options"


def read_out_of_fold(options: TrainOptions) -> OutOfFold:
    """The out-of-fold scores of these options. Raises TrainingError: there are none, or they are of others."""
    path = folds_file(options)
    try:
        table = pq.read_table(path)
        kept = json.loads(table.schema.metadata[_OPTIONS])
        columns = [np.asarray(table[name].to_numpy()) for name in ("logit", "label", "patient", "fold")]
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"calibrate_on: {path} does not hold out-of-fold scores ({error}). Make them with --folds 3 first."
        ) from error
    check_same_run(path, kept, what_decides(complete(options)))
    logits, labels, patients, folds = columns
    return OutOfFold(
        logits.astype(np.float64), labels.astype(np.int64), patients.astype(np.str_), _layout(table), folds=folds
    )


def _layout(table: pa.Table) -> Layout | None:
    """Corners in sides of a tile, and the slide or patient that each lies on."""
    if "on" not in table.column_names:
        return None
    corners = np.column_stack([table[name].to_numpy() for name in ("x", "y")])
    return Layout(corners, np.asarray(table["on"].to_pylist(), dtype=np.str_))
