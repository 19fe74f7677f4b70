"""Puts together a slide's result from what is known of it so far."""

import hashlib
import os
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from inference.aggregate import SlideScore
from inference.job import Job
from inference.overview import Overview
from inference.result_folder import folder_for
from inference.results import SlideResult, Status, Trace
from inference.slides.slide import Slide
from inference.words import printable


def outcome(
    job: Job,
    path: Path,
    started: float,
    status: Status,
    reason: str | None,
    *,
    slide: Slide | None = None,
    overview: Overview | None = None,
    score: SlideScore | None = None,
    tiles: int = 0,
    failed_tiles: int = 0,
) -> SlideResult:
    """The result of one slide, not yet written; `started` is a reading of time.perf_counter."""
    return SlideResult(
        slide=printable(path.name),
        status=status,
        score=score.value if score else None,
        flagged=score.flagged if score else None,
        model=job.model.manifest.label,
        tiles=tiles,
        failed_tiles=failed_tiles,
        tissue_mm2=overview.tissue_mm2 if overview else None,
        mpp=slide.mpp if slide else None,
        seconds=round(time.perf_counter() - started, 3),
        quality=overview.quality if overview else None,
        reason=None if reason is None else printable(reason),
        result=None,
        rule=score.rule if score else None,
        threshold=score.threshold if score else None,
        unsure=score.unsure if score else None,
        width=slide.width if slide else None,
        height=slide.height if slide else None,
        mpp_source=slide.mpp_source if slide else None,
        trace=Trace(
            slide_sha256=_identity(path, slide),
            weights_sha256=job.engine.weights_sha256,
            software=f"forrang {version('forrang')}",
            settings=job.settings.as_record(),
            scored_at_utc=datetime.now(UTC),
        ),
    )


def result_folder(job: Job, result: SlideResult, path: Path) -> Path:
    """Where the result belongs; a file whose bytes cannot be read is known by where it lies."""
    identity = result.trace.slide_sha256 or hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
    return folder_for(job.out, result.slide, job.inputs(identity, result.mpp))


def _identity(path: Path, slide: Slide | None) -> str | None:
    try:
        if slide is not None:
            return slide.identity()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
