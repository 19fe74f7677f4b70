"""From a fitted network to the files that score slides, each only if it says what the network says. Needs `torch`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import structlog
from torch import nn

from models.errors import ModelError
from models.export import export_onnx
from models.quantize import quantise
from models.runtime import open_session, score_tiles
from training.data.tile_set import TileSet
from training.judging.figures import auc_loss
from training.judging.measures import Floats

Onnx = Literal["onnx-fp32", "onnx-int8"]
NAMES: dict[Onnx, str] = {"onnx-fp32": "model.fp32.onnx", "onnx-int8": "model.int8.onnx"}
MAX_AUC_LOSS = 0.003
"""int8 is the default unless it loses more validation AUC than this."""
REFUSED_AUC_LOSS = 0.03
"""int8 that loses more than this is no version of the same model, and is not kept (A)."""
RANGE_TILES, PARITY_TILES = 512, 64
log = structlog.get_logger()


class ExportRefusedError(ModelError):
    """What was exported must not be used: it does not tell tiles apart, or not as the network does."""


@dataclass(frozen=True)
class Exported:
    """What was written, and what it says of the validation tiles."""

    logits: dict[Onnx, Floats]
    """(n,) of each file that was kept."""
    default: Onnx
    """The file that scores: the fastest that loses nothing."""


def export_checked(
    network: nn.Module, folder: Path, train: TileSet, val: TileSet, threads: int = 2, *, float_convolutions: int = 0
) -> Exported:
    """Writes fp32 and int8 ONNX files into a folder, and keeps those that pass.

    fp32 must give torch's logits on validation tiles, and finite ones that differ from tile to tile. int8, whose ranges
    come from training tiles, may lose 0.003 of validation AUC to be the default, and is not kept beyond 0.03.
    float_convolutions: the first so many are not rounded.

    Raises ParityError, ExportRefusedError: the fp32 file does not pass; nothing of it is left.
    """
    exact, rounded = (folder / NAMES[kind] for kind in ("onnx-fp32", "onnx-int8"))
    difference = export_onnx(network, train.tiles.shape[1], exact, val.tiles[:PARITY_TILES])
    logits: dict[Onnx, Floats] = {"onnx-fp32": score_tiles(open_session(exact, threads), val.tiles)}
    fault = fault_of(logits["onnx-fp32"])
    if fault:
        exact.unlink()
        raise ExportRefusedError(f"{exact}: {fault}. The network learnt nothing that can be used: train it again.")
    quantise(exact, rounded, _evenly(train.tiles, RANGE_TILES), float_convolutions=float_convolutions)
    found = score_tiles(open_session(rounded, threads), val.tiles)
    loss = auc_loss(logits["onnx-fp32"], found, val.labels) if fault_of(found) is None else float("inf")
    log.info("exported", largest_difference=difference, int8_auc_loss=loss)
    if loss > REFUSED_AUC_LOSS:
        rounded.unlink()
        log.warning("int8 is not kept", auc_loss=loss, allowed=REFUSED_AUC_LOSS)
        return Exported(logits, "onnx-fp32")
    logits["onnx-int8"] = found
    return Exported(logits, "onnx-int8" if loss <= MAX_AUC_LOSS else "onnx-fp32")


def fault_of(logits: Floats) -> str | None:
    """Why these answers (n,) cannot be used; None where they can."""
    if not np.isfinite(logits).all():
        return f"{int(np.sum(~np.isfinite(logits)))} of {len(logits)} answers are no numbers"
    if len(logits) > 1 and np.ptp(logits) == 0:
        return f"says the same ({logits[0]:g}) of all {len(logits)} tiles"
    return None


def _evenly(tiles: npt.NDArray[np.uint8], wanted: int) -> npt.NDArray[np.uint8]:
    """About so many of the tiles, from all over the set."""
    return tiles[:: max(1, len(tiles) // wanted)]
