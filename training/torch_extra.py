"""Whether torch is here: it is an extra, and a command that needs it says so before it starts."""

import importlib.util

from training.errors import TrainingError


def require_torch() -> None:
    """Raises TrainingError where the extra `torch` is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise TrainingError(
            "training needs torch, which is an extra: run `make install`, or pip install 'forrang[torch]'"
        )


def require_onnx() -> None:
    """Raises TrainingError where the `onnx` package, which takes networks apart, is not installed."""
    if importlib.util.find_spec("onnx") is None:
        raise TrainingError("importing a network needs the package onnx: run `make install`, or pip install onnx")
