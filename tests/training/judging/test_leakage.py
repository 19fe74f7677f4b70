"""Torn patients promise more exactly where patients can be told apart; the check sees files as they are."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from models.registry import find_model
from training.errors import TileSetError
from training.judging.leakage import check_leakage, check_leakage_of, cut_image, whole_patients

pytest.importorskip("onnx", reason="skipped: embeddings need the extra torch")


def features_of(own: float, shown: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """30 patients, each nearly of one class; `own` is how much they differ, `shown` how much the classes do."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(30), 12)
    labels = (rng.random(360) < np.where(patients % 2, 0.9, 0.1)).astype(np.int64)
    faces = rng.normal(0, own, (30, 40))[patients]
    features = faces + rng.normal(0, 1, (360, 40))
    features[:, 0] += shown * labels
    return features.astype(np.float32), labels, np.char.add("p", patients.astype(np.str_))


def test_patients_that_can_be_told_apart_leak() -> None:
    found = check_leakage(*features_of(own=3, shown=0.5))
    assert found.random[0] > 0.8
    assert found.grouped[0] < 0.7
    assert found.difference.more_than_chance
    assert "would promise too much" in found.told


def test_patients_that_look_alike_do_not() -> None:
    found = check_leakage(*features_of(own=0, shown=3))
    assert found.grouped[0] > 0.9
    assert abs(found.difference.value) < 0.03
    assert "would change little" in found.told


def test_two_patients_are_too_few_for_five_folds() -> None:
    with pytest.raises(TileSetError, match="patients"):
        check_leakage(np.zeros((40, 3), np.float32), np.tile([0, 1], 20), np.repeat(["a", "b"], 20))


def test_an_image_is_cut_from_its_middle_and_a_small_one_filled() -> None:
    image = np.arange(7 * 9, dtype=np.uint8).reshape(7, 9, 1).repeat(3, axis=2)
    tiles = cut_image(image, 3)
    assert tiles.shape == (6, 3, 3, 3)
    assert (tiles[1] == image[0:3, 3:6]).all()
    assert (tiles[5] == image[3:6, 6:9]).all()
    small = cut_image(image[:2], 8)
    assert small.shape == (1, 8, 8, 3)
    assert (small[0, :2] == image[:2, :8]).all()
    assert (small[0, 2:] == 255).all()


def test_patients_are_taken_whole() -> None:
    patients = np.repeat(["a", "b", "c", "d"], [5, 1, 7, 3])
    taken = whole_patients(patients, 6, seed=1)
    for name in "abcd":
        assert len(set(taken[patients == name])) == 1
    assert taken.sum() >= 6
    assert whole_patients(patients, 1000, seed=1).all()
    assert len(np.unique(patients[whole_patients(patients, 1, seed=1)])) == 2


def test_a_file_of_images_of_any_size_is_checked(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows: dict[str, list[object]] = {"png": [], "patient": [], "label": [], "split": []}
    for number in range(40):
        height, label = (60, 110)[number % 2], number // 2 % 2
        colour = np.array([120, 60, 140]) if label else np.array([225, 170, 200])
        picture = np.clip(colour + rng.normal(0, 20, (height, 70, 3)), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG")
        rows["png"].append(file.getvalue())
        rows["patient"].append(f"p{number // 4}")
        rows["label"].append(label)
        rows["split"].append("all")
    pq.write_table(pa.table(rows), tmp_path / "images.parquet")
    found = check_leakage_of(tmp_path / "images.parquet", find_model("idc-screen"))
    assert (found.tiles, found.patients) == (40, 10)
    assert found.grouped[0] > 0.95
