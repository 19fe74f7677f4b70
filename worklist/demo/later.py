"""What comes while the demo's list is looked at: the slides that were still on the scanner, and their scores."""

from datetime import datetime
from typing import Final

from inference.phantoms.demo_set import draw_demo_slides
from inference.progress import Silent
from worklist.commands.jobs import MEMORY_GB, SLIDE_MINUTES, manner, run_worker
from worklist.demo.days import arrive
from worklist.demo.department import made_up_cases
from worklist.demo.start import PHANTOMS
from worklist.pathways import load_pathways
from worklist.settings import Settings
from worklist.store.store import Store

LAST: Final = 6
"""So many slides come after the worker has ended, and wait for another."""


def scan_the_rest(store: Store, model: str, begun_utc: datetime) -> None:
    """Draws them, has them arrive and a worker score them. begun_utc: when the demo began. Raises ForrangError."""
    settings = Settings()
    folder = settings.home_folder / PHANTOMS
    coming = [(case, slide) for case in made_up_cases(begun_utc, load_pathways()) for slide in case.coming]
    draw_demo_slides(folder, slides=[slide.drawn for _, slide in coming])
    for case, slide in coming[:-LAST]:
        arrive(store, folder, case, slide)
    how = manner(stay=False, name=None, memory_gb=MEMORY_GB, slide_minutes=SLIDE_MINUTES)
    run_worker(store, model, "auto", settings, how, lambda _: Silent())
    for case, slide in coming[-LAST:]:
        arrive(store, folder, case, slide)
