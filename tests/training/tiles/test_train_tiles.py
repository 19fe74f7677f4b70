"""From a tile file to a model that can be found and judged, end to end, on a very small network."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from models.calibration import Platt, fit_platt  # noqa: E402
from models.networks import TileNetwork  # noqa: E402
from models.registry import Model, load_model  # noqa: E402
from tests.training.conftest import TILE_PX  # noqa: E402
from training.data.tile_set import TileSet, read_tiles  # noqa: E402
from training.judging.evaluate import evaluate, tile_logits  # noqa: E402
from training.tiles.fitting import fit, predict  # noqa: E402
from training.tiles.folds import OutOfFold, cross_validate_file  # noqa: E402
from training.tiles.freezing import freeze_first_stages  # noqa: E402
from training.tiles.meaning import prevalence_weights  # noqa: E402
from training.tiles.options import FitOptions, TrainOptions  # noqa: E402
from training.tiles.train_tiles import train_tiles  # noqa: E402
from training.tiles.training_state import mean_of_states  # noqa: E402

QUICK = FitOptions(epochs=2, batch=8, learning_rate=3e-3, frozen_stages=0, keep_epochs=2, average_decay=0.5)


@pytest.fixture(scope="module")
def model(tile_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    out = tmp_path_factory.mktemp("out")
    restained = QUICK.augmentation.model_copy(update={"restained_share": 0.3})
    options = TrainOptions(
        tiles=tile_file,
        out=out,
        name="quick",
        network="test_efficientnet",
        tile_px=TILE_PX,
        input_px=32,
        fit=QUICK.model_copy(update={"augmentation": restained}),
        calibrate_on="folds",
        threads=1,
    )
    held_out = cross_validate_file(options, 3)
    folder = train_tiles(options, curves=out / "curves")
    assert sorted(path.name for path in out.iterdir()) == ["curves", "quick", "quick.folds.parquet"]
    assert any(path.name.startswith("events.out") for path in (out / "curves").iterdir())
    made = load_model(folder)
    by_hand = corrected_by_hand(made, read_tiles(tile_file, ("val",), TILE_PX)["val"], held_out)
    assert made.manifest.calibration.model_dump() == pytest.approx(by_hand.model_dump(), rel=0.01)
    return made


def corrected_by_hand(model: Model, val: TileSet, folds: OutOfFold) -> Platt:
    """The line of the network's own logits of val, and what the folds' line of val lacks to be that of all."""
    own = fit_platt(tile_logits(model, val.tiles), val.labels)
    here = np.isin(folds.patients, val.patients)
    theirs = fit_platt(folds.logits[here], folds.labels[here])
    lacks = fit_platt(theirs.slope * folds.logits + theirs.intercept, folds.labels)
    return Platt(slope=lacks.slope * own.slope, intercept=lacks.slope * own.intercept + lacks.intercept)


def test_the_model_folder_is_whole_and_its_hashes_hold(model: Model) -> None:
    assert sorted(path.name for path in model.folder.iterdir()) == [
        "CARD.md",
        "card.html",
        "manifest.json",
        "model.fp32.onnx",
        "model.int8.onnx",
        "weights.safetensors",
    ]
    for kind in model.manifest.files:
        assert model.weights(kind).is_file()


def test_the_model_learnt_what_can_be_seen(model: Model, tile_file: Path) -> None:
    found = evaluate(model, tile_file, "test")
    assert (found.n, found.patients) == (48, 4)
    assert found.auc > 0.9
    assert found.sensitivity >= 0.5


def test_the_manifest_says_who_was_in_which_split_and_what_was_done_to_colours(model: Model) -> None:
    trace = model.manifest.data
    assert trace is not None
    assert (trace.patients, trace.tiles) == (
        {"train": 6, "val": 4, "test": 4},
        {"train": 72, "val": 48, "test": 48},
    )
    assert "30% of the tiles were shown in another patient's stain" in model.manifest.training_data


def test_the_card_names_splits_patients_and_limits(model: Model) -> None:
    card = (model.folder / "CARD.md").read_text(encoding="utf-8")
    assert "train: 72 tiles (36 positive) of 6 patients" in card
    assert "Not for clinical use" in card
    assert "| AUC |" in card
    assert "bag specificity" in card


def small_network(seed: int) -> TileNetwork:
    torch.manual_seed(seed)
    return TileNetwork("test_efficientnet", 32, (127.0,) * 3, (128.0,) * 3)


def test_the_same_seed_gives_the_same_network(tile_file: Path) -> None:
    data = read_tiles(tile_file, ("train", "val"), TILE_PX)
    quick = QUICK.model_copy(update={"epochs": 1})
    first, again = (fit(small_network(1), data["train"], data["val"], quick) for _ in range(2))
    tiles = data["val"].tiles
    assert np.allclose(predict(first.network, tiles), predict(again.network, tiles), atol=1e-5)


def test_frozen_stages_do_not_learn(tile_file: Path) -> None:
    data = read_tiles(tile_file, ("train", "val"), TILE_PX)
    network = small_network(1)
    before = network.net.get_submodule("conv_stem").weight.detach().clone()
    head = network.net.get_classifier().weight.detach().clone()
    fitted = fit(network, data["train"], data["val"], QUICK.model_copy(update={"epochs": 1, "frozen_stages": 1}))
    assert torch.equal(fitted.network.net.get_submodule("conv_stem").weight, before)
    assert not torch.equal(fitted.network.net.get_classifier().weight, head)
    assert freeze_first_stages(small_network(0).net, 0) == []


def test_the_mean_of_states_is_the_mean_of_each_weight() -> None:
    states = [
        {"a": torch.tensor([1.0, 3.0]), "n": torch.tensor(4)},
        {"a": torch.tensor([3.0, 5.0]), "n": torch.tensor(9)},
    ]
    mean = mean_of_states(states)
    assert mean["a"].tolist() == [2.0, 4.0]
    assert int(mean["n"]) == 4


def test_prevalence_weights_make_the_asked_for_share_positive() -> None:
    labels = np.array([1, 0, 0, 0])
    weights = prevalence_weights(labels, 0.4)
    assert weights is not None
    assert weights[labels == 1].sum() / weights.sum() == pytest.approx(0.4)
    assert prevalence_weights(labels, None) is None
