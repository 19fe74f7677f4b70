"""What a slide head says of slides, and where it looked: a record, a table of tiles and a heatmap for each slide."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from inference.embedding import SlideEmbeddings, embed_slide
from inference.heatmap import draw_heatmap
from inference.overview import OVERVIEW_PX
from inference.settings import ScoreSettings
from models.errors import ModelError, WeightsError
from models.heads.head_registry import SlideHead
from models.heads.head_runtime import BagScore, HeadScorer
from models.registry import Model, find_model


@dataclass(frozen=True)
class HeadResult:
    """One slide's record, as `forrang heads score --json` shows it."""

    slide: str
    head: str
    score: float
    """Calibrated probability."""
    flagged: bool
    threshold: float
    tiles: int
    slide_sha256: str
    embedded_by: str
    weights_sha256: str
    """Of the head."""
    result: str
    """Folder that holds `head.json`, `tiles.parquet` (x, y, width, height, attention) and `attention.png`."""


def model_of(head: SlideHead) -> tuple[Model, str]:
    """The tile model whose embeddings the head reads, and their name. Raises ModelError: it reads none.

    Raises WeightsError: the model of that name here has other weights than the head was fitted on.
    """
    by = head.manifest.embedded_by
    if by is None:
        raise ModelError(f"{head.manifest.label} was not fitted on slides, so it cannot score one. Use another head.")
    model = find_model(by.model)
    if model.weights_sha256() != by.weights_sha256:
        raise WeightsError(
            f"{head.manifest.label} reads embeddings of {by.model} with weights {by.weights_sha256[:12]}..., and the "
            f"one here has {model.weights_sha256()[:12]}.... Import that model, or train a head for this one."
        )
    return model, by.tensor


def score_with_head(path: Path, head: SlideHead, out: Path, mpp: float | None = None) -> HeadResult:
    """Scores one slide and writes its folder in `out`.

    Raises EmbeddingError: the slide would be rejected or fail; SlideError: it cannot be opened; ModelError as above.
    """
    model, tensor = model_of(head)
    slide = embed_slide(path, model, tensor, ScoreSettings(mpp=mpp))
    said = HeadScorer(head).score(slide.vectors)
    folder = out / f"{path.name}-{head.manifest.name}-{slide.slide_sha256[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = head.manifest
    result = HeadResult(
        path.name,
        manifest.label,
        said.probability,
        said.flagged,
        manifest.threshold.value,
        len(slide.x),
        slide.slide_sha256,
        model.manifest.label,
        manifest.files["onnx"].sha256,
        str(folder),
    )
    _write_tiles(slide, said, folder / "tiles.parquet")
    Image.fromarray(attention_picture(slide, said.attention)).save(folder / "attention.png", "PNG")
    (folder / "head.json").write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    return result


def attention_grid(slide: SlideEmbeddings, attention: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Attention on the slide's grid of tiles: (rows, columns), NaN where there is no tile."""
    column, row = (np.rint(values / slide.tile_size).astype(np.int64) for values in (slide.x, slide.y))
    grid = np.full((int(row.max()) + 1, int(column.max()) + 1), np.nan)
    grid[row, column] = attention
    return grid


def attention_picture(slide: SlideEmbeddings, attention: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """A heatmap as large as the slide's thumbnail, in the colours of the pipeline's own: uint8 RGBA.

    A tile's colour is its rank: attention is so uneven that a few tiles would leave all others in one colour. Tiles of
    equal attention have equal colours.
    """
    shrink = min(1.0, OVERVIEW_PX / max(slide.width, slide.height))
    size = (max(1, round(slide.width * shrink)), max(1, round(slide.height * shrink)))
    return draw_heatmap(slide.x, slide.y, slide.tile_size, _ranks(attention), (slide.width, slide.height), size)


def _ranks(attention: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """0 for the least, 1 for the greatest, equal ones their mean rank; 0.5 where all are alike."""
    values, which, counts = np.unique(attention, return_inverse=True, return_counts=True)
    if len(values) == 1:
        return np.full(len(attention), 0.5)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray((middle[which] - middle[0]) / (middle[-1] - middle[0]), np.float64)


def _write_tiles(slide: SlideEmbeddings, said: BagScore, path: Path) -> None:
    size = np.full(len(slide.x), slide.tile_size)
    columns = {"x": slide.x, "y": slide.y, "width": size, "height": size, "attention": said.attention}
    pq.write_table(pa.table(columns), path)
