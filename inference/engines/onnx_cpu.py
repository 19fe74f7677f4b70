"""The model on the CPU through ONNX Runtime: what the base installation scores with."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from inference.cores import usable_cores
from inference.engines.engine import B, Logits
from models.registry import Model
from models.runtime import INPUT_NAME, OUTPUT_NAME, open_session

_BATCH = 16
"""Measured at 96 and 256 px, int8, tiles a second: 16 is best, 64 is 12-19% slower (activations leave the caches)."""


class OnnxEngine:
    """Several single-threaded runs side by side, one a core.

    A network this small gains little from splitting one tile's arithmetic over cores, and everything from
    giving each core tiles of its own; so ONNX Runtime's own threads are switched off.
    """

    def __init__(self, model: Model, threads: int | None = None) -> None:
        """Loads the model's default ONNX weights. Raises ModelError where they are missing or changed."""
        manifest = model.manifest
        self.streams = threads or usable_cores()
        self.batch_size = _BATCH
        self.weights_sha256 = model.weights_sha256()
        self.description = f"onnxruntime {ort.__version__}, cpu, {self.streams} threads"
        self._tile_px = manifest.tile_px
        self._session = open_session(model.weights())

    def allocate(self) -> npt.NDArray[np.uint8]:
        """Ordinary memory for one batch."""
        return np.empty((self.batch_size, self._tile_px, self._tile_px, 3), np.uint8)

    def score(self, batches: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        """Runs each batch as it comes; nothing is ever under way between two."""
        for batch in batches:
            if batch is not None:
                (logit,) = self._session.run([OUTPUT_NAME], {INPUT_NAME: batch.pixels[: batch.count]})
                yield batch, logit
