"""Tiles per CPU-second of one thread: the direct path against OpenSlide's read_region, in the same run.

Run by hand: `python -m benchmarks.bench_read [--data DIR] [--out DIR] [--rounds N]`. Prints a table and writes
results/bench_read.json with the conditions. Readers take turns; the best round of each counts, since on a shared
machine a neighbour can only make a round slower. Every tile is copied into one batch array, as scoring does.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import openslide
from PIL import Image

from inference.phantoms.pyramid import encode_tile, write_pyramid
from inference.slides.open import open_slide
from inference.slides.slide import Pixels

PROJECT = Path(__file__).resolve().parent.parent
TILE_PX = 256
MOSAIC_MPP = 0.25
MOSAIC_PX = (4352, 3328)


@dataclass(frozen=True)
class Measured:
    """One comparison: tiles, best CPU-seconds of each reader, and the ratio of their rates."""

    name: str
    tiles: int
    direct_tiles_per_cpu_s: float
    openslide_tiles_per_cpu_s: float
    ratio: float
    wanted_ratio: float | None
    mean_difference: float
    """Mean absolute difference of the two readers' px, in grey levels."""


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FORRANG_DATA", PROJECT / "../shared/data")))
    parser.add_argument("--out", type=Path, default=PROJECT / "benchmarks/results")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    real = arguments.data / "slides" / "CMU-1-Small-Region.svs"
    with tempfile.TemporaryDirectory() as folder:
        grid_240, grid_256 = Path(folder, "mosaic240.svs"), Path(folder, "mosaic256.svs")
        make_mosaic(real, grid_240, 240)
        make_mosaic(real, grid_256, 256)
        measured = [
            compare("256 px native, real 240-px grid", real, 1, 4.0, arguments.rounds),
            compare("40x to 20x, 240-px grid", grid_240, 2, 6.0, arguments.rounds),
            compare("40x to 20x, 256-px grid", grid_256, 2, 6.0, arguments.rounds),
            compare("256 px native, 256-px grid", grid_256, 1, None, arguments.rounds),
        ]
    for line in measured:
        goal = f"(wanted {line.wanted_ratio:g})" if line.wanted_ratio else ""
        print(
            f"{line.name:34} {line.tiles:5} tiles  OpenSlide {line.openslide_tiles_per_cpu_s:6.0f}/CPU-s  "
            f"direct {line.direct_tiles_per_cpu_s:6.0f}/CPU-s  ratio {line.ratio:5.1f} {goal}  "
            f"difference {line.mean_difference:.2f}"
        )
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {"conditions": conditions(arguments.rounds), "results": [asdict(line) for line in measured]}
    (arguments.out / "bench_read.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def compare(name: str, path: Path, halvings: int, wanted_ratio: float | None, rounds: int) -> Measured:
    """All tiles wholly inside the slide, row by row, at `halvings` level-0 px per px."""
    span = TILE_PX * halvings
    with openslide.OpenSlide(path) as slide:
        xs = range(0, slide.dimensions[0] - span + 1, span)
        ys = range(0, slide.dimensions[1] - span + 1, span)
    batches = [np.empty((len(xs) * len(ys), TILE_PX, TILE_PX, 3), np.uint8) for _ in range(2)]
    readers: list[Callable[[], None]] = [
        lambda: read_direct(path, xs, ys, halvings, batches[0]),
        lambda: read_openslide(path, xs, ys, span, batches[1]),
    ]
    best = [float("inf")] * len(readers)
    for _ in range(rounds):
        for number, reader in enumerate(readers):
            start = time.process_time()
            reader()
            best[number] = min(best[number], time.process_time() - start)
    difference = float(np.abs(batches[0].astype(np.int16) - batches[1]).mean())
    rates = [len(batches[0]) / seconds for seconds in best]
    return Measured(name, len(batches[0]), rates[0], rates[1], rates[0] / rates[1], wanted_ratio, difference)


def read_direct(path: Path, xs: range, ys: range, halvings: int, batch: Pixels) -> None:
    """Opens the slide and reads every row of tiles."""
    with open_slide(path) as slide:
        if slide.mpp is None:
            raise SystemExit(f"{path.name}: no resolution")
        for row, y in enumerate(ys):
            for index, tile in slide.read_row(y, xs, TILE_PX, slide.mpp * halvings):
                if isinstance(tile, Exception):
                    raise tile
                batch[row * len(xs) + index] = tile


def read_openslide(path: Path, xs: range, ys: range, span: int, batch: Pixels) -> None:
    """The same tiles one by one, shrunk by Pillow's box filter where more than one px makes a px."""
    with openslide.OpenSlide(path) as slide:
        for row, y in enumerate(ys):
            for index, x in enumerate(xs):
                image = slide.read_region((x, y), 0, (span, span))
                if span != TILE_PX:
                    image = image.reduce(span // TILE_PX)
                batch[row * len(xs) + index] = np.asarray(image)[..., :3]


def make_mosaic(real: Path, path: Path, tile_px: int) -> None:
    """A single-level slide, called 40x, of mirrored copies of the real one in JPEG tiles of quality 85."""
    with openslide.OpenSlide(real) as slide:
        image = np.asarray(slide.read_region((0, 0), 0, slide.dimensions))[..., :3]
    missing = [(0, MOSAIC_PX[1] - image.shape[0]), (0, MOSAIC_PX[0] - image.shape[1]), (0, 0)]
    mosaic = np.asarray(Image.fromarray(np.pad(image, missing, mode="symmetric")))

    def tile_of(_level: int, column: int, row: int) -> bytes:
        top, left = row * tile_px, column * tile_px
        return encode_tile(mosaic[top : top + tile_px, left : left + tile_px], tile_px, quality=85)

    write_pyramid(path, MOSAIC_PX, MOSAIC_MPP, tile_of, downsamples=(1,), tile_px=tile_px)


def conditions(rounds: int) -> dict[str, object]:
    """What the figures depend on."""
    packages = ("numpy", "openslide-python", "openslide-bin", "pillow", "simplejpeg", "tifffile")
    return {
        "command": "python -m benchmarks.bench_read",
        "date_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version(name) for name in packages},
        "threads": 1,
        "rounds": rounds,
        "measure": "CPU-seconds of the process, opening included, best round of each reader, readers taking turns",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
