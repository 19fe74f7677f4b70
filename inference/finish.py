"""The last part of a slide's way: tile scores become a slide score, and the whole result is written."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from inference.aggregate import SlideScore, slide_score
from inference.heatmap import draw_heatmap
from inference.job import Job
from inference.outcome import outcome, result_folder
from inference.overview import write_thumbnail
from inference.regions import find_regions
from inference.result_folder import OutputError, write_result
from inference.results import SlideResult, Status
from inference.slide_run import SlideRun
from inference.slides.resolution import require_mpp
from inference.words import in_words
from models.manifest import Manifest
from models.surroundings import Layout


def finish(run: SlideRun, job: Job) -> SlideResult:
    """Writes and returns the result of a slide whose tiles have all come back, and closes it.

    Where too many tiles failed, or the result cannot be written, the slide has failed and its result says why.
    """
    with run.slide:
        try:
            return _written(run, job)
        except OutputError as error:
            return _result(run, job, "failed", str(error))
        except Exception as error:  # noqa: BLE001 (whatever one slide does, the others go on)
            reason = f"{run.slide.path.name}: its result could not be made ({in_words(error)}); read it without a score"
            return _result(run, job, "failed", reason)


def _written(run: SlideRun, job: Job) -> SlideResult:
    known = np.isfinite(run.logits)
    manifest = job.model.manifest
    alone, scores = np.full(run.tiles, np.nan), np.full(run.tiles, np.nan)
    logits = run.logits[known].astype(np.float64)
    alone[known] = manifest.tile_probability(logits)
    scores[known] = manifest.tile_probability(logits, _layout(run, manifest).take(known))
    result = _judged(run, job, alone[known])
    files = _Files(run, job, scores, alone)
    return write_result(result, result_folder(job, result, run.slide.path), files.write)


def _layout(run: SlideRun, manifest: Manifest) -> Layout:
    side = manifest.tile_um / require_mpp(run.slide)
    return Layout.of_one_slide(np.column_stack([run.x, run.y]) / side)


def _judged(run: SlideRun, job: Job, scores: npt.NDArray[np.float64]) -> SlideResult:
    """The slide's result, from the tiles that could be read, each by itself, shape (n,): a small lesion has few
    neighbours to speak for it."""
    if run.failed_tiles > job.settings.max_failed * run.tiles:
        reason = (
            f"{run.slide.path.name}: {run.failed_tiles} of {run.tiles} tiles could not be read, first: "
            f"{run.first_error}; copy the file again or rescan the slide"
        )
        return _result(run, job, "failed", reason)
    return _result(run, job, "scored", run.overview.quality.reason, slide_score(scores, job.model.manifest))


def _result(
    run: SlideRun, job: Job, status: Status, reason: str | None, score: SlideScore | None = None
) -> SlideResult:
    return outcome(
        job,
        run.slide.path,
        run.started,
        status,
        reason,
        slide=run.slide,
        overview=run.overview,
        score=score,
        tiles=run.tiles,
        failed_tiles=run.failed_tiles,
    )


class _Files:
    """The files that lie beside result.json."""

    def __init__(
        self, run: SlideRun, job: Job, scores: npt.NDArray[np.float64], alone: npt.NDArray[np.float64]
    ) -> None:
        self._run = run
        self._manifest = job.model.manifest
        self._scores = scores
        self._alone = alone
        self._size = self._manifest.tile_um / require_mpp(run.slide)

    def write(self, folder: Path) -> None:
        write_thumbnail(self._run.overview, folder / "thumbnail.jpg")
        self._write_tiles(folder / "tiles.parquet")
        self._write_heatmap(folder / "heatmap.png")
        self._write_regions(folder / "regions.geojson")

    def _write_tiles(self, path: Path) -> None:
        size = np.full(self._run.tiles, self._size)
        columns = {"x": self._run.x, "y": self._run.y, "width": size, "height": size}
        columns["score"] = pa.array(self._scores, from_pandas=True)
        if self._manifest.surroundings is not None:
            columns["alone"] = pa.array(self._alone, from_pandas=True)
        pq.write_table(pa.table(columns), path)

    def _write_heatmap(self, path: Path) -> None:
        slide, image = self._run.slide, self._run.overview.image
        picture = draw_heatmap(
            self._run.x,
            self._run.y,
            self._size,
            self._scores,
            (slide.width, slide.height),
            (image.shape[1], image.shape[0]),
        )
        Image.fromarray(picture).save(path, "PNG")

    def _write_regions(self, path: Path) -> None:
        found = find_regions(
            self._run.x,
            self._run.y,
            self._size,
            self._scores,
            self._manifest.threshold.value,
            self._manifest.positive,
        )
        path.write_text(json.dumps(found), encoding="utf-8")
