"""The model on a GPU through torch: copies hidden behind arithmetic, in half precision.

Pixels wait in pinned memory, travel as uint8 on a stream of their own, and are resized and normalised on the
device; every batch has the same shape, so the compiled network is compiled once.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic

import numpy as np
import numpy.typing as npt
import torch

from inference.engines.engine import B, Logits
from models.networks import load_network
from models.registry import Model

_IN_FLIGHT = 3
"""One batch copied, one computed, one handed back."""
_BATCH = 256


@dataclass(frozen=True)
class _Launched(Generic[B]):
    batch: B
    logits: torch.Tensor
    finished: torch.cuda.Event | None


class TorchEngine:
    """Runs on `device`: a CUDA device, or "cpu", which its tests use to hold it against ONNX Runtime."""

    streams = 1

    def __init__(self, model: Model, device: str = "cuda", *, batch_size: int = _BATCH, compiled: bool = True) -> None:
        """Loads the model's torch weights. Raises ModelError where they are missing or changed."""
        self.batch_size = batch_size
        self.weights_sha256 = model.weights_sha256("torch")
        self._device = torch.device(device)
        self._tile_px = model.manifest.tile_px
        self._cuda = self._device.type == "cuda"
        network = load_network(model).eval().to(self._device).to(memory_format=torch.channels_last)
        self._network = torch.compile(network) if compiled else network
        self._copies = torch.cuda.Stream(self._device) if self._cuda else None  # type: ignore[no-untyped-call]
        name = torch.cuda.get_device_name(self._device) if self._cuda else "cpu"
        self.description = f"torch {torch.__version__}, {name}"

    def allocate(self) -> npt.NDArray[np.uint8]:
        """Pinned memory, from which the device copies without the processor's help."""
        shape = (self.batch_size, self._tile_px, self._tile_px, 3)
        pixels: npt.NDArray[np.uint8] = torch.empty(shape, dtype=torch.uint8, pin_memory=self._cuda).numpy()
        return pixels

    def score(self, batches: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        """Keeps a few batches under way; hands all of them back whenever none waits."""
        launched: deque[_Launched[B]] = deque()
        for batch in batches:
            if batch is not None:
                launched.append(self._launch(batch))
            while launched and (batch is None or len(launched) >= _IN_FLIGHT):
                yield self._collect(launched.popleft())
        while launched:
            yield self._collect(launched.popleft())

    @torch.inference_mode()
    def _launch(self, batch: B) -> _Launched[B]:
        waiting = torch.from_numpy(batch.pixels)
        if self._copies is None:
            return _Launched(batch, self._network(waiting), None)
        compute = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._copies):
            pixels = waiting.to(self._device, non_blocking=True)
        compute.wait_stream(self._copies)
        pixels.record_stream(compute)
        with self._half_precision():
            logits = self._network(pixels).float().to("cpu", non_blocking=True)
        finished = torch.cuda.Event()  # type: ignore[no-untyped-call]
        finished.record(compute)
        return _Launched(batch, logits, finished)

    def _half_precision(self) -> AbstractContextManager[None]:
        return torch.autocast(self._device.type, torch.float16) if self._cuda else nullcontext()

    @staticmethod
    def _collect(launched: _Launched[B]) -> tuple[B, Logits]:
        if launched.finished is not None:
            launched.finished.synchronize()
        return launched.batch, launched.logits[: launched.batch.count].numpy().astype(np.float32)
