"""What the list keeps of a slide's result, and how a file is known again."""

import stat
from pathlib import Path

from inference.results import SlideResult
from worklist.cases import CaseSlide


def finding(path: Path, result: SlideResult) -> CaseSlide:
    """What the list keeps of a slide's result; the whole stands in the result's folder."""
    unexplained = None if result.status == "scored" else f"{result.slide}: {result.status} without a reason"
    return CaseSlide(
        path=path,
        state=result.status,
        score=result.score if result.status == "scored" else None,
        flagged=result.flagged if result.status == "scored" else None,
        reason=result.reason or unexplained,
        quality=result.quality.verdict if result.quality else None,
        model=result.model,
        result_folder=Path(result.result) if result.result else None,
        scored_utc=result.trace.scored_at_utc,
        sha256=result.trace.slide_sha256,
    )


def stamp(path: Path) -> str | None:
    """Size and time of the file, of a folder those of what lies in it; None where there is nothing to be read.

    A file that was replaced under the same name has another one.
    """
    try:
        told = path.stat()
        if not stat.S_ISDIR(told.st_mode):
            return f"{told.st_size}-{told.st_mtime_ns}"
        inside = [file.stat() for file in path.iterdir()]
    except OSError:
        return None
    return f"{sum(it.st_size for it in inside)}-{max((it.st_mtime_ns for it in inside), default=told.st_mtime_ns)}"
