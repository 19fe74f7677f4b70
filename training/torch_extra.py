"""What the extra `torch` brings: a command that needs some of it says so before it starts."""

import importlib.util

from training.errors import TrainingError


def require_torch() -> None:
    """Raises TrainingError where torch is not installed."""
    _require("torch", "training needs torch")


def require_onnx() -> None:
    """Raises TrainingError where the `onnx` package, which takes networks apart, is not installed."""
    _require("onnx", "taking a network apart needs the package onnx")


def require_imagehash() -> None:
    """Raises TrainingError where ImageHash, which finds pictures that look alike, is not installed."""
    _require("imagehash", "finding pictures that look alike needs the package ImageHash")


def _require(module: str, why: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise TrainingError(f"{why}, of an extra: run `make install`, or pip install 'forrang[torch]'")
