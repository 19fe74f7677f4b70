"""One big slide, file to result: 100,000 x 80,000 px at 0.25 um/px, a third tissue, on this machine's cores.

    python -m benchmarks.bench_gigapixel [--wsinfer-python PYTHON] [--work FOLDER] [--rounds 2]

Times the whole of `forrang score`, from the shell and back: with the bundled low-power model, and with a 20x model
(mobilenetv4_conv_small, int8, random weights, 256 px at 0.5 um/px). WSInfer, where there is one, scores a part of the
same slide's patches with the same 20x network in fp32; a whole slide is extrapolated from that.
"""

import argparse
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.child import Measured
from benchmarks.conditions import DATA, REAL_SLIDE, as_text, conditions, write_results
from benchmarks.forrang_run import run_forrang
from benchmarks.made_model import make_model, tissue_tiles
from benchmarks.mosaic import BLOCK_PX, round_section, tissue_block, write_mosaic
from benchmarks.rival import export_for_wsinfer, run_wsinfer

SIZE = (100_000, 80_000)
MPP = 0.25
TISSUE_BLOCKS = 157
"""Of 24 x 19 whole blocks, 64 tiles of 256 px at 0.5 um/px each: about 10,000 tiles, a third of the slide."""
NETWORK = "mobilenetv4_conv_small"
LOW_POWER = "idc-screen"
WANTED_S = {LOW_POWER: 10.0, NETWORK: 40.0}
WANTED_MB = 1500
EVERY_NTH = (40, 10)
"""WSInfer scores every 40th and every 10th patch: two points of a line."""


class Timed(BaseModel):
    """The best of several runs of one model over the slide."""

    model_config = ConfigDict(frozen=True)

    model: str
    tiles: int
    tissue_mm2: float
    best: Measured
    rounds_wall_s: tuple[float, ...]
    wanted_s: float
    wanted_mb: int


class Extrapolated(BaseModel):
    """WSInfer on a part of the patches, and what the whole would take at that rate."""

    model_config = ConfigDict(frozen=True)

    patches: tuple[int, ...]
    runs: tuple[Measured, ...]
    tiles_per_s: float
    tiles_per_cpu_s: float
    whole_slide_s: float
    """Extrapolated wall-clock seconds for the tiles that Forrang scored."""


def main() -> None:
    """Measures, prints and writes results/bench_gigapixel.*."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wsinfer-python", type=Path, help="python of an environment with WSInfer: see README.md")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--work", type=Path, help="where the slide and models go; a temporary folder if left out")
    given = parser.parse_args()
    about = conditions("benchmarks.bench_gigapixel")
    real = given.data / REAL_SLIDE
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        slide = make_slide(work / "gigapixel.svs", real)
        made = make_model(NETWORK, work / NETWORK, tissue_tiles(real))
        timed = [
            _timed(LOW_POWER, LOW_POWER, slide, work, given.rounds),
            _timed(NETWORK, made.folder, slide, work, given.rounds),
        ]
        other = None
        if given.wsinfer_python:
            export_for_wsinfer(made, work / "wsinfer")
            other = _extrapolated(given.wsinfer_python, work, slide, timed[-1].tiles)
        megabytes = slide.stat().st_size / 1e6
    table = _table(timed, other, megabytes) + "\n\n" + as_text(about)
    print(table)
    record = {
        "conditions": about.model_dump(),
        "slide_mb": round(megabytes),
        "forrang": [t.model_dump() for t in timed],
    }
    write_results("bench_gigapixel", table, record | {"wsinfer_extrapolated": other.model_dump() if other else None})


def make_slide(path: Path, real: Path) -> Path:
    """Writes the slide unless it is there: blocks of the real slide's tissue, twice enlarged, on blank glass."""
    if not path.exists():
        columns, rows = SIZE[0] // BLOCK_PX, SIZE[1] // BLOCK_PX
        unfinished = path.with_suffix(".part")
        write_mosaic(unfinished, SIZE, MPP, tissue_block(real, MPP), round_section(columns, rows, TISSUE_BLOCKS))
        unfinished.rename(path)
    return path


def _timed(name: str, model: str | Path, slide: Path, work: Path, rounds: int) -> Timed:
    runs = [run_forrang(model, slide, work) for _ in range(rounds)]
    best = min(runs, key=lambda run: run.measured.wall_s)
    return Timed(
        model=name,
        tiles=best.tiles,
        tissue_mm2=best.tissue_mm2,
        best=best.measured,
        rounds_wall_s=tuple(run.measured.wall_s for run in runs),
        wanted_s=WANTED_S[name],
        wanted_mb=WANTED_MB,
    )


def _extrapolated(python: Path, work: Path, slide: Path, tiles: int) -> Extrapolated:
    runs = [run_wsinfer(python, work / "wsinfer", slide, work, step) for step in EVERY_NTH]
    few, many = runs
    more = len(many.scores) - len(few.scores)
    a_tile = (many.measured.wall_s - few.measured.wall_s) / more
    start = few.measured.wall_s - len(few.scores) * a_tile
    return Extrapolated(
        patches=(len(few.scores), len(many.scores)),
        runs=(few.measured, many.measured),
        tiles_per_s=round(1 / a_tile, 2),
        tiles_per_cpu_s=round(more / (many.measured.cpu_s - few.measured.cpu_s), 2),
        whole_slide_s=round(start + tiles * a_tile, 1),
    )


def _table(timed: list[Timed], other: Extrapolated | None, megabytes: float) -> str:
    lines = [
        f"{SIZE[0]:,} x {SIZE[1]:,} px at {MPP} um/px, {megabytes:.0f} MB.",
        "",
        "| program and model | tiles | wall s | wanted | CPU-seconds | peak MB | wanted |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| forrang score, {t.model} | {t.tiles} | {t.best.wall_s} | {t.wanted_s} | {t.best.cpu_s} | {t.best.peak_mb} "
        f"| {t.wanted_mb} |"
        for t in timed
    ]
    if other:
        name = f"WSInfer, {NETWORK} fp32, **extrapolated** from {other.patches[1]} tiles, {other.tiles_per_s} a second"
        lines.append(f"| {name} | {timed[-1].tiles} | {other.whole_slide_s} | - | - | {other.runs[1].peak_mb} | - |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
