"""A small real model with an embedding: the mean colour, from which a last layer takes how dark the tile is."""

import io

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from models.manifest import WeightFile, write_manifest
from models.registry import Model, load_model, sha256_of
from tests.support.tiny_model import make_tiny_model

TILE_PX = 16
GREY_AT_HALF = 160.0


@pytest.fixture(scope="session")
def colour_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """logit = (160 - mean grey level) / 10; the embedding is the mean of each channel."""
    folder = tmp_path_factory.mktemp("models") / "colours"
    manifest = make_tiny_model(folder, tile_px=TILE_PX).manifest
    onnx.save(_graph(), folder / "model.onnx")
    file = WeightFile(path="model.onnx", sha256=sha256_of(folder / "model.onnx"))
    write_manifest(manifest.model_copy(update={"files": {"onnx-fp32": file}}), folder / "manifest.json")
    return load_model(folder)


def _graph() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["tiles"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels", "axes"], ["colour"], keepdims=0),
        helper.make_node("Gemm", ["colour", "weights", "bias"], ["column"]),
        helper.make_node("Squeeze", ["column", "last"], ["logit"]),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("tiles", TensorProto.UINT8, ["n", TILE_PX, TILE_PX, 3])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"])],
        [
            numpy_helper.from_array(np.array([1, 2]), "axes"),
            numpy_helper.from_array(np.full((3, 1), -1 / 30, np.float32), "weights"),
            numpy_helper.from_array(np.array([GREY_AT_HALF / 10], np.float32), "bias"),
            numpy_helper.from_array(np.array([1]), "last"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _png(level: float, red: bool) -> bytes:
    colour = np.clip([level + 30, level - 15, level - 15] if red else [level - 15, level - 15, level + 30], 0, 255)
    file = io.BytesIO()
    Image.fromarray(np.full((TILE_PX, TILE_PX, 3), colour, np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pool_rows() -> dict[str, list[object]]:
    """40 tiles of 8 patients from dark to light, of two colours; the first four have their label."""
    levels = np.linspace(60, 240, 20)
    pictures = [_png(level, red) for level in levels for red in (True, False)]
    labels: list[object] = [1, 1, 1, 1, *[None] * 36]
    return {"png": [*pictures], "patient": [f"p{n % 8}" for n in range(40)], "label": labels, "x": list(range(40))}
