"""Small models that tell the test tiles apart well, badly or the wrong way round, in a home of their own."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.manifest import MANIFEST_NAME
from models.registry import Model, load_model, sha256_of
from tests.support.tiny_model import PER_LEVEL, make_tiny_model
from tests.training.conftest import TILE_PX, tile_rows, write_rows

DESCRIBED = {
    "training_data": "Drawn tiles.",
    "metrics": [
        {"name": "AUC", "value": 0.9, "low": 0.88, "high": 0.92, "on": "test tiles"},
        {"name": "calibration error", "value": 0.02, "low": None, "high": None, "on": "test tiles"},
    ],
    "limits": ["Not for clinical use."],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Model]:
    """Makes a model of a version; `per_level` below zero takes the light tiles for positive."""

    def make(version: str = "1.0.0", per_level: float = PER_LEVEL, **changes: object) -> Model:
        import onnx

        model = make_tiny_model(tmp_path / f"made-{version}", tile_px=TILE_PX, mpp=4.0, version=version)
        proto = onnx.load(model.weights())
        for value in proto.graph.initializer:
            if value.name == "per_level":
                value.CopyFrom(onnx.numpy_helper.from_array(np.float32(per_level), "per_level"))
        onnx.save(proto, model.weights())
        values = json.loads((model.folder / MANIFEST_NAME).read_text()) | DESCRIBED | changes
        values["files"]["onnx-fp32"]["sha256"] = sha256_of(model.folder / "model.onnx")
        (model.folder / MANIFEST_NAME).write_text(json.dumps(values))
        return load_model(model.folder)

    return make


@pytest.fixture(scope="session")
def many_patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tile file with twelve test patients, as gates want them."""
    rows: dict[str, list[object]] = {"png": [], "patient": [], "label": [], "split": []}
    for seed in range(3):
        for name, values in tile_rows(seed).items():
            rows[name] += [f"{value}-{seed}" if name == "patient" else value for value in values]
    return write_rows(rows, tmp_path_factory.mktemp("many") / "tiles.parquet")
