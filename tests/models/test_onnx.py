"""What torch says, ONNX says too; and eight bits say nearly the same. On a very small network."""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from models.errors import WeightsError  # noqa: E402
from models.export import ParityError, check_parity, export_onnx  # noqa: E402
from models.networks import TileNetwork, load_weights, save_weights  # noqa: E402
from models.quantize import quantise  # noqa: E402
from models.runtime import open_session, score_tiles  # noqa: E402

TILE_PX = 16


def tiles(n: int) -> npt.NDArray[np.uint8]:
    coarse = np.random.default_rng(0).integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


def network(seed: int = 0) -> TileNetwork:
    torch.manual_seed(seed)
    made = TileNetwork("test_efficientnet", 32, (127.0, 120.0, 130.0), (128.0, 64.0, 100.0)).eval()
    torch.nn.init.normal_(made.net.get_classifier().weight, std=0.05)
    return made


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[TileNetwork, Path]:
    made, path = network(), tmp_path_factory.mktemp("onnx") / "fp32.onnx"
    export_onnx(made, TILE_PX, path, tiles(8))
    return made, path


def test_the_exported_network_agrees_with_torch_for_any_number_of_tiles(exported: tuple[TileNetwork, Path]) -> None:
    made, path = exported
    for n in (1, 2, 7, 33):
        assert check_parity(made, path, tiles(n), tolerance=1e-3) <= 1e-3
    assert len(np.unique(score_tiles(open_session(path), tiles(7)))) > 1


def test_an_export_that_says_something_else_is_refused_naming_the_file(exported: tuple[TileNetwork, Path]) -> None:
    _, path = exported
    with pytest.raises(ParityError, match=r"fp32\.onnx: ONNX Runtime and torch differ"):
        check_parity(network(seed=9), path, tiles(8), tolerance=1e-3)


def test_eight_bits_say_nearly_the_same(exported: tuple[TileNetwork, Path], tmp_path: Path) -> None:
    _, path = exported
    before = logging.getLogger().level
    quantise(path, tmp_path / "int8.onnx", tiles(64))
    assert logging.getLogger().level == before, "what others log still comes through"
    exact, rounded = (score_tiles(open_session(p), tiles(64)) for p in (path, tmp_path / "int8.onnx"))
    assert np.corrcoef(exact, rounded)[0, 1] > 0.9
    assert not np.array_equal(exact, rounded)


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_the_first_convolutions_stay_in_float_where_that_is_asked_for(
    exported: tuple[TileNetwork, Path], tmp_path: Path, kept: int
) -> None:
    quantise(exported[1], tmp_path / "int8.onnx", tiles(64), float_convolutions=kept)
    graph = onnx.load(tmp_path / "int8.onnx").graph
    restored = {output for node in graph.node if node.op_type == "DequantizeLinear" for output in node.output}
    rounded = [node.input[1] in restored for node in graph.node if node.op_type == "Conv"]
    assert len(rounded) > 5
    assert rounded == [False] * kept + [True] * (len(rounded) - kept)


def test_normalising_before_resizing_is_the_same_as_after() -> None:
    made = network()
    batch = torch.from_numpy(tiles(4))
    images = torch.nn.functional.interpolate(
        batch.permute(0, 3, 1, 2).float(), size=(32, 32), mode="bilinear", align_corners=False
    )
    with torch.inference_mode():
        assert torch.allclose(made(batch), made.score_images(images), atol=1e-4)


def test_weights_are_kept_in_half_precision_and_come_back(tmp_path: Path) -> None:
    made, other = network(), network(seed=1)
    save_weights(made, tmp_path / "weights.safetensors")
    load_weights(other, tmp_path / "weights.safetensors")
    for name, value in made.net.state_dict().items():
        if value.is_floating_point():
            assert torch.equal(other.net.state_dict()[name], value.half().float())


def test_weights_of_another_network_are_refused_naming_the_file(tmp_path: Path) -> None:
    save_weights(network(), tmp_path / "weights.safetensors")
    other = TileNetwork("test_resnet", 32, (127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
    with pytest.raises(WeightsError, match=r"weights\.safetensors"):
        load_weights(other, tmp_path / "weights.safetensors")


def test_a_file_that_is_no_network_is_refused_naming_it(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"broken\.onnx: ONNX Runtime cannot open"):
        open_session(tmp_path / "broken.onnx")


def test_no_tiles_give_no_logits(exported: tuple[TileNetwork, Path]) -> None:
    assert score_tiles(open_session(exported[1]), np.zeros((0, TILE_PX, TILE_PX, 3), np.uint8)).shape == (0,)
