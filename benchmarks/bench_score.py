"""Tiles per CPU-second from file to scores: Forrang against WSInfer, same ResNet-18, same tiles, same slide.

    python -m benchmarks.bench_score --wsinfer-python PYTHON [--rounds 3] [--work FOLDER]

Whole processes are measured, start to end, with all their children, and nothing is subtracted; what a process costs
before its first tile is reported beside it, from a second, small slide. The programs take turns; the best round counts.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from benchmarks.child import Measured
from benchmarks.conditions import DATA, REAL_SLIDE, as_text, conditions, write_results
from benchmarks.forrang_run import run_forrang
from benchmarks.made_model import MPP, in_fp32, make_model, tissue_tiles
from benchmarks.mosaic import BLOCK_PX, round_section, tissue_block, write_mosaic
from benchmarks.rival import export_for_wsinfer, run_wsinfer

NETWORK = "resnet18"
GRID = (4, 3)
"""Columns and rows of blocks; six of the twelve hold tissue."""
LARGE, SMALL = 6, 1
WANTED = {"forrang fp32": 1.5, "forrang int8": 4.0}
Scores = dict[tuple[int, int], float]
Run = Callable[[Path], tuple[Measured, Scores]]


class Rate(BaseModel):
    """One program on the slide."""

    model_config = ConfigDict(frozen=True)

    program: str
    tiles: int
    best: Measured
    rounds_cpu_s: tuple[float, ...]
    tiles_per_cpu_s: float
    start_cpu_s: float
    """CPU-seconds before and after the tiles, from the line through the small and the large slide."""
    times_wsinfer: float | None = None
    wanted: float | None = None


class Agreement(BaseModel):
    """How far two programs' tile probabilities are apart, over the tiles that both scored."""

    model_config = ConfigDict(frozen=True)

    programs: str
    tiles: int
    mean_difference: float
    largest_difference: float
    correlation: float


@dataclass
class _Seen:
    large: list[Measured] = field(default_factory=list)
    small: list[Measured] = field(default_factory=list)
    scores: Scores = field(default_factory=dict)
    small_tiles: int = 0


def main() -> None:
    """Measures, prints and writes results/bench_score.*."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wsinfer-python", type=Path, help="python of an environment with WSInfer: see README.md")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where slides and models go; a temporary folder if left out")
    given = parser.parse_args()
    about = conditions("benchmarks.bench_score")
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        rates, agreements = _measure(work, given.data / REAL_SLIDE, given.wsinfer_python, given.rounds)
    table = _table(rates, agreements) + "\n\n" + as_text(about)
    print(table)
    record = {"conditions": about.model_dump(), "rates": [rate.model_dump() for rate in rates]}
    write_results("bench_score", table, record | {"agreement": [found.model_dump() for found in agreements]})


def _measure(work: Path, real: Path, wsinfer: Path | None, rounds: int) -> tuple[list[Rate], list[Agreement]]:
    large, small = _slide(work / "large.svs", real, LARGE), _slide(work / "small.svs", real, SMALL)
    tiles = tissue_tiles(real)
    made = make_model(NETWORK, work / "int8", tiles)
    fp32 = in_fp32(made, work / "fp32")
    programs: dict[str, Run] = {}
    if wsinfer:
        export_for_wsinfer(made, work / "wsinfer")
        programs["wsinfer"] = lambda slide: _wsinfer(wsinfer, work / "wsinfer", slide, work)
    programs["forrang fp32"] = lambda slide: _forrang(fp32, slide, work)
    programs["forrang int8"] = lambda slide: _forrang(made.folder, slide, work)
    seen = {name: _Seen() for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            measured, seen[name].scores = run(large)
            seen[name].large.append(measured)
            print(f"{name}: {len(seen[name].scores)} tiles, {measured}", flush=True)
    for name, run in programs.items():
        measured, scores = run(small)
        seen[name].small, seen[name].small_tiles = [measured], len(scores)
    rates = _rates(seen)
    pairs = [("wsinfer", "forrang fp32"), ("forrang fp32", "forrang int8")]
    return rates, [_agreement(a, b, seen[a].scores, seen[b].scores) for a, b in pairs if a in seen]


def _slide(path: Path, real: Path, blocks: int) -> Path:
    columns, rows = GRID
    if not path.exists():
        tissue = round_section(columns, rows, blocks)
        write_mosaic(path, (columns * BLOCK_PX, rows * BLOCK_PX), MPP, tissue_block(real, MPP), tissue)
    return path


def _forrang(model: Path, slide: Path, work: Path) -> tuple[Measured, Scores]:
    run = run_forrang(model, slide, work)
    return run.measured, run.scores


def _wsinfer(python: Path, model: Path, slide: Path, work: Path) -> tuple[Measured, Scores]:
    run = run_wsinfer(python, model, slide, work)
    return run.measured, run.scores


def _rates(seen: dict[str, _Seen]) -> list[Rate]:
    rates: list[Rate] = []
    for name, found in seen.items():
        best = min(found.large, key=lambda measured: measured.cpu_s)
        tiles, small = len(found.scores), found.small[0].cpu_s
        a_tile = (best.cpu_s - small) / (tiles - found.small_tiles)
        rate = tiles / best.cpu_s
        rates.append(
            Rate(
                program=name,
                tiles=tiles,
                best=best,
                rounds_cpu_s=tuple(measured.cpu_s for measured in found.large),
                tiles_per_cpu_s=round(rate, 2),
                start_cpu_s=round(small - found.small_tiles * a_tile, 2),
                times_wsinfer=round(rate / rates[0].tiles_per_cpu_s, 2) if rates and "wsinfer" in seen else None,
                wanted=WANTED.get(name),
            )
        )
    return rates


def _agreement(first: str, second: str, a: Scores, b: Scores) -> Agreement:
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise SystemExit(f"{first} and {second} scored no tile at the same place")
    one, other = np.array([a[place] for place in shared]), np.array([b[place] for place in shared])
    difference = np.abs(one - other)
    return Agreement(
        programs=f"{first}, {second}",
        tiles=len(shared),
        mean_difference=round(float(difference.mean()), 5),
        largest_difference=round(float(difference.max()), 5),
        correlation=round(float(np.corrcoef(one, other)[0, 1]), 5),
    )


def _table(rates: list[Rate], agreements: list[Agreement]) -> str:
    lines = [
        "| program | tiles | CPU-s | start, end | tiles per CPU-s | x WSInfer | wanted | wall s | peak MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {r.program} | {r.tiles} | {r.best.cpu_s} | {r.start_cpu_s} | {r.tiles_per_cpu_s} "
        f"| {r.times_wsinfer or '-'} | {r.wanted or '-'} | {r.best.wall_s} | {r.best.peak_mb} |"
        for r in rates
    ]
    lines += [
        "",
        "| tile probabilities of | tiles | mean difference | largest | correlation |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {a.programs} | {a.tiles} | {a.mean_difference} | {a.largest_difference} | {a.correlation} |"
        for a in agreements
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
