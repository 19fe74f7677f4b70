"""The first part of a slide's way: open it, know it, look at it, and say which tiles to score."""

import time
from contextlib import ExitStack
from pathlib import Path

from inference.errors import ResolutionError
from inference.job import Job
from inference.outcome import outcome, result_folder
from inference.overview import Overview, look_at, picture_mpp, write_thumbnail
from inference.result_folder import OutputError, folder_for, read_result, write_result
from inference.results import SlideResult, Status
from inference.slide_run import SlideRun
from inference.slides.open import open_slide
from inference.slides.resolution import require_mpp
from inference.slides.slide import Slide
from inference.tiling import tile_rows
from models.errors import ForrangError


def prepare(number: int, path: Path, job: Job) -> SlideRun | SlideResult:
    """A slide ready for its tiles to be scored, or its result where there is one already or can be none.

    `number` is the slide's place in the order. Never raises for what is wrong with a slide.
    """
    started = time.perf_counter()
    seen = _Seen()
    with ExitStack() as closing:
        try:
            slide = seen.slide = closing.enter_context(open_slide(path, job.settings.mpp))
            kept = _kept_result(slide, job)
            if kept is not None:
                return kept
            overview = seen.overview = look_at(slide)
            slide_mpp = require_mpp(slide)
            if overview.quality.verdict == "reject":
                return _end(job, path, started, "rejected", overview.quality.reason, seen)
            manifest = job.model.manifest
            rows = list(
                tile_rows(
                    overview.tissue,
                    picture_mpp(slide, slide_mpp, overview.tissue),
                    slide.width,
                    slide.height,
                    slide_mpp,
                    manifest.tile_px,
                    manifest.mpp,
                    min_tissue=job.settings.min_tissue,
                )
            )
            if not rows:
                reason = f"{path.name}: no tile holds enough tissue to be scored; read it without a score"
                return _end(job, path, started, "rejected", reason, seen)
            closing.pop_all()
            return SlideRun(number, slide, overview, rows, started)
        except ResolutionError as error:
            return _end(job, path, started, "rejected", str(error), seen)
        except ForrangError as error:
            return _end(job, path, started, "failed", str(error), seen)
        except Exception as error:  # noqa: BLE001 (whatever one slide does, the others go on)
            reason = f"{path.name}: could not be read ({type(error).__name__}: {error}); read it without a score"
            return _end(job, path, started, "failed", reason, seen)


class _Seen:
    """How far the look at a slide came."""

    slide: Slide | None = None
    overview: Overview | None = None


def _kept_result(slide: Slide, job: Job) -> SlideResult | None:
    """An earlier result of the same bytes, model and settings; one that failed is worth another try."""
    weights = job.engine.weights_sha256
    folder = folder_for(job.out, slide.path.name, slide.identity(), weights, job.settings)
    result = read_result(folder)
    return None if result is None or result.status == "failed" else result


def _end(job: Job, path: Path, started: float, status: Status, reason: str | None, seen: _Seen) -> SlideResult:
    """Writes the result of a slide that is not scored, with its thumbnail where there is one."""
    result = outcome(job, path, started, status, reason, slide=seen.slide, overview=seen.overview)

    def write_files(folder: Path) -> None:
        if seen.overview is not None:
            write_thumbnail(seen.overview, folder / "thumbnail.jpg")

    try:
        return write_result(result, result_folder(job, result, path), write_files)
    except OutputError as error:
        return result.model_copy(update={"reason": f"{reason}; and {error}"})
