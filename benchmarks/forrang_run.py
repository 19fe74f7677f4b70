"""Runs `forrang score` on one slide, as a user would, and measures it."""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.child import Measured, run_measured

PROGRAM = Path(sys.executable).with_name("forrang")


@dataclass(frozen=True)
class ForrangRun:
    """What one run took and found: probability by the tile's top left, level-0 px."""

    measured: Measured
    tiles: int
    tissue_mm2: float
    seconds: float
    """What the program itself says that the slide took."""
    scores: dict[tuple[int, int], float]


def run_forrang(model: str | Path, slide: Path, work: Path) -> ForrangRun:
    """Scores the slide into an empty folder with the CPU. Raises SystemExit where it is not scored."""
    with tempfile.TemporaryDirectory(dir=work) as out:
        command: list[str | Path] = [
            PROGRAM,
            "score",
            slide,
            "--model",
            str(model),
            "--out",
            out,
            "--device",
            "cpu",
            "--json",
        ]
        measured, output = run_measured(command, work / "forrang.log")
        result = json.loads(output.splitlines()[-1])
        if result["status"] != "scored":
            raise SystemExit(f"{slide.name} was {result['status']}: {result['reason']}")
        tiles = pq.read_table(Path(result["result"]) / "tiles.parquet").to_pydict()
        scores = {
            (round(x), round(y)): score for x, y, score in zip(tiles["x"], tiles["y"], tiles["score"], strict=True)
        }
    return ForrangRun(measured, result["tiles"], result["tissue_mm2"], result["seconds"], scores)
