"""How far off probabilities are by how many patients calibrated them: scores out of fold, patients drawn many times.

    forrang train tiles --tiles TILES --recipe idc-screen --out OUT --folds 3
    python -m benchmarks.calibration_patients OUT/idc-screen.folds.parquet

Each time some patients fit the line and 65 others judge it, as many as the set's test split has. No test tile is read.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.conditions import DATA, as_text, conditions, write_results
from training.judging.measures import calibration_error
from training.tiles.folds import OutOfFold, read_out_of_fold
from training.tiles.meaning import fit_meaning
from training.tiles.options import TrainOptions

FITTED_BY, JUDGED_BY = (29, 60, 104), 65
PARTS = ("forrang", "numpy", "scipy", "scikit-learn")


def main() -> None:
    """Measures, and writes results/calibration_patients.json and .md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scores", type=Path, help="NAME.folds.parquet")
    parser.add_argument("--draws", type=int, default=200)
    given = parser.parse_args()
    found = conditions("benchmarks.calibration_patients", PARTS)
    name = given.scores.name.removesuffix(".folds.parquet")
    options = TrainOptions.from_recipe(Path(name), tiles=DATA / "idc" / "tiles.parquet", out=given.scores.parent)
    folds = read_out_of_fold(options)
    rows = []
    for many in FITTED_BY:
        for joined in (False, True):
            for share in (None, options.prevalence):
                asked = options.model_copy(
                    update={"prevalence": share, "surroundings_um": options.surroundings_um if joined else None}
                )
                errors = drawn_errors(asked, folds, many, given.draws)
                rows.append(
                    {
                        "fitted_by": many,
                        "joined": joined,
                        "share": share,
                        "mean": float(errors.mean()),
                        "median": float(np.median(errors)),
                        "within_0.03": float((errors <= 0.03).mean()),
                        "within_0.02": float((errors <= 0.02).mean()),
                    }
                )
    lines = [
        f"# Calibration error of {name}'s recipe on {JUDGED_BY} new patients, {given.draws} draws",
        "",
        "| fitted by, patients | neighbours | fitted for a share of | mean | median | 0.03 or less | 0.02 or less |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {row['fitted_by']} | {'yes' if row['joined'] else 'no'} "
            f"| {'theirs' if row['share'] is None else format(row['share'], '.1%')} | {row['mean']:.3f} "
            f"| {row['median']:.3f} | {row['within_0.03']:.0%} | {row['within_0.02']:.0%} |"
            for row in rows
        ),
        "",
        f"Scores out of fold of {len(folds.labels):,} tiles of {len(set(folds.patients))} patients (train and val).",
        "",
        as_text(found),
    ]
    print("\n".join(lines))
    write_results("calibration_patients", "\n".join(lines), {"conditions": found.model_dump(), "rows": rows})


def drawn_errors(options: TrainOptions, folds: OutOfFold, many: int, draws: int) -> np.ndarray:
    """Calibration errors (draws,) on `JUDGED_BY` patients of lines that `many` others fitted."""
    rng = np.random.default_rng(0)
    everybody = np.unique(folds.patients)
    errors = []
    for _ in range(draws):
        drawn = rng.permutation(everybody)
        judging, fitting = (np.isin(folds.patients, it) for it in np.split(drawn[: JUDGED_BY + many], [JUDGED_BY]))
        said = fit_meaning(options, only(folds, fitting)).probability(
            folds.logits[judging], folds.layout.take(judging) if folds.layout else None
        )
        errors.append(calibration_error(said, folds.labels[judging]))
    return np.array(errors)


def only(folds: OutOfFold, rows: np.ndarray) -> OutOfFold:
    """These tiles alone."""
    return replace(
        folds,
        logits=folds.logits[rows],
        labels=folds.labels[rows],
        patients=folds.patients[rows],
        layout=folds.layout.take(rows) if folds.layout else None,
        folds=folds.folds[rows],
    )


if __name__ == "__main__":
    main()
