"""Engines: the same tiles, the same logits, whatever runs them and however the batches come."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from inference.engines import choose
from inference.engines.choose import DeviceError, make_engine
from inference.engines.engine import Engine
from inference.engines.onnx_cpu import OnnxEngine
from models.registry import Model, find_model
from tests.support.tiny_model import expected_logit, make_tiny_model


@dataclass
class Tiles:
    pixels: npt.NDArray[np.uint8]
    count: int


def filled(engine: Engine, count: int, seed: int) -> Tiles:
    pixels = engine.allocate()
    pixels[:] = np.random.default_rng(seed).integers(0, 256, pixels.shape, dtype=np.uint8)
    return Tiles(pixels, count)


@pytest.fixture
def tiny(tmp_path: Path) -> Model:
    return make_tiny_model(tmp_path / "model")


def test_each_tile_gets_its_own_logit(tiny: Model) -> None:
    engine = OnnxEngine(tiny)
    batches = [filled(engine, engine.batch_size, 1), filled(engine, 3, 2)]
    scored = list(engine.score(iter(batches)))
    assert [batch for batch, _ in scored] == batches
    for batch, logits in scored:
        assert logits.shape == (batch.count,)
        assert logits == pytest.approx([expected_logit(tile) for tile in batch.pixels[: batch.count]], abs=1e-3)


def test_the_processor_runs_one_stream_a_thread(tiny: Model) -> None:
    assert OnnxEngine(tiny, threads=3).streams == 3


def test_without_a_gpu_auto_means_the_processor(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "driver_is_there", lambda: False)
    assert isinstance(make_engine(tiny, "auto"), OnnxEngine)


def test_asking_for_a_gpu_that_is_not_there_says_what_to_do(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "driver_is_there", lambda: False)
    with pytest.raises(DeviceError, match="no NVIDIA driver; use --device cpu"):
        make_engine(tiny, "cuda")


def test_a_model_without_torch_weights_stays_on_the_processor(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "driver_is_there", lambda: True)
    assert isinstance(make_engine(tiny, "auto"), OnnxEngine)
    with pytest.raises(DeviceError, match=r"tiny-dark@1\.0\.0 carries no torch weights"):
        make_engine(tiny, "cuda")


class TestTorchEngine:
    """The GPU's engine, run on the processor: everything but the copies and the half precision."""

    @pytest.fixture(scope="class")
    def bundled(self) -> Model:
        return find_model("idc-screen")

    def test_it_agrees_with_onnx_runtime_on_the_same_weights(self, bundled: Model) -> None:
        torch_cuda = pytest.importorskip("inference.engines.torch_cuda")
        whole = Model(bundled.manifest.model_copy(update={"default_kind": "onnx-fp32"}), bundled.folder)
        on_torch = torch_cuda.TorchEngine(whole, "cpu", batch_size=8, compiled=False)
        batch = filled(on_torch, 5, 3)
        ((_, torch_logits),) = list(on_torch.score(iter([batch])))
        ((_, onnx_logits),) = list(OnnxEngine(whole).score(iter([batch])))
        assert torch_logits.shape == (5,)
        assert torch_logits == pytest.approx(onnx_logits, abs=2e-3)

    def test_batches_come_back_in_order_and_at_once_when_none_waits(self, bundled: Model) -> None:
        torch_cuda = pytest.importorskip("inference.engines.torch_cuda")
        engine = torch_cuda.TorchEngine(bundled, "cpu", batch_size=2, compiled=False)
        batches = [filled(engine, 2, seed) for seed in range(5)]
        given: list[Tiles | None] = []

        def feed() -> Iterator[Tiles | None]:
            for item in [*batches[:2], None, *batches[2:]]:
                given.append(item)
                yield item

        back: list[Tiles] = []
        for batch, _ in engine.score(feed()):
            back.append(batch)
            if len(back) == 2:
                assert given == [*batches[:2], None]
        assert back == batches
