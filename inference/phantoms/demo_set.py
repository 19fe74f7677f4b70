"""The demo's twelve phantom slides: what each shows, and drawing those that are not there yet."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from inference.phantoms.draw import draw_phantom
from inference.phantoms.spec import PhantomSpec

WORTH_PROCESSES: Final = 12
"""Fewer slides are drawn sooner than further processes have started."""


@dataclass(frozen=True)
class DemoSlide:
    """One phantom of the demo: its file name and what it shows."""

    name: str
    spec: PhantomSpec


def _section(number: int, **shown: Any) -> DemoSlide:
    """One of the twelve. With nests it is larger and paler: the bundled model then finds enough of them."""
    size = {"width_px": 3072, "height_px": 2304, "stain": 0.85} if "nests" in shown else dict(_SMALL)
    return DemoSlide(f"phantom-{number:02d}.tif", PhantomSpec(seed=100 + number, **(size | shown)))


_SMALL: Final = {"width_px": 2048, "height_px": 1536}

DEMO_SLIDES = (
    _section(1, fat=0.30, glands=3),
    _section(2, fat=0.05, glands=2, lymphocytes=5, stain=1.1),
    _section(3, fat=0.35, glands=3, blur=True),
    _section(4, nests=0.60, fat=0.10, glands=2),
    _section(5, fat=0.20, glands=4, pen=True),
    _section(6, fat=0.40, glands=2, stain=0.9),
    _section(7, nests=0.65, fat=0.10, glands=1),
    _section(8, fat=0.45, glands=2),
    _section(9, fat=0.10, glands=1, lymphocytes=2),
    _section(10, nests=0.50, fat=0.10, glands=4),
    _section(11, nests=0.75, fat=0.05, glands=0),
    _section(12, fat=0.25, glands=3, broken=True),
)
"""Four with nests of atypical nuclei (04, 07, 10, 11), one out of focus (03), one with pen (05), one broken (12)."""


def draw_demo_slides(
    folder: Path,
    on_progress: Callable[[int, int, str], None] | None = None,
    slides: Sequence[DemoSlide] | None = None,
) -> list[Path]:
    """Draws the demo's slides into `folder`, which is made where it is missing; those drawn from the same spec stay.

    on_progress: told (slides done, slides in all, name of the slide just done). slides: others than the twelve.
    Returns the slides' paths in order. A slide appears whole: it is drawn beside its place and moved there.
    """
    slides = DEMO_SLIDES if slides is None else slides
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(slide.spec, folder / slide.name) for slide in slides]
    missing = sum(not _is_drawn(*job) for job in jobs)
    for done, name in enumerate(_drawn(jobs, missing), start=1):
        if on_progress is not None:
            on_progress(done, len(jobs), name)
    return [path for _, path in jobs]


def _drawn(jobs: Sequence[tuple[PhantomSpec, Path]], missing: int) -> Iterator[str]:
    """On every processor, where there is enough to draw to be worth starting processes for."""
    if missing <= WORTH_PROCESSES:
        yield from map(_draw, jobs)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        yield from processes.map(_draw, jobs)


def _draw(job: tuple[PhantomSpec, Path]) -> str:
    spec, path = job
    if not _is_drawn(spec, path):
        unfinished = path.with_name(f".{path.name}.part")
        draw_phantom(spec, unfinished)
        unfinished.replace(path)
        _drawn_from(path).write_text(spec.model_dump_json(), "utf-8")
    return path.name


def _is_drawn(spec: PhantomSpec, path: Path) -> bool:
    note = _drawn_from(path)
    return path.exists() and note.exists() and note.read_text("utf-8") == spec.model_dump_json()


def _drawn_from(path: Path) -> Path:
    """Keeps the spec that a slide was drawn from, so that another version's slide gives way to its own."""
    return path.with_name(f".{path.name}.json")
