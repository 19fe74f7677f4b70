"""A slide's embeddings are of the tiles that are scored, and come from the cache the next time."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from inference.embedding import EmbeddingError, embed_slide, embeddings_folder
from inference.engines.onnx_cpu import OnnxEngine
from inference.pipeline import score_slide
from inference.settings import ScoreSettings
from models.embedding import embedding_tensor
from tests.support.slides import make_slide, spoil_stored_tile
from tests.support.tiny_embedder import EMBEDDING, make_tiny_embedder


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))


def test_the_embeddings_are_of_the_tiles_that_are_scored_in_their_order(tmp_path: Path) -> None:
    model, slide = make_tiny_embedder(tmp_path / "tiny"), make_slide(tmp_path / "a.svs")
    assert embedding_tensor(model) == EMBEDDING
    found = embed_slide(slide, model)
    result = score_slide(slide, model, OnnxEngine(model, 1), tmp_path / "out")
    tiles = pq.read_table(Path(str(result.result)) / "tiles.parquet")
    assert found.x.tolist() == tiles["x"].to_pylist()
    assert found.y.tolist() == tiles["y"].to_pylist()
    assert found.tile_size == tiles["width"][0].as_py()
    logits = 14 - 0.03 * found.vectors.sum(axis=1)
    assert tiles["score"].to_numpy() == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-5)
    assert found.slide_sha256 == result.trace.slide_sha256


def test_the_next_time_they_come_from_the_cache_and_another_resolution_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, slide = make_tiny_embedder(tmp_path / "tiny"), make_slide(tmp_path / "a.svs")
    first = embed_slide(slide, model, EMBEDDING)
    embed_slide(slide, model, EMBEDDING, ScoreSettings(mpp=0.4))
    kept = sorted(embeddings_folder().iterdir())
    assert [path.suffix for path in kept] == [".parquet"] * 2
    monkeypatch.setattr("inference.embedding.embedding_session", None)
    again = embed_slide(make_slide(tmp_path / "copy.svs"), model, EMBEDDING)
    assert np.array_equal(again.vectors, first.vectors)
    assert (again.width, again.height, again.slide_sha256) == (first.width, first.height, first.slide_sha256)


def test_a_spoilt_cache_is_made_again(tmp_path: Path) -> None:
    model, slide = make_tiny_embedder(tmp_path / "tiny"), make_slide(tmp_path / "a.svs")
    first = embed_slide(slide, model, EMBEDDING)
    (kept,) = embeddings_folder().iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert np.array_equal(embed_slide(slide, model, EMBEDDING).vectors, first.vectors)


def test_a_slide_without_resolution_or_with_many_lost_tiles_says_why(tmp_path: Path) -> None:
    model = make_tiny_embedder(tmp_path / "tiny")
    with pytest.raises(EmbeddingError, match="resolution"):
        embed_slide(make_slide(tmp_path / "a.svs", mpp=None), model, EMBEDDING)
    slide = make_slide(tmp_path / "b.svs")
    for number in range(12):
        spoil_stored_tile(slide, number)
    with pytest.raises(EmbeddingError, match=r"b\.svs"):
        embed_slide(slide, model, EMBEDDING)
