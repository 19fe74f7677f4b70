"""The first part of a slide's way: open it, know it, look at it, and say which tiles to score."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from inference.errors import ResolutionError
from inference.job import Job
from inference.outcome import outcome, result_folder
from inference.overview import Overview, look_at, picture_mpp, write_thumbnail
from inference.result_folder import OutputError, any_results, folder_for, read_result, write_result
from inference.results import SlideResult, Status
from inference.slide_run import SlideRun
from inference.slides.open import open_slide
from inference.slides.resolution import require_mpp
from inference.slides.slide import Slide
from inference.tiling import tile_rows
from inference.words import in_words, printable
from models.errors import ForrangError

COARSEST = 1.5
"""How many times coarser than the model's tiles a slide may be. Beyond, tiles are enlarged blur. A."""


def prepare(number: int, path: Path, job: Job) -> SlideRun | SlideResult:
    """A slide ready for its tiles to be scored, or its result where there is one already or can be none.

    `number` is the slide's place in the order. Never raises for what is wrong with a slide.
    """
    started = time.perf_counter()
    seen = _Seen()
    with ExitStack() as closing, ThreadPoolExecutor(1) as beside:
        try:
            slide = seen.slide = closing.enter_context(open_slide(path, job.settings.mpp))
            hashed = beside.submit(slide.identity)
            kept = _kept_result(slide, hashed, job)
            if kept is not None:
                return kept
            overview = seen.overview = look_at(slide)
            hashed.result()
            slide_mpp = require_mpp(slide)
            _require_fine_enough(slide, slide_mpp, job)
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
            reason = f"{path.name}: could not be read ({in_words(error)}); read it without a score"
            return _end(job, path, started, "failed", reason, seen)


def _require_fine_enough(slide: Slide, slide_mpp: float, job: Job) -> None:
    manifest = job.model.manifest
    if slide_mpp > COARSEST * manifest.mpp:
        raise ResolutionError(
            f"{slide.path.name}: its finest level has {slide_mpp:g} um per px, and {manifest.label} reads "
            f"{manifest.mpp:g}: what it looks for cannot be seen. Check the resolution, scan finer, or choose "
            "another model"
        )


class _Seen:
    """How far the look at a slide came."""

    slide: Slide | None = None
    overview: Overview | None = None


def _kept_result(slide: Slide, hashed: Future[str], job: Job) -> SlideResult | None:
    """An earlier result of the same bytes, model and settings; one that failed is worth another try.

    Waits for the slide's hash only where there is any result for a slide of this name.
    """
    name = printable(slide.path.name)
    if not any_results(job.out, name):
        return None
    result = read_result(folder_for(job.out, name, job.inputs(hashed.result(), slide.mpp)))
    return None if result is None or result.status == "failed" else result


def _end(job: Job, path: Path, started: float, status: Status, reason: str | None, seen: _Seen) -> SlideResult:
    """Writes the result of a slide that is not scored, with its thumbnail where there is one."""
    result = outcome(job, path, started, status, reason, slide=seen.slide, overview=seen.overview)

    def write_files(folder: Path) -> None:
        if seen.overview is not None and not _may_be_a_photograph(seen.overview):
            write_thumbnail(seen.overview, folder / "thumbnail.jpg")

    try:
        return write_result(result, result_folder(job, result, path), write_files)
    except OutputError as error:
        return result.model_copy(update={"reason": f"{reason}; and {error}"})


def _may_be_a_photograph(overview: Overview) -> bool:
    """What is not stained tissue at all may be a picture of the glass and its label, which identifies."""
    return any(check.name == "stain" and check.verdict == "reject" for check in overview.quality.checks)
