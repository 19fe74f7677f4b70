"""What runs in a run's own process: `python -m ui.models.runs.child FOLDER`.

It holds its folder for as long as it lives, waits for its turn, works, and says how that ended.
"""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from inference.words import in_words
from models.errors import ForrangError
from ui.models.runs.holding import hold
from ui.models.runs.record import ALIVE, OUTCOME, RUN, TOLD, Asked, Outcome, write_whole
from ui.models.runs.work import do
from worklist.trail.identity_guard import mask_identity
from worklist.trail.log import configure_logs

_NICER: Final = 10
"""Work on models gives way to the list and to the slides that are scored."""


def run(folder: Path) -> None:
    """Does what is asked in the folder, unless it was stopped before it began."""
    with hold(folder / ALIVE), (folder / TOLD).open("a", encoding="utf-8", buffering=1) as told:
        configure_logs("json", told)
        if (folder / OUTCOME).exists():
            return
        asked = Asked.model_validate_json((folder / RUN).read_bytes())
        log = structlog.get_logger()
        log.info("waiting")
        with hold(folder.parent / f".turn-{'train' if asked.work.kind == 'train' else 'judge'}"):
            log.info("started")
            try:
                ended = Outcome(state="done", said=do(asked, folder), at_utc=datetime.now(UTC))
            except ForrangError as error:
                ended = _failed(str(error))
            except Exception as error:  # whatever it is, whoever asked is told
                log.exception("broke")
                ended = _failed(f"it broke: {in_words(error)}; the log is in {folder.name}")
        if not (folder / OUTCOME).exists():
            write_whole(folder / OUTCOME, ended)


def _failed(why: str) -> Outcome:
    return Outcome(state="failed", said=mask_identity(why), at_utc=datetime.now(UTC))


def main() -> None:
    """Runs the folder that the command names, behind all else, and first to go where memory runs out."""
    os.nice(_NICER)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    run(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
