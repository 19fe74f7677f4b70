"""Any ONNX classifier becomes a model that takes our tiles and gives our logit, or is refused with a reason."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
import onnxruntime as ort

from models.foreign.classifier import Classifier
from models.foreign.describing import Described
from models.foreign.importing import import_onnx
from models.foreign.preparation import ForeignModelError, Preparation, prepare, resize_matrix
from models.registry import load_model
from models.runtime import open_session, score_tiles
from tests.models.foreign.conftest import CLASSES, PX

TILE_PX = 30
MEAN, STD = (0.7, 0.6, 0.65), (0.2, 0.25, 0.15)
Write = Callable[..., Path]


def preparation(network: Classifier) -> Preparation:
    if network.integers:
        return Preparation(TILE_PX, network.input_px or PX, network.layout, scale=1, integers=True)
    return Preparation(TILE_PX, network.input_px or PX, network.layout, mean=MEAN, std=STD)


def bring_in(path: Path, folder: Path, classes: tuple[str, ...] = CLASSES, **told: object) -> np.ndarray:
    """Imports, and returns the probabilities of some tiles."""
    folder.mkdir(exist_ok=True)
    import_onnx(path, preparation, Described("any-model", "1.0.0", 1.0, classes, ("tumour",)), folder, **told)
    model = load_model(folder)
    return model.manifest.calibration.probability(score_tiles(open_session(model.weights()), tiles()))


def tiles(count: int = 7) -> np.ndarray:
    rng = np.random.default_rng(2)
    colour = rng.integers(90, 230, (count, 1, 1, 3))
    return np.clip(colour + rng.normal(0, 40, (count, TILE_PX, TILE_PX, 3)), 0, 255).astype(np.uint8)


def raw_outputs(path: Path, layout: str, integers: bool) -> np.ndarray:
    """What the network's maker gets: Pillow, numpy, ONNX Runtime."""
    pictures = np.stack([np.asarray(Image.fromarray(t).resize((PX, PX), Image.Resampling.BILINEAR)) for t in tiles()])
    if not integers:
        pictures = ((pictures / 255 - MEAN) / STD).astype(np.float32)
    if layout == "nchw":
        pictures = pictures.transpose(0, 3, 1, 2)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    outputs = [session.run(None, {"x": picture[None]})[0].reshape(-1) for picture in pictures]
    return np.stack(outputs).astype(np.float64)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("integers", [False, True])
@pytest.mark.parametrize("opset", [13, 17])
def test_layouts_and_kinds_of_pixels_give_what_the_network_gives(
    write_classifier: Write, tmp_path: Path, layout: str, integers: bool, opset: int
) -> None:
    path = write_classifier(layout=layout, integers=integers, opset=opset)
    ours = bring_in(path, tmp_path / "ours")
    logits = raw_outputs(path, layout, integers)
    expected = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    assert np.ptp(expected) > 0.05
    assert np.abs(ours - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("closing", "classes"),
    [("Softmax", CLASSES), ("Softmax", ("other", "tumour")), ("Sigmoid", ("tumour",)), ("Sigmoid", CLASSES)],
)
@pytest.mark.parametrize("told", [None, "probabilities"])
def test_what_a_closing_softmax_or_sigmoid_says_stays_said(
    write_classifier: Write, tmp_path: Path, closing: str, classes: tuple[str, ...], told: str | None
) -> None:
    path = write_classifier(closing=closing, classes=len(classes))
    ours = bring_in(path, tmp_path / "ours", classes, gives=told)
    assert np.abs(ours - raw_outputs(path, "nchw", integers=False)[:, classes.index("tumour")]).max() < 1e-4


def test_probabilities_that_no_closing_operator_shows_are_asked_for_and_then_taken(
    write_classifier: Write, tmp_path: Path
) -> None:
    path = write_classifier(closing="Sigmoid", classes=1, flat=True)
    with pytest.raises(ForeignModelError, match="between 0 and 1"):
        bring_in(path, tmp_path / "ours", ("tumour",))
    ours = bring_in(path, tmp_path / "ours", ("tumour",), gives="probabilities")
    assert np.abs(ours - raw_outputs(path, "nchw", integers=False)[:, 0]).max() < 1e-4


def test_a_batch_that_its_maker_fixed_at_one_is_set_free_where_the_network_allows(
    write_classifier: Write, tmp_path: Path
) -> None:
    path = write_classifier(batch=1)
    logits = raw_outputs(path, "nchw", integers=False)
    expected = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    assert np.abs(bring_in(path, tmp_path / "ours") - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("made", "told", "words"),
    [
        ({"classes": 2}, {}, "gives 2 numbers a picture and 3 classes are named"),
        ({"shape": ["n", 3, PX, 40]}, {}, "only square ones"),
        ({"shape": ["n", "c", "h", "w"]}, {}, "Say --layout"),
        ({"shape": ["n", 5, PX, PX]}, {}, "Say --layout"),
        ({}, {"layout": "nhwc"}, "which is not nhwc"),
        ({}, {"output": "features"}, "gives \\['y'\\]"),
        ({"opset": 11}, {}, "export it with 13"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_what_to_do(
    write_classifier: Write, tmp_path: Path, made: dict[str, object], told: dict[str, str], words: str
) -> None:
    path = write_classifier(**made)
    with pytest.raises(ForeignModelError, match=words):
        bring_in(path, tmp_path / "ours", **told)
    assert not (tmp_path / "ours" / "manifest.json").exists()


def test_a_file_that_is_no_network_and_one_with_weights_outside_are_refused(
    write_classifier: Write, tmp_path: Path
) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"\x80\x04nothing")
    with pytest.raises(ForeignModelError, match="no ONNX file"):
        bring_in(tmp_path / "broken.onnx", tmp_path / "ours")
    proto = onnx.load(write_classifier())
    onnx.external_data_helper.set_external_data(proto.graph.initializer[0], location="../../outside.bin")
    proto.graph.initializer[0].ClearField("raw_data")
    (tmp_path / "outside.onnx").write_bytes(proto.SerializeToString())
    with pytest.raises(ForeignModelError, match=r"outside\.onnx"):
        bring_in(tmp_path / "outside.onnx", tmp_path / "ours")


def test_normalising_integers_is_refused() -> None:
    with pytest.raises(ForeignModelError, match="normalises by itself"):
        Preparation(TILE_PX, PX, integers=True, mean=MEAN, std=STD)


@given(tile_px=st.integers(8, 80), input_px=st.integers(8, 80))
def test_the_matrix_resizes_as_pillow_does_to_the_grey_level(tile_px: int, input_px: int) -> None:
    tile = np.random.default_rng(tile_px).integers(0, 256, (1, tile_px, tile_px, 3), dtype=np.uint8)
    matrix = resize_matrix(tile_px, input_px)
    across = np.floor(np.einsum("iw,nhwc->nhic", matrix, tile.astype(np.float64)) + 0.5)
    ours = np.floor(np.einsum("ih,nhwc->niwc", matrix, across) + 0.5)
    pillow = prepare(tile, Preparation(tile_px, input_px, "nhwc", scale=1, integers=True))
    assert np.array_equal(ours, pillow)
