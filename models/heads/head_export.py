"""A slide head from torch to ONNX and safetensors, with proof that both say the same of bags of any size."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from safetensors.torch import save_file

from models.export import ParityError, write_onnx
from models.heads.head_runtime import ATTENTION_NAME, BAG_NAME, LOGIT_NAME
from models.heads.networks import HeadEnsemble
from models.runtime import session_options

TOLERANCE = 1e-3
"""Largest difference of a logit that rounding explains; 0.0003 of probability."""
_SIZES = (1, 2, 7, 500)


def export_head(ensemble: HeadEnsemble, size: int, onnx_path: Path, weights_path: Path) -> float:
    """Writes a head that takes bags (n, size), n from 1 up, as ONNX, and its weights as safetensors.

    Returns the largest difference of a logit between torch and ONNX Runtime, on drawn bags of several sizes.
    Raises ParityError when it is over the tolerance; no file is left then.
    """
    ensemble = ensemble.eval()
    write_onnx(ensemble, torch.zeros((3, size)), onnx_path, BAG_NAME, [LOGIT_NAME, ATTENTION_NAME], most=None)
    save_file({name: value.contiguous() for name, value in ensemble.state_dict().items()}, weights_path)
    difference = _difference(ensemble, onnx_path)
    if not difference <= TOLERANCE:
        onnx_path.unlink()
        weights_path.unlink()
        raise ParityError(
            f"{onnx_path}: ONNX Runtime and torch differ by up to {difference:.2g} (allowed: {TOLERANCE:.2g}). "
            "The export is wrong for this head; do not use it."
        )
    return difference


def _difference(ensemble: HeadEnsemble, path: Path) -> float:
    """Over bags as wide as those it was fitted on, since a head is steeper than rounding only far outside them."""
    session = ort.InferenceSession(str(path), session_options(1), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    mean, axes = ensemble.projection.mean, ensemble.projection.axes
    found = 0.0
    for count in _SIZES:
        drawn = torch.randn((count, axes.shape[1]), generator=generator)
        bag = drawn @ torch.linalg.pinv(axes) + mean
        with torch.inference_mode():
            logit, attention = (said.numpy() for said in ensemble(bag))
        ours = session.run([LOGIT_NAME, ATTENTION_NAME], {BAG_NAME: bag.numpy()})
        found = max(found, *(float(np.max(np.abs(a - b))) for a, b in zip((logit, attention), ours, strict=True)))
    return found
