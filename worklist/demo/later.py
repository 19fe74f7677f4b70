"""What comes while the demo's list is looked at: the slides that were still on the scanner, and their scores."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from inference.phantoms.demo_set import draw_demo_slides
from inference.progress import Silent
from worklist.commands.jobs import MEMORY_GB, SLIDE_MINUTES, manner, run_worker
from worklist.demo.days import arrive
from worklist.demo.department import MadeUpCase, MadeUpSlide, made_up_cases
from worklist.demo.start import PHANTOMS
from worklist.pathways import load_pathways
from worklist.settings import Settings
from worklist.store.store import Store

LAST: Final = 6
"""So many slides come after all others."""
PACE_S: Final = 45.0
"""From one of them to the next where the list is looked at meanwhile, so that it is seen to live. A."""

Coming = tuple[MadeUpCase, MadeUpSlide]


def scan_the_rest(store: Store, begun_utc: datetime) -> list[Coming]:
    """Draws what was still on the scanner and has it arrive, all but the last, which it returns.

    begun_utc: when the demo began. Raises ForrangError.
    """
    coming = [(case, slide) for case in made_up_cases(begun_utc, load_pathways()) for slide in case.coming]
    draw_demo_slides(_folder(), slides=[slide.drawn for _, slide in coming])
    arrive_all(store, coming[:-LAST])
    return coming[-LAST:]


def arrive_all(store: Store, coming: Sequence[Coming], pace_s: float = 0.0) -> None:
    """Has slides arrive one after the other. pace_s: seconds of rest after each. Raises StoreError."""
    for case, slide in coming:
        arrive(store, _folder(), case, slide)
        time.sleep(pace_s)


def read_what_waits(store: Store, model: str) -> None:
    """Has a worker score it, and ends with it. Raises ForrangError."""
    how = manner(stay=False, name=None, memory_gb=MEMORY_GB, slide_minutes=SLIDE_MINUTES)
    run_worker(store, model, "auto", Settings(), how, lambda _: Silent())


def _folder() -> Path:
    return Settings().home_folder / PHANTOMS
