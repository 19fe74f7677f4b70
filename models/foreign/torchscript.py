"""Runs a TorchScript network and writes it as ONNX. Needs the `torch` extra.

A TorchScript file is a program: opening it runs code that its maker wrote, which may read and write files as you do.
So it is only opened for whoever says why it may be. Once it is ONNX, nothing of it is run again.
"""

import warnings
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.foreign.preparation import ForeignModelError

OPSET = 18
BATCH = 16


def load_torchscript(path: Path, why: str) -> torch.jit.ScriptModule:
    """The network, in evaluation mode, on the CPU.

    Args:
        path: of the file.
        why: it may be run, in the words of whoever says so.

    Raises ForeignModelError: no reason is given, or it is no TorchScript; a pickle is not opened to find out.
    """
    if not why.strip():
        raise ForeignModelError(f"{path}: a TorchScript file is a program that runs when it is opened; say why it may.")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise ForeignModelError(f"{path}: is no TorchScript file ({error}). A plain pickle is never opened.") from error
    if not any("/code/" in name for name in names) or not any(name.endswith("/constants.pkl") for name in names):
        raise ForeignModelError(f"{path}: is no TorchScript but a pickle of weights, which is never opened.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network: torch.jit.ScriptModule = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
            network.eval()
            return network
    except RuntimeError as error:
        raise ForeignModelError(f"{path}: torch cannot open this TorchScript ({_last_line(error)}).") from error


def run_torchscript(network: torch.jit.ScriptModule, pictures: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """What the network gives for pictures (n, 3, px, px): (n, classes).

    Raises ForeignModelError: it cannot take them.
    """
    parts = []
    try:
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                parts.append(network(torch.from_numpy(pictures[start : start + BATCH])))
        whole = torch.cat(parts).double().numpy()
    except (RuntimeError, TypeError) as error:
        raise ForeignModelError(f"the TorchScript network cannot take these pictures ({_last_line(error)})") from error
    return np.asarray(whole.reshape(len(whole), -1), dtype=np.float64)


def torchscript_to_onnx(network: torch.jit.ScriptModule, input_px: int, path: Path) -> None:
    """Writes the network as ONNX, for any number of pictures (n, 3, input_px, input_px).

    Raises ForeignModelError: it holds something that ONNX cannot say.
    """
    example = torch.zeros((2, 3, input_px, input_px))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (example,),
                str(path),
                dynamo=False,  # the newer way takes no TorchScript
                input_names=["pictures"],
                output_names=["by_class"],
                dynamic_axes={"pictures": {0: "n"}, "by_class": {0: "n"}},
                opset_version=OPSET,
            )
    except (RuntimeError, ValueError, torch.onnx.errors.OnnxExporterError) as error:
        raise ForeignModelError(f"the TorchScript network cannot be written as ONNX ({_last_line(error)})") from error


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
