"""The smallest real model with an embedding: a tile's mean red, green and blue, and a last layer over them."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.manifest import write_manifest
from models.registry import Model, load_model, sha256_of
from tests.support.tiny_model import make_tiny_model

EMBEDDING = "colour"


def make_tiny_embedder(folder: Path, tile_px: int = 32) -> Model:
    """Writes the model's folder and loads it: tiles at 2 um, named tiny-dark@1.0.0."""
    model = make_tiny_model(folder, tile_px=tile_px)
    weights = model.weights()
    onnx.save(_graph(model.manifest.tile_px), weights)
    file = model.manifest.files["onnx-fp32"].model_copy(update={"sha256": sha256_of(weights)})
    write_manifest(model.manifest.model_copy(update={"files": {"onnx-fp32": file}}), folder / "manifest.json")
    return load_model(folder)


def _graph(tile_px: int) -> onnx.ModelProto:
    held = {
        "axes": np.array([1, 2], np.int64),
        "weight": np.array([[-0.03, -0.03, -0.03]], np.float32),
        "bias": np.array([14.0], np.float32),
        "last": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["tiles"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels", "axes"], [EMBEDDING], keepdims=0),
        helper.make_node("Gemm", [EMBEDDING, "weight", "bias"], ["decided"], transB=1),
        helper.make_node("Squeeze", ["decided", "last"], ["logit"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("tiles", TensorProto.UINT8, ["n", tile_px, tile_px, 3])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(value, name) for name, value in held.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
