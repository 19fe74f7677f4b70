"""The smallest way to run a tile model: ONNX Runtime on the CPU, uint8 tiles in, logits out. Needs no torch."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from models.errors import WeightsError

INPUT_NAME = "tiles"
OUTPUT_NAME = "logit"
CANNOT_OPEN = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


def session_options(threads: int) -> ort.SessionOptions:
    """Exactly `threads` threads, which sleep while they wait."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def open_session(path: Path, threads: int = 1) -> ort.InferenceSession:
    """A session on the CPU that uses exactly `threads` threads and gives them back while it waits.

    Raises WeightsError: the file is no ONNX model, or does not take `tiles` and give `logit`.
    """
    try:
        session = ort.InferenceSession(str(path), session_options(threads), providers=["CPUExecutionProvider"])
    except (RuntimeError, *CANNOT_OPEN) as error:
        raise WeightsError(f"{path}: ONNX Runtime cannot open this file ({error}). Export the model again.") from error
    inputs, outputs = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]
    if inputs != [INPUT_NAME] or outputs != [OUTPUT_NAME]:
        raise WeightsError(
            f"{path}: takes {inputs} and gives {outputs}; a tile model takes ['{INPUT_NAME}'] and gives "
            f"['{OUTPUT_NAME}']. Export the model again."
        )
    return session


def score_tiles(
    session: ort.InferenceSession, tiles: npt.NDArray[np.uint8], batch: int = 32
) -> npt.NDArray[np.float64]:
    """Logits (n,) of the positive class for tiles uint8 (n, tile_px, tile_px, 3), RGB, a batch at a time."""
    parts: list[Any] = [
        session.run([OUTPUT_NAME], {INPUT_NAME: tiles[start : start + batch]})[0]
        for start in range(0, len(tiles), batch)
    ]
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)
