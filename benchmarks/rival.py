"""Hands WSInfer the same network that Forrang runs, and measures it on the same slide."""

import csv
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from benchmarks.child import Measured, run_measured
from benchmarks.made_model import IMAGENET_MEAN, IMAGENET_STD, MPP, TILE_PX, MadeModel

_SHIM = Path(__file__).with_name("wsinfer_run.py")
_QUIET = {"WSINFER_FORCE_CPU": "1", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True)
class WsinferRun:
    """What one run took and found: probability by the tile's top left, level-0 px."""

    measured: Measured
    scores: dict[tuple[int, int], float]


def export_for_wsinfer(made: MadeModel, folder: Path) -> None:
    """Writes model.pt (TorchScript) and config.json: the same weights, tile size, resolution and normalisation."""
    folder.mkdir(parents=True, exist_ok=True)
    network: nn.Module = made.network.net.eval()
    example = torch.zeros(1, 3, TILE_PX, TILE_PX)
    with torch.inference_mode():
        traced = torch.jit.trace(network, example)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, str(folder / "model.pt"))
    normalise = {"mean": [v / 255 for v in IMAGENET_MEAN], "std": [v / 255 for v in IMAGENET_STD]}
    config = {
        "spec_version": "1.0",
        "architecture": made.network_name,
        "num_classes": 1,
        "class_names": ["above"],
        "patch_size_pixels": TILE_PX,
        "spacing_um_px": MPP,
        "transform": [
            {"name": "Resize", "arguments": {"size": TILE_PX}},
            {"name": "ToTensor"},
            {"name": "Normalize", "arguments": normalise},
        ],
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def run_wsinfer(python: Path, model: Path, slide: Path, work: Path, every_nth: int = 1) -> WsinferRun:
    """Runs `wsinfer run` with its default options on one slide. `model`: a folder of `export_for_wsinfer`."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        slides, results = Path(name) / "slides", Path(name) / "results"
        slides.mkdir()
        (slides / slide.name).symlink_to(slide.resolve())
        command: list[str | Path] = [python, _SHIM, str(every_nth), "run"]
        command += ["--wsi-dir", slides, "--results-dir", results]
        command += ["--config", model / "config.json", "--model-path", model / "model.pt"]
        measured, _ = run_measured(command, work / "wsinfer.log", _QUIET)
        with (results / "model-outputs-csv" / f"{slide.stem}.csv").open(encoding="utf-8", newline="") as file:
            scores = {
                (int(float(line["minx"])), int(float(line["miny"]))): float(line["prob_above"])
                for line in csv.DictReader(file)
            }
        shutil.rmtree(results)
    return WsinferRun(measured, scores)
