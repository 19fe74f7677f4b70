"""The bundled model: it is whole, its kinds agree, its figures hold on patients it never saw."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from models.registry import find_model, sha256_of
from models.runtime import open_session, score_tiles
from models.surroundings import Layout
from training.data.tile_set import TileSet, read_tiles
from training.judging.evaluate import evaluate, evaluate_tiles
from training.shipping.card import write_card


@pytest.fixture(scope="module")
def test_tiles(data_dir: Path) -> TileSet:
    return read_tiles(data_dir / "idc" / "tiles.parquet", ("test",), 50)["test"]


def test_every_weight_file_is_the_one_in_the_manifest() -> None:
    model = find_model("idc-screen")
    for kind, file in model.manifest.files.items():
        assert sha256_of(model.weights(kind)) == file.sha256
    assert model.manifest.default_kind == "onnx-int8"


def test_the_card_says_what_the_manifest_says() -> None:
    model = find_model("idc-screen")
    card = (model.folder / "CARD.md").read_text(encoding="utf-8")
    assert card == write_card(model.manifest)
    assert "Not for clinical use" in card
    assert "65 patients" in card
    assert "CC0" in card


def test_torch_and_onnx_say_the_same(data_dir: Path, test_tiles: TileSet) -> None:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    from models.networks import load_network

    model, tiles = find_model("idc-screen"), test_tiles.tiles[:48]
    with torch.inference_mode():
        ours = load_network(model)(torch.from_numpy(tiles)).numpy()
    assert np.abs(ours - score_tiles(open_session(model.weights("onnx-fp32")), tiles)).max() < 2e-3


def test_its_figures_hold_on_test_patients(data_dir: Path, test_tiles: TileSet) -> None:
    model = find_model("idc-screen")
    small = evaluate(model, data_dir / "idc" / "tiles.parquet", "test")
    full = evaluate_tiles(model, test_tiles, "onnx-fp32")
    assert (small.n, small.patients) == (2791, 65)
    assert small.auc >= 0.94
    assert small.balanced_accuracy >= 0.86
    assert small.auc_ci[0] < small.auc < small.auc_ci[1]
    assert small.ece <= 0.03
    assert abs(small.auc - full.auc) <= 0.003
    recorded = next(m for m in model.manifest.metrics if m.name == "AUC" and m.on.endswith("onnx-int8"))
    assert recorded.value == pytest.approx(small.auc, abs=0.003)


@pytest.mark.xfail(
    strict=True, reason="0.027: 169 patients calibrate for 65 others, of whom chance alone gives 0.024 in the middle"
)
def test_its_calibration_error_is_within_the_target(test_tiles: TileSet) -> None:
    assert evaluate_tiles(find_model("idc-screen"), test_tiles).ece <= 0.02


def test_it_ranks_tumour_on_a_slide_with_a_known_truth(data_dir: Path) -> None:
    model = find_model("idc-screen")
    with Image.open(data_dir / "slides" / "idc_14306.tif") as picture:
        image = np.asarray(picture.convert("RGB"))
    with Image.open(data_dir / "slides" / "idc_14306_truth.png") as picture:
        truth = np.asarray(picture)
    rows, columns = np.nonzero(truth)
    padded = np.pad(image, ((0, 50), (0, 50), (0, 0)), constant_values=255)
    tiles = np.stack([padded[r * 50 : r * 50 + 50, c * 50 : c * 50 + 50] for r, c in zip(rows, columns, strict=True)])
    logits = score_tiles(open_session(model.weights(), threads=2), tiles)
    joined = model.manifest.tile_probability(logits, Layout.of_one_slide(np.column_stack([columns, rows]) * 1.0))
    assert roc_auc_score(truth[rows, columns] == 200, logits) >= 0.90
    assert roc_auc_score(truth[rows, columns] == 200, joined) >= 0.94
