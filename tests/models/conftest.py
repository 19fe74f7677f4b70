"""Small real models for the tests: a real folder with a real ONNX file that is made without torch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.manifest import MANIFEST_NAME, Manifest, write_manifest
from models.registry import sha256_of

WEIGHTS = "model.fp32.onnx"


@pytest.fixture
def write_model_folder() -> Callable[..., Path]:
    """Writes a model folder whose weight file is any bytes, with the right hash, and returns the folder."""

    def write(folder: Path, content: bytes = b"weights", **changes: object) -> Path:
        folder.mkdir(parents=True)
        (folder / WEIGHTS).write_bytes(content)
        values = example_values() | {
            "files": {"onnx-fp32": {"path": WEIGHTS, "sha256": sha256_of(folder / WEIGHTS)}},
            **changes,
        }
        write_manifest(Manifest.model_validate(values), folder / MANIFEST_NAME)
        return folder

    return write


@pytest.fixture
def manifest_values() -> dict[str, object]:
    """The fields of a manifest that is right."""
    return example_values()


def example_values() -> dict[str, object]:
    """The fields of a manifest that is right."""
    return {
        "name": "small",
        "version": "1.2.0",
        "network": "test_efficientnet",
        "tile_px": 16,
        "mpp": 4.0,
        "input_px": 32,
        "mean": [127, 127, 127],
        "std": [128, 128, 128],
        "classes": ["none", "tumour"],
        "positive": "tumour",
        "positive_means": "The tile looks like tumour.",
        "calibration": {"slope": 1.5, "intercept": -0.5},
        "threshold": {"value": 0.4, "chosen": "by hand, for a test."},
        "slide_rule": {
            "name": "top_area_mean",
            "area_mm2": 0.4,
            "calibration": {"slope": 1.0, "intercept": 0.0},
            "threshold": {"value": 0.5, "chosen": "by hand, for a test."},
        },
        "training_data": "None.",
        "licence": "Apache-2.0",
        "intended_use": "Tests. Not for clinical use.",
        "limits": ["Not for clinical use."],
        "metrics": [{"name": "AUC", "value": 0.9, "low": 0.88, "high": 0.92, "on": "nothing"}],
        "files": {"onnx-fp32": {"path": WEIGHTS, "sha256": "0" * 64}},
        "default_kind": "onnx-fp32",
    }
