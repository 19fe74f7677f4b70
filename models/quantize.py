"""A tile network in eight-bit integers (static, QDQ), calibrated on real tiles. Needs the `onnx` package.

Weights are kept to seven bits (`reduce_range`): processors without VNNI add pairs of 8-bit products in 16 bits and
saturate when both are full range. With seven bits the same file gives the same scores on both kinds of processor.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from models.runtime import INPUT_NAME

QUANTISED_OPERATORS = ["Conv", "Gemm", "MatMul", "Add", "GlobalAveragePool", "Clip", "Relu"]


class _Tiles(CalibrationDataReader):  # type: ignore[misc]
    """Hands the calibration tiles over, a batch at a time."""

    def __init__(self, tiles: npt.NDArray[np.uint8], batch: int) -> None:
        self._batches: Iterator[npt.NDArray[np.uint8]] = iter(
            [tiles[start : start + batch] for start in range(0, len(tiles), batch)]
        )

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        """The next batch, or None when there is none."""
        batch = next(self._batches, None)
        return None if batch is None else {INPUT_NAME: batch}


def quantise(
    source: Path,
    target: Path,
    tiles: npt.NDArray[np.uint8],
    *,
    float_convolutions: int = 0,
    reduce_range: bool = True,
) -> None:
    """Write `source` (fp32 ONNX) as int8 ONNX to `target`.

    Args:
        source: an ONNX file that `models.export.export_onnx` wrote.
        target: of the file to write.
        tiles: training tiles (n, tile_px, tile_px, 3) that set the activations' ranges; a few hundred.
        float_convolutions: the first so many are left in float.
        reduce_range: seven-bit weights, see above.
    """
    with _errors_only(), tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=False)
        convolutions = [node.name for node in onnx.load(prepared).graph.node if node.op_type == "Conv"]
        quantize_static(
            str(prepared),
            str(target),
            _Tiles(tiles, 32),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED_OPERATORS,
            per_channel=True,
            reduce_range=reduce_range,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=convolutions[:float_convolutions],
            calibrate_method=CalibrationMethod.MinMax,
        )


@contextmanager
def _errors_only() -> Iterator[None]:
    """ONNX Runtime's quantiser advises through the root logger; what others log comes through again afterwards."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
