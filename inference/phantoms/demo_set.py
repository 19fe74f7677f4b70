"""The demo's twelve phantom slides: what each shows, and drawing those that are not there yet."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from inference.phantoms.draw import draw_phantom
from inference.phantoms.spec import PhantomSpec

WORTH_PROCESSES: Final = 12
"""Fewer slides are drawn sooner than further processes have started."""


@dataclass(frozen=True)
class DemoSlide:
    """One phantom of the demo: its file name and what it shows."""

    name: str
    spec: PhantomSpec


DEMO_SLIDES = (
    DemoSlide("phantom-01.tif", PhantomSpec(seed=101, fat=0.30, glands=7)),
    DemoSlide("phantom-02.tif", PhantomSpec(seed=102, fat=0.05, glands=4, lymphocytes=5, stain=1.1)),
    DemoSlide("phantom-03.tif", PhantomSpec(seed=103, fat=0.35, blur=True)),
    DemoSlide("phantom-04.tif", PhantomSpec(seed=104, nests=0.40, fat=0.10, glands=2)),
    DemoSlide("phantom-05.tif", PhantomSpec(seed=105, fat=0.20, glands=9, pen=True)),
    DemoSlide("phantom-06.tif", PhantomSpec(seed=106, fat=0.40, glands=3, stain=0.9)),
    DemoSlide("phantom-07.tif", PhantomSpec(seed=107, nests=0.55, fat=0.15, glands=1)),
    DemoSlide("phantom-08.tif", PhantomSpec(seed=108, fat=0.45, glands=5)),
    DemoSlide("phantom-09.tif", PhantomSpec(seed=109, fat=0.10, glands=2, lymphocytes=2)),
    DemoSlide("phantom-10.tif", PhantomSpec(seed=110, nests=0.30, fat=0.25, glands=4)),
    DemoSlide("phantom-11.tif", PhantomSpec(seed=111, nests=0.65, fat=0.05, glands=0, stain=1.05)),
    DemoSlide("phantom-12.tif", PhantomSpec(seed=112, fat=0.25, broken=True)),
)
"""Four with nests of atypical nuclei (04, 07, 10, 11), one out of focus (03), one with pen (05), one broken (12)."""


def draw_demo_slides(
    folder: Path,
    on_progress: Callable[[int, int, str], None] | None = None,
    slides: Sequence[DemoSlide] | None = None,
) -> list[Path]:
    """Draws the demo's slides into `folder`, which is made where it is missing; those that are there stay.

    on_progress: told (slides done, slides in all, name of the slide just done). slides: others than the twelve.
    Returns the slides' paths in order. A slide appears whole: it is drawn beside its place and moved there.
    """
    slides = DEMO_SLIDES if slides is None else slides
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(slide.spec, folder / slide.name) for slide in slides]
    missing = sum(not path.exists() for _, path in jobs)
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
    if not path.exists():
        unfinished = path.with_name(f".{path.name}.part")
        draw_phantom(spec, unfinished)
        unfinished.replace(path)
    return path.name
