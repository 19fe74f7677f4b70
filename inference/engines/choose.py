"""Which engine runs a model on this machine."""

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.errors import ForrangError

if TYPE_CHECKING:
    from inference.engines.engine import Engine
    from models.registry import Model

Device = Literal["auto", "cpu", "cuda"]


class DeviceError(ForrangError):
    """The device asked for cannot be used on this machine."""


def make_engine(model: "Model", device: Device = "auto") -> "Engine":
    """An engine for `model`: on "auto", a GPU where there is one and torch can use it, else the CPU.

    Raises DeviceError where "cuda" is asked for and cannot be had.
    """
    from inference.engines.onnx_cpu import OnnxEngine  # slow to load, and commands that run no model name devices too

    if device == "cpu":
        return OnnxEngine(model)
    missing = _why_no_gpu(model)
    if missing is None:
        from inference.engines.torch_cuda import TorchEngine

        return TorchEngine(model)
    if device == "cuda":
        raise DeviceError(f"device cuda: {missing}")
    return OnnxEngine(model)


def driver_is_there() -> bool:
    """Whether this machine has an NVIDIA driver; quick, unlike asking torch."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _why_no_gpu(model: "Model") -> str | None:
    """Why a GPU cannot be used, with what to do; None where it can. Cheap tests first: torch loads slowly."""
    if not driver_is_there():
        return "this machine shows no NVIDIA driver; use --device cpu"
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed; install forrang[torch], or use --device cpu"
    if "torch" not in model.manifest.files:
        return f"{model.manifest.label} carries no torch weights; use --device cpu"
    import torch

    if not torch.cuda.is_available():
        return "torch cannot use the GPU (see `forrang doctor`); use --device cpu"
    return None
