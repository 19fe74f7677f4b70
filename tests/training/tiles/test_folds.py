"""Out-of-fold scores come from networks that never saw the patient, are kept, and can be calibrated on."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from tests.training.conftest import TILE_PX  # noqa: E402
from training.data.splits import patient_folds  # noqa: E402
from training.data.tile_set import TileSet, read_tiles  # noqa: E402
from training.errors import TileSetError, TrainingError  # noqa: E402
from training.tiles import folds as folds_room  # noqa: E402
from training.tiles.fitting import Fit  # noqa: E402
from training.tiles.folds import (  # noqa: E402
    cross_validate,
    cross_validate_file,
    folds_file,
    read_out_of_fold,
    together,
)
from training.tiles.options import FitOptions, TrainOptions  # noqa: E402
from training.tiles.patient_auc import choosing_auc, patient_auc  # noqa: E402
from training.tiles.runs import make_network  # noqa: E402

QUICK = FitOptions(epochs=1, batch=12, learning_rate=3e-3, frozen_stages=0, keep_epochs=1, average_decay=0.5)


def options_for(tiles: Path, out: Path, **changes: object) -> TrainOptions:
    told = {"name": "folded", "network": "test_efficientnet", "tile_px": TILE_PX, "input_px": 32, "fit": QUICK}
    return TrainOptions.model_validate({"tiles": tiles, "out": out, **told, "threads": 1, **changes})


def test_each_round_learns_chooses_and_holds_out_other_patients(
    tile_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = read_tiles(tile_file, ("train", "val"), TILE_PX)
    tiles = together(data["train"], data["val"])
    folds = patient_folds(tiles.labels, tiles.patients, 5, 0)
    rounds: list[tuple[set[str], set[str]]] = []

    def remembered(options: TrainOptions, train: TileSet, chosen_on: TileSet, *_: object) -> tuple[Fit, str]:
        rounds.append((set(train.patients), set(chosen_on.patients)))
        return Fit(make_network(options), (0.5,), (1,)), ""

    monkeypatch.setattr(folds_room, "fit_network", remembered)
    cross_validate(options_for(tile_file, tmp_path), tiles, folds)
    everybody = set(tiles.patients)
    for number, (learnt, chosen_on) in enumerate(rounds):
        held_out = set(tiles.patients[folds == number])
        assert held_out | learnt | chosen_on == everybody
        assert not held_out & learnt
        assert not held_out & chosen_on
        assert not learnt & chosen_on
    assert len(rounds) == 5


def test_scores_out_of_fold_are_kept_and_read_only_by_the_same_options(tile_file: Path, tmp_path: Path) -> None:
    options = options_for(tile_file, tmp_path)
    found = cross_validate_file(options, 3)
    assert len(found.logits) == 72 + 48
    assert found.auc > 0.8
    assert found.auc_ci[0] <= found.auc <= found.auc_ci[1]
    assert 0 <= found.patient_auc <= 1
    assert [path.name for path in tmp_path.iterdir()] == ["folded.folds.parquet"]
    again = read_out_of_fold(options)
    assert np.array_equal(again.logits, found.logits)
    assert again.patients.tolist() == found.patients.tolist()
    with pytest.raises(TrainingError, match=r"its input_px is 32, and this run's is 64"):
        read_out_of_fold(options_for(tile_file, tmp_path, input_px=64))


def test_scores_that_are_missing_or_broken_are_told(tile_file: Path, tmp_path: Path) -> None:
    options = options_for(tile_file, tmp_path)
    with pytest.raises(TrainingError, match=r"folded\.folds\.parquet.*Make them with --folds 3 first"):
        read_out_of_fold(options)
    folds_file(options).write_bytes(b"no parquet")
    with pytest.raises(TrainingError, match="does not hold out-of-fold scores"):
        read_out_of_fold(options)


def test_too_few_folds_or_patients_are_refused(tile_file: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="needs 3 folds or more, not 2"):
        cross_validate_file(options_for(tile_file, tmp_path), 2)
    with pytest.raises(TileSetError):
        cross_validate_file(options_for(tile_file, tmp_path), 50)


def test_every_patient_weighs_the_same_however_many_tiles_he_gave() -> None:
    labels = np.array([1, 0, 1, 0], np.int64)
    scores = np.array([0.9, 0.1, 0.2, 0.8])
    patients = np.array(["right", "right", "wrong", "wrong"])
    many = np.repeat(np.arange(4), [50, 50, 1, 1])
    assert patient_auc(labels, scores, patients) == pytest.approx(0.75)
    assert patient_auc(labels[many], scores[many], patients[many]) == pytest.approx(0.75)
    tiles = TileSet(np.zeros((102, 2, 2, 3), np.uint8), labels[many], patients[many])
    assert choosing_auc(tiles, scores[many], "tiles") > 0.95
    assert choosing_auc(tiles, scores[many], "patients") == pytest.approx(0.75)
    with pytest.raises(TrainingError, match="All 51 validation tiles have the label 1"):
        choosing_auc(tiles.take(tiles.labels == 1), scores[many][labels[many] == 1], "tiles")
