"""Results on disk: each in a folder of its own, there whole or not at all, found again by what it was made from."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from inference.results import SlideResult
from inference.settings import ScoreSettings
from models.errors import ForrangError

RESULT = "result.json"


class OutputError(ForrangError):
    """A result could not be written."""


def folder_for(out: Path, slide_name: str, slide_sha256: str, weights_sha256: str, s: ScoreSettings) -> Path:
    """Where the result of this slide, model and settings belongs: the same inputs, the same folder."""
    inputs = json.dumps([slide_sha256, weights_sha256, s.as_record()], sort_keys=True)
    return out / f"{slide_name}-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}"


def read_result(folder: Path) -> SlideResult | None:
    """The result in `folder`; None where there is none, or it cannot be read and has to be made again."""
    try:
        result = SlideResult.model_validate_json((folder / RESULT).read_bytes())
    except (OSError, ValidationError):
        return None
    return result.model_copy(update={"result": str(folder)})


def write_result(result: SlideResult, folder: Path, write_files: Callable[[Path], None]) -> SlideResult:
    """Writes the files and the result beside `folder`, then moves them there in one step; returns it as written.

    A result that stands there already gives way. Raises OutputError, leaving nothing behind, where it cannot be
    written.
    """
    written = result.model_copy(update={"result": str(folder)})
    draft: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        draft.chmod(0o755)
        write_files(draft)
        (draft / RESULT).write_text(written.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _flush(draft)
        _move(draft, folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(
            f"{result.slide}: the result could not be written: {why}; mend that, or choose another --out"
        ) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return written


def _flush(folder: Path) -> None:
    """Has the files on disk before the folder gets its name, so that a power cut leaves none half-written."""
    for file in folder.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())


def _move(draft: Path, folder: Path) -> None:
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        folder.rename(old / "old")
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(folder)
