"""What is exported says what the network says, or it is refused; eight bits that lose too much are not kept."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from models.export import export_onnx  # noqa: E402
from models.networks import TileNetwork  # noqa: E402
from tests.training.conftest import TILE_PX, draw_tile  # noqa: E402
from training.data.tile_set import TileSet  # noqa: E402
from training.shipping import exporting  # noqa: E402
from training.shipping.exporting import ExportRefusedError, export_checked, fault_of  # noqa: E402


def network(spread: float) -> TileNetwork:
    torch.manual_seed(0)
    made = TileNetwork("test_efficientnet", 32, (127.0,) * 3, (128.0,) * 3).eval()
    torch.nn.init.normal_(made.net.get_classifier().weight, std=spread)
    return made


@pytest.fixture
def tiles() -> TileSet:
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 2
    drawn = np.stack([draw_tile(int(label), rng) for label in labels])
    return TileSet(drawn, labels, np.array([f"p{n // 8}" for n in range(48)]))


def test_what_passes_is_kept_and_the_default_loses_nothing(tmp_path: Path, tiles: TileSet) -> None:
    found = export_checked(network(0.5), tmp_path, tiles, tiles)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.fp32.onnx", "model.int8.onnx"]
    assert set(found.logits) == {"onnx-fp32", "onnx-int8"}
    with torch.inference_mode():
        ours = network(0.5)(torch.from_numpy(tiles.tiles)).numpy()
    assert np.abs(found.logits["onnx-fp32"] - ours).max() < 2e-3


def test_a_network_that_says_the_same_of_every_tile_is_refused(tmp_path: Path, tiles: TileSet) -> None:
    with pytest.raises(ExportRefusedError, match="says the same"):
        export_checked(network(0.0), tmp_path, tiles, tiles)
    assert not list(tmp_path.iterdir())


def test_eight_bits_that_lose_too_much_are_not_kept(
    tmp_path: Path, tiles: TileSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ruin(source: Path, target: Path, *_: object, **__: object) -> None:
        other = network(0.5)
        with torch.no_grad():
            other.net.get_classifier().weight.neg_()
        export_onnx(other, TILE_PX, target, tiles.tiles[:4])

    monkeypatch.setattr(exporting, "quantise", ruin)
    found = export_checked(network(0.5), tmp_path, tiles, tiles)
    assert found.default == "onnx-fp32"
    assert [path.name for path in tmp_path.iterdir()] == ["model.fp32.onnx"]


def test_answers_that_are_no_numbers_are_named() -> None:
    assert fault_of(np.array([1.0, np.nan, np.inf])) == "2 of 3 answers are no numbers"
    assert fault_of(np.array([1.0, 2.0])) is None
