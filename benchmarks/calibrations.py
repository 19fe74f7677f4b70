"""Kinds of calibration and the unsure range of the bundled model: fitted on IDC's val, judged on its test.

python -m benchmarks.calibrations
"""

import argparse
from typing import Any, get_args

import numpy as np
from scipy.special import expit

from benchmarks.conditions import DATA, as_text, conditions, write_results
from models.calibration import CalibrationKind, fit_calibration
from models.conformal import Unsure, fit_unsure
from models.registry import find_model
from training.data.tile_set import TileSet, read_tiles
from training.judging.draws import draw_patients
from training.judging.evaluate import tile_logits
from training.judging.evaluation import drawn_figures, interval_of
from training.judging.measures import Floats, interval

COVERAGES = (0.8, 0.9, 0.95)
FIGURES = ("ece", "brier", "auc")
COVERED = (
    "Brackets: 95% over patients. Covered: mean over test patients of the share of their tiles of the class that are "
    "not called surely of the other."
)
PARTS = ("forrang", "numpy", "scipy", "scikit-learn", "onnxruntime")


def main() -> None:
    """Measures, and writes results/calibrations.json and .md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="idc-screen")
    model = find_model(parser.parse_args().model)
    found = conditions("benchmarks.calibrations", PARTS)
    data = read_tiles(DATA / "idc" / "tiles.parquet", ("val", "test"), model.manifest.tile_px)
    logits = {split: tile_logits(model, tiles.tiles) for split, tiles in data.items()}
    kinds = {"none": expit(logits["test"])}
    for kind in get_args(CalibrationKind):
        kinds[kind] = fit_calibration(kind, logits["val"], data["val"].labels).probability(logits["test"])
    kinds["as bundled"] = model.manifest.calibration.probability(logits["test"])
    figures = {kind: _figures(probabilities, data["test"]) for kind, probabilities in kinds.items()}
    calibration = fit_calibration("platt", logits["val"], data["val"].labels)
    told = {split: calibration.probability(values) for split, values in logits.items()}
    unsure: list[dict[str, Any]] = []
    for coverage in COVERAGES:
        for by, patients in (("patient", data["val"].patients), ("tile", None)):
            fitted = fit_unsure(told["val"], data["val"].labels, coverage, patients)
            unsure.append({"by": by, **fitted.model_dump(), **_covered(fitted, told["test"], data["test"])})
    lines = [
        f"# Calibration of {model.manifest.label}: fitted on val, judged on test",
        "",
        "| calibration | calibration error | Brier score | AUC |",
        "| --- | --- | --- | --- |",
        *(f"| {kind} | {' | '.join(_three(row[name]) for name in FIGURES)} |" for kind, row in figures.items()),
        "",
        "| coverage asked for | fitted by | unsure from, to | carcinoma covered | none covered | tiles unsure |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {row['coverage']:.0%} | {row['by']} | {row['low']:.3f}, {row['high']:.3f} | {_three(row['positive'])} "
            f"| {_three(row['negative'])} | {row['unsure']:.0%} |"
            for row in unsure
        ),
        "",
        COVERED,
        "",
        as_text(found),
    ]
    record: dict[str, object] = {"conditions": found.model_dump(), "calibration": figures, "unsure": unsure}
    write_results("calibrations", "\n".join(lines), record)


def _figures(probabilities: Floats, test: TileSet) -> dict[str, tuple[float, float, float]]:
    drawn = drawn_figures(probabilities, test.labels, draw_patients(test.patients), 0.5)
    return {name: (float(drawn[name][0]), *interval_of(name, drawn[name])) for name in FIGURES}


def _covered(unsure: Unsure, probabilities: Floats, test: TileSet) -> dict[str, object]:
    rng = np.random.default_rng(0)
    shares = {}
    for name, label, wrong in (
        ("positive", 1, probabilities < unsure.low),
        ("negative", 0, probabilities > unsure.high),
    ):
        of_class = test.labels == label
        each = np.array(
            [1 - wrong[of_class & (test.patients == who)].mean() for who in np.unique(test.patients[of_class])]
        )
        drawn = rng.choice(each, (2000, len(each))).mean(axis=1)
        shares[name] = (float(each.mean()), *interval(drawn))
    return {**shares, "unsure": float(unsure.holds(probabilities).mean())}


def _three(values: tuple[float, float, float]) -> str:
    value, low, high = values
    return f"{value:.3f} ({low:.3f}-{high:.3f})"


if __name__ == "__main__":
    main()
