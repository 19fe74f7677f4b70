"""Results on disk: each in a folder of its own, there whole or not at all, found again by what it was made from."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from inference.results import SlideResult
from models.errors import ForrangError

RESULT = "result.json"
_DRAFT = ".partial-"
_REMAINS_AFTER_S = 24 * 3600
_NAME_BYTES = 200


class OutputError(ForrangError):
    """A result could not be written."""


def folder_for(out: Path, slide_name: str, inputs: Mapping[str, object]) -> Path:
    """Where a result belongs: the same slide and inputs (all that decides the result), the same folder."""
    digits = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:12]
    return out / f"{_shortened(slide_name)}-{digits}"


def any_results(out: Path, slide_name: str) -> bool:
    """Whether any result for a slide of this name stands in `out`."""
    return out.is_dir() and any(folder.name.startswith(f"{_shortened(slide_name)}-") for folder in out.iterdir())


def remove_remains(out: Path, now: float) -> None:
    """Removes what killed processes left half-written in `out`, a day or more before `now` (seconds, epoch)."""
    for draft in out.glob(f"{_DRAFT}*"):
        with suppress(OSError):  # another process may be removing it too
            if now - draft.stat().st_mtime > _REMAINS_AFTER_S:
                shutil.rmtree(draft)


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
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
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
    """Puts the draft in its place; what stands there, another process's work perhaps, gives way whole."""
    while True:
        try:
            draft.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
        old = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
        with suppress(FileNotFoundError):
            folder.rename(old / "old")
        shutil.rmtree(old, ignore_errors=True)


def _shortened(name: str) -> str:
    """As much of a file's name as leaves room for the rest of the folder's, which has 255 bytes on most disks."""
    return name.encode()[:_NAME_BYTES].decode(errors="ignore")
