"""An int8 network takes pixels as they are, and says what it said with its normalisation in float."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from models.export import export_onnx  # noqa: E402
from models.integer_input import FoldingError, fold_normalisation, take_pixels  # noqa: E402
from models.networks import TileNetwork  # noqa: E402
from models.quantize import quantise  # noqa: E402
from models.runtime import open_session, score_tiles  # noqa: E402

TILE_PX = 48
Tiles = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def tiles() -> Tiles:
    """Tiles with structure, from a seed: coarse noise enlarged."""
    coarse = np.random.default_rng(5).integers(0, 256, (12, 6, 6, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2)


@pytest.fixture(scope="module")
def fp32(tmp_path_factory: pytest.TempPathFactory, tiles: Tiles) -> Path:
    """A network that takes its tiles in their own size, as fp32 ONNX."""
    return exported(tmp_path_factory.mktemp("network"), tiles, TILE_PX)


def exported(folder: Path, tiles: Tiles, input_px: int) -> Path:
    """A small network with a head that says something."""
    torch.manual_seed(3)
    network = TileNetwork("resnet10t", input_px, (127.0, 127.0, 127.0), (60.0, 55.0, 50.0)).eval()
    torch.nn.init.normal_(network.net.get_classifier().weight)
    export_onnx(network, TILE_PX, folder / "fp32.onnx", tiles[:2])
    return folder / "fp32.onnx"


def test_folding_changes_no_score_where_all_channels_share_one_mean(fp32: Path, tmp_path: Path, tiles: Tiles) -> None:
    model = onnx.load(fp32)
    assert fold_normalisation(model) == 127
    onnx.save(model, tmp_path / "folded.onnx")
    before, after = (score_tiles(open_session(path), tiles) for path in (fp32, tmp_path / "folded.onnx"))
    np.testing.assert_allclose(after, before, atol=1e-3 * float(np.ptp(before)))


def test_pixels_go_straight_into_the_first_layer_and_the_scores_stay(fp32: Path, tmp_path: Path, tiles: Tiles) -> None:
    model = onnx.load(fp32)
    zero = fold_normalisation(model)
    assert zero is not None
    onnx.save(model, tmp_path / "folded.onnx")
    quantise(tmp_path / "folded.onnx", tmp_path / "int8.onnx", tiles)
    quantised = onnx.load(tmp_path / "int8.onnx")
    take_pixels(quantised, zero)
    onnx.save(quantised, tmp_path / "pixels.onnx")
    (first,) = [node for node in quantised.graph.node if node.op_type == "Transpose" and "tiles" in node.input]
    assert [node.op_type for node in quantised.graph.node if first.output[0] in node.input] == ["DequantizeLinear"]
    paths = (fp32, tmp_path / "int8.onnx", tmp_path / "pixels.onnx")
    exact, detour, straight = (score_tiles(open_session(path), tiles) for path in paths)
    assert np.corrcoef(straight, detour)[0, 1] > 0.999
    assert np.abs(straight - exact).mean() <= np.abs(detour - exact).mean() + 0.02 * np.ptp(exact)


def test_a_network_that_resizes_its_tiles_is_left_as_it_is(tmp_path: Path, tiles: Tiles) -> None:
    model = onnx.load(exported(tmp_path, tiles, input_px=64))
    before = model.SerializeToString()
    assert fold_normalisation(model) is None
    assert model.SerializeToString() == before


def test_a_network_that_was_not_quantised_cannot_take_pixels(fp32: Path) -> None:
    model = onnx.load(fp32)
    assert fold_normalisation(model) == 127
    with pytest.raises(FoldingError, match="not quantised"):
        take_pixels(model, 127)
