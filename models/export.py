"""A tile network from torch to ONNX, with proof that both say the same of real tiles. Needs the `torch` extra."""

import logging
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import nn

from models.errors import ModelError
from models.runtime import INPUT_NAME, OUTPUT_NAME, open_session, score_tiles

TOLERANCE = 2e-3
"""Largest difference of a logit that rounding explains (float32, other order of sums); 0.0005 of probability."""
OPSET = 18


class ParityError(ModelError):
    """The exported network does not say what the original says."""


def export_onnx(
    network: nn.Module, tile_px: int, path: Path, tiles: npt.NDArray[np.uint8], tolerance: float = TOLERANCE
) -> float:
    """Write the network as ONNX (opset 18, any number of tiles) and compare it with torch on `tiles`.

    Args:
        network: takes uint8 (n, tile_px, tile_px, 3), gives float32 logits (n,).
        tile_px: side of the tiles, px.
        path: of the file to write.
        tiles: real tiles (n, tile_px, tile_px, 3), n >= 2.
        tolerance: largest allowed difference of a logit.

    Returns the largest difference found. Raises ParityError when it is over the tolerance; no file is left then.
    """
    network = network.eval().to(memory_format=torch.contiguous_format)
    example = torch.zeros((2, tile_px, tile_px, 3), dtype=torch.uint8)
    write_onnx(network, example, path, INPUT_NAME, [OUTPUT_NAME], most=65536)
    try:
        return check_parity(network, path, tiles, tolerance)
    except ParityError:
        path.unlink()
        raise


def write_onnx(
    network: nn.Module, example: torch.Tensor, path: Path, input_name: str, output_names: list[str], most: int | None
) -> None:
    """Write a network of one input as ONNX (opset 18), without the names of our source files.

    Args:
        network: in evaluation mode.
        example: one input; its first axis may have any length from 1 to `most` (None: no end) in the file.
        path: of the file to write.
        input_name: of the input.
        output_names: in the order in which the network gives them.
        most: longest first axis.

    Raises ModelError where torch gives no program.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            input_names=[input_name],
            output_names=output_names,
            dynamic_shapes=({0: torch.export.Dim("n", min=1, max=most)},),
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise ModelError(f"{path}: torch gave no ONNX program. Check the versions of torch and onnxscript.")
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(proto, path)


def check_parity(network: nn.Module, path: Path, tiles: npt.NDArray[np.uint8], tolerance: float) -> float:
    """Largest difference between torch's logits and ONNX Runtime's. Raises ParityError over the tolerance."""
    with torch.inference_mode():
        ours = network(torch.from_numpy(tiles)).double().numpy()
    theirs = score_tiles(open_session(path), tiles)
    difference = float(np.max(np.abs(ours - theirs)))
    if not difference <= tolerance:
        raise ParityError(
            f"{path}: ONNX Runtime and torch differ by up to {difference:.2g} in a logit on {len(tiles)} tiles "
            f"(allowed: {tolerance:.2g}). The export is wrong for this network; do not use it."
        )
    return difference
