"""A slide's tiles as embeddings, read and cut by the pipeline's own way, and kept by hash of slide and weights."""

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pyarrow as pa
import pyarrow.parquet as pq

from inference.batches import Batch
from inference.conveyor import Conveyor
from inference.cores import usable_cores
from inference.engines.engine import B, Logits
from inference.errors import SlideError
from inference.job import Job
from inference.prepare import prepare
from inference.results import SlideResult
from inference.settings import ScoreSettings
from inference.slide_run import SlideRun
from inference.slides.open import open_slide
from inference.slides.resolution import require_mpp
from models.embedding import embedding_session, run_tiles
from models.registry import Model, user_folder

_BATCH = 16
_ABOUT = b"forrang.slide"


class EmbeddingError(SlideError):
    """A slide's tiles cannot be embedded."""

    exit_status = 1


@dataclass(frozen=True)
class SlideEmbeddings:
    """The tiles of one slide that could be read."""

    slide_sha256: str
    width: int
    height: int
    """Of the slide, level-0 px."""
    tile_size: float
    """Level-0 px."""
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    """(n,) top left corner of each tile, level-0 px."""
    vectors: npt.NDArray[np.float32]
    """(n, d)"""


def embeddings_folder() -> Path:
    """Where embeddings are kept: `$FORRANG_HOME/embeddings`."""
    return user_folder().parent / "embeddings"


def embed_slide(
    path: Path, model: Model, tensor: str | None = None, settings: ScoreSettings | None = None
) -> SlideEmbeddings:
    """The embeddings of a slide's tiles: those that `score_slide` would score, in its order.

    Kept in `embeddings_folder()` under the hashes of slide, weights and settings, and taken from there the next time.
    `tensor` is the embedding's name in the weights; found with the `onnx` package where none is given.

    Raises EmbeddingError: the slide would be rejected or fail, or too many of its tiles do; SlideError: it cannot be
    opened; WeightsError: the model's weights are not right.
    """
    settings = settings or ScoreSettings()
    with open_slide(path, settings.mpp) as slide:
        mpp = f"{slide.mpp:g}" if slide.mpp else "unknown"
        key = f"{slide.identity()[:24]}-{model.weights_sha256()[:24]}-{mpp}-{settings.min_tissue:g}"
    kept = embeddings_folder() / f"{key}.parquet"
    found = _read(kept)
    if found is None:
        found = _embed(path, model, tensor, settings)
        _write(found, kept)
    return found


def _embed(path: Path, model: Model, tensor: str | None, settings: ScoreSettings) -> SlideEmbeddings:
    engine = _EmbeddingEngine(model, embedding_session(model, tensor))
    with tempfile.TemporaryDirectory() as nowhere:
        run = prepare(0, path, Job(model, engine, Path(nowhere), settings))
    if isinstance(run, SlideResult):
        raise EmbeddingError(run.reason or f"{path.name}: cannot be scored, so it has no embeddings.")
    manifest = model.manifest
    with run.slide as slide:
        _carry(run, engine, manifest.tile_px, manifest.mpp)
        if run.failed_tiles > settings.max_failed * run.tiles:
            raise EmbeddingError(
                f"{path.name}: {run.failed_tiles} of {run.tiles} tiles could not be read, first: {run.first_error}; "
                "copy the file again or rescan the slide"
            )
        known = np.isfinite(run.logits)
        size = manifest.tile_px * manifest.mpp / require_mpp(slide)
        return SlideEmbeddings(
            slide.identity(), slide.width, slide.height, size, run.x[known], run.y[known], engine.vectors(known)
        )


def _carry(run: SlideRun, engine: "_EmbeddingEngine", tile_px: int, mpp: float) -> None:
    """Sends the slide's rows through the pipeline's conveyor, and waits for the last tile."""
    ended, broken = threading.Event(), list[Exception]()

    def breaks(error: Exception) -> None:
        broken.append(error)
        ended.set()

    conveyor = Conveyor(
        engine,
        tile_px=tile_px,
        mpp=mpp,
        readers=usable_cores(),
        on_tiles=lambda _run, _count: None,
        on_done=lambda _run: ended.set(),
        on_broken=breaks,
    )
    with conveyor:
        for row in run.rows():
            conveyor.send(row)
        ended.wait()
    if broken:
        raise EmbeddingError(f"{run.slide.path.name}: its tiles could not be embedded ({broken[0]})") from broken[0]


class _EmbeddingEngine:
    """Scores tiles as the CPU's engine does, and keeps what the network saw before it decided."""

    def __init__(self, model: Model, session: ort.InferenceSession) -> None:
        self.streams = usable_cores()
        self.batch_size = _BATCH
        self.weights_sha256 = model.weights_sha256()
        self.description = f"onnxruntime {ort.__version__}, cpu, embeddings"
        self._session = session
        self._tile_px = model.manifest.tile_px
        self._kept: dict[int, npt.NDArray[np.float32]] = {}

    def allocate(self) -> npt.NDArray[np.uint8]:
        """Ordinary memory for one batch."""
        return np.empty((self.batch_size, self._tile_px, self._tile_px, 3), np.uint8)

    def score(self, batches: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        """Runs each batch as it comes."""
        for batch in batches:
            if batch is not None:
                logits, vectors = run_tiles(self._session, batch.pixels[: batch.count])
                assert isinstance(batch, Batch)
                for _, places, indices in batch.by_slide():
                    self._kept.update(zip(indices, vectors[places], strict=True))
                yield batch, logits

    def vectors(self, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """(n, d) of the tiles that came back, in the slide's order."""
        return np.stack([self._kept[int(index)] for index in np.flatnonzero(known)])


def _write(found: SlideEmbeddings, path: Path) -> None:
    """Written beside its place and then moved there, so that a half-written one is never read."""
    about = {"slide_sha256": found.slide_sha256, "width": found.width, "height": found.height}
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(found.vectors.reshape(-1)), found.vectors.shape[1])
    table = pa.table({"x": found.x, "y": found.y, "embedding": vectors})
    table = table.replace_schema_metadata({_ABOUT: json.dumps({**about, "tile_size": found.tile_size}).encode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as draft:
        try:
            pq.write_table(table, draft)
            draft.close()
            os.replace(draft.name, path)  # noqa: PTH105 (a path of its own is not needed)
        except OSError:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _read(path: Path) -> SlideEmbeddings | None:
    """What is kept; None where there is nothing, or nothing that can be read."""
    try:
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[_ABOUT])
        lists = table["embedding"].combine_chunks()
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
        return None
    vectors = lists.flatten().to_numpy().reshape(len(lists), -1).copy()  # Arrow's own memory may not be written to
    return SlideEmbeddings(x=table["x"].to_numpy(), y=table["y"].to_numpy(), vectors=vectors, **about)
