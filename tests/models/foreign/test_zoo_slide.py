"""A real slide is scored, from file to result, by a model as the WSInfer zoo has it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")

from inference.engines.onnx_cpu import OnnxEngine
from inference.pipeline import score_slides
from models.foreign.describing import Described
from models.in_use import Hand, read_history
from models.registry import find_model
from training.shipping.taking_in import take_zoo_model

Write = Callable[..., Path]


def test_a_real_slide_is_scored_by_an_imported_model(
    write_zoo_model: Write, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    hand = Hand("ada", datetime(2026, 11, 22, tzinfo=UTC), "a trial")
    described = partial(Described, name="from-the-zoo", version="1.0.0", positive=("tumour",))
    source = write_zoo_model(patch_size_pixels=48)
    take_zoo_model(source, described, "made by this test", hand)
    model = find_model("from-the-zoo")
    slide = data_dir / "slides" / "CMU-1-Small-Region.svs"
    ((_, result),) = score_slides([slide], model, OnnxEngine(model, threads=1), tmp_path / "out")
    assert (result.status, result.model, result.failed_tiles) == ("scored", "from-the-zoo@1.0.0", 0)
    assert result.trace.weights_sha256 == model.weights_sha256()
    scores = pq.read_table(Path(result.result) / "tiles.parquet")["score"].to_numpy()
    assert len(scores) == result.tiles > 20
    assert np.isfinite(scores).all()
    assert np.ptp(scores) > 0.001
    assert "TorchScript was run: made by this test" in read_history(tmp_path / "home" / "models")[0].why
