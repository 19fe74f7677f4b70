"""The smallest real model: one that finds a tile the likelier the darker it is."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Manifest, WeightFile, write_manifest
from models.registry import Model, load_model, sha256_of

DARK_AT = 160.0
"""Mean grey level at which the logit is 0."""
PER_LEVEL = 0.1
"""How much the logit rises for each grey level darker."""


def make_tiny_model(folder: Path, *, tile_px: int = 32, mpp: float = 2.0, version: str = "1.0.0") -> Model:
    """Writes the model's folder and loads it. logit = PER_LEVEL * (DARK_AT - mean grey level)."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.onnx"
    onnx.save(_graph(tile_px), weights)
    manifest = Manifest.model_validate(
        {
            "name": "tiny-dark",
            "version": version,
            "network": "mean",
            "tile_px": tile_px,
            "mpp": mpp,
            "input_px": tile_px,
            "mean": (0, 0, 0),
            "std": (1, 1, 1),
            "classes": ("light", "dark"),
            "positive": "dark",
            "positive_means": "The tile is dark.",
            "calibration": {"slope": 1.0, "intercept": 0.0},
            "threshold": {"value": 0.5, "chosen": "Half."},
            "slide_rule": {
                "name": "top_area_mean",
                "area_mm2": 4 * (tile_px * mpp / 1000) ** 2,
                "calibration": {"slope": 1.0, "intercept": 0.0},
                "threshold": {"value": 0.5, "chosen": "Half."},
            },
            "training_data": "None.",
            "licence": "Apache-2.0",
            "intended_use": "Tests.",
            "limits": ("Knows nothing.",),
            "files": {"onnx-fp32": WeightFile(path=weights.name, sha256=sha256_of(weights))},
            "default_kind": "onnx-fp32",
        }
    )
    write_manifest(manifest, folder / "manifest.json")
    return load_model(folder)


def expected_logit(tile: np.ndarray) -> float:
    """What the model says of one tile, uint8 (h, w, 3)."""
    return PER_LEVEL * (DARK_AT - float(tile.mean()))


def _graph(tile_px: int) -> onnx.ModelProto:
    def constant(name: str, value: object, kind: type) -> onnx.TensorProto:
        return numpy_helper.from_array(np.array(value, kind), name)

    nodes = [
        helper.make_node("Cast", ["tiles"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["dark_at", "mean"], ["darkness"]),
        helper.make_node("Mul", ["darkness", "per_level"], ["logit"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("tiles", TensorProto.UINT8, ["n", tile_px, tile_px, 3])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"])],
        [
            constant("axes", [1, 2, 3], np.int64),
            constant("dark_at", DARK_AT, np.float32),
            constant("per_level", PER_LEVEL, np.float32),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
