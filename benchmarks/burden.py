"""How small a lesion does each slide head find? AUC against the share of positive tiles, on bags built from IDC tiles.

    python -m benchmarks.burden [--seed 1] [--work FOLDER] [--jobs 2]

Tiles are embedded by the bundled model. At each burden a head is fitted on bags of train patients, chosen and stopped
on bags of val patients, and judged on bags of test patients. It is told each bag's label and nothing of the tiles'.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import altair as alt
import joblib
import numpy as np
import numpy.typing as npt
import vl_convert
from sklearn.metrics import roc_auc_score

from benchmarks.conditions import DATA, RESULTS, as_text, conditions, write_results
from models.calibration import log_odds
from models.embedding import embed_tiles, embedding_session
from models.heads.head_manifest import HeadKind
from models.registry import Model, find_model
from models.runtime import open_session, score_tiles
from models.slide_rules import top_area_mean
from training.data.bag_set import BagSet
from training.data.tile_set import read_tiles
from training.heads.fit_head import FittedHead, choose_and_fit, say_of_rows
from training.heads.haystacks import Haystacks, build_haystacks
from training.heads.head_options import KINDS, HeadOptions
from training.judging.measures import interval

MODEL = "idc-screen"
BURDENS = (0.01, 0.05, 0.20)
TILES = 200
"""A bag: 8 mm2 of tissue; 1% of it is two tiles."""
RESAMPLES, BAGS_A_RESAMPLE = 200, 100
_PARTS = ("vectors", "labels", "patients", "logits")
RULE = "no head: the model's slide rule"
Split = Literal["train", "val", "test"]
BAGS: dict[Split, int] = {"train": 300, "val": 200, "test": 1000}


@dataclass(frozen=True)
class Embedded:
    """One split's tiles, embedded."""

    vectors: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]
    probabilities: npt.NDArray[np.float64]
    """The bundled model's own, of each tile."""


def embed_splits(model: Model, tiles: Path, work: Path) -> dict[Split, Embedded]:
    """All tiles of the file, embedded: about half a minute, and none where `work` has them from before."""
    kept = work / f"idc-{model.weights_sha256()[:12]}.npz"
    if not kept.is_file():
        session, scoring = embedding_session(model, threads=2), open_session(model.weights(), threads=2)
        found: dict[str, npt.NDArray[Any]] = {}
        for split in BAGS:
            part = read_tiles(tiles, (split,), model.manifest.tile_px)[split]
            vectors, logits = embed_tiles(session, part.tiles), score_tiles(scoring, part.tiles)
            made: tuple[npt.NDArray[Any], ...] = (vectors, part.labels, part.patients, logits)
            found |= {f"{split}-{name}": value for name, value in zip(_PARTS, made, strict=True)}
        np.savez(kept, allow_pickle=False, **found)
    with np.load(kept) as held:
        return {split: _embedded(model, *(held[f"{split}-{name}"] for name in _PARTS)) for split in BAGS}


def _embedded(
    model: Model,
    vectors: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
    logits: npt.NDArray[np.float64],
) -> Embedded:
    return Embedded(vectors, labels, patients, model.manifest.calibration.probability(logits))


def haystacks(split: Embedded, count: int, burden: float, rng: np.random.Generator) -> Haystacks:
    """Bags of one size and one burden."""
    return build_haystacks(split.labels, split.patients, count, (TILES, TILES), (burden, burden), rng)


def as_bags(name: Split, split: Embedded, built: Haystacks) -> BagSet:
    """What a head is fitted on. A bag is of many patients, but all of one split."""
    patients = np.full(len(built.rows), name)
    names = np.array([f"{name}-{number}" for number in range(len(built.rows))])
    return BagSet(tuple(split.vectors[rows] for rows in built.rows), built.labels, patients, names)


def options_of(kind: HeadKind) -> tuple[HeadOptions, ...]:
    """What validation bags choose from: for the top share how large it is. The axes were fixed in sight of test."""
    shares = (0.01, 0.05, 0.2) if kind == "top-share" else (0.05,)
    return tuple(
        HeadOptions(kind=kind, axes=8, hidden=16, top_share=share, members=3, epochs=30, patience=8) for share in shares
    )


def scores(head: FittedHead | None, model: Model, split: Embedded, built: Haystacks) -> npt.NDArray[np.float64]:
    """What a head, or the bundled slide rule, says of bags."""
    rows = np.stack(built.rows)
    if head is not None:
        return say_of_rows(head, split.vectors, rows)
    rule, area = model.manifest.slide_rule, model.manifest.tile_area_mm2
    return log_odds([top_area_mean(split.probabilities[bag], area, rule.area_mm2) for bag in rows])


def drawn_tests(test: Embedded, burden: float, rng: np.random.Generator) -> Iterator[tuple[Embedded, Haystacks]]:
    """Test bags built anew from patients drawn with replacement: what other patients might have given."""
    names = np.unique(test.patients)
    rows_of = {name: np.flatnonzero(test.patients == name) for name in names}
    for _ in range(RESAMPLES):
        chosen = rng.choice(names, len(names))
        rows = np.concatenate([rows_of[name] for name in chosen])
        apart = np.concatenate([np.full(len(rows_of[name]), f"{i:04d}") for i, name in enumerate(chosen)])
        part = Embedded(test.vectors[rows], test.labels[rows], apart, test.probabilities[rows])
        yield part, haystacks(part, BAGS_A_RESAMPLE, burden, rng)


def at_burden(model: Model, splits: dict[Split, Embedded], burden: float, seed: int) -> list[dict[str, object]]:
    """A row for every head, all on the same bags."""
    rng = np.random.default_rng(seed)
    built = {split: haystacks(splits[split], count, burden, rng) for split, count in BAGS.items()}
    train, val = as_bags("train", splits["train"], built["train"]), as_bags("val", splits["val"], built["val"])
    heads: dict[str, FittedHead | None] = {RULE: None}
    heads |= {kind: choose_and_fit(train, options_of(kind), val) for kind in KINDS}
    drawn: dict[str, list[float]] = {name: [] for name in heads}
    for part, bags in drawn_tests(splits["test"], burden, rng):
        for name, head in heads.items():
            drawn[name].append(float(roc_auc_score(bags.labels, scores(head, model, part, bags))))
    rows: list[dict[str, object]] = []
    for name, head in heads.items():
        auc = float(roc_auc_score(built["test"].labels, scores(head, model, splits["test"], built["test"])))
        low, high = interval(np.array(drawn[name]))
        rows.append({"head": name, "burden": burden, "auc": auc, "low": low, "high": high})
    return rows


def table(rows: list[dict[str, object]]) -> str:
    """Heads down, burdens across, in Markdown."""
    lines = ["| head | " + " | ".join(f"{b:.0%} positive" for b in BURDENS) + " |", "| --- |" + " --- |" * len(BURDENS)]
    for name in dict.fromkeys(str(row["head"]) for row in rows):
        cells = [f"{r['auc']:.3f} ({r['low']:.3f}-{r['high']:.3f})" for r in rows if r["head"] == name]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(rows: list[dict[str, object]], path: Path) -> None:
    """The curves, with the intervals of the patients."""
    shown = [{**row, "percent": f"{row['burden']:.0%}"} for row in rows]
    order = [f"{burden:.0%}" for burden in BURDENS]
    base = alt.Chart(alt.InlineData(values=shown)).encode(
        x=alt.X("percent:O", sort=order, title="positive tiles in a positive bag"),
        xOffset="head:N",
        color=alt.Color("head:N", title="head", legend=alt.Legend(labelLimit=240)),
    )
    y = alt.Scale(domain=[0.5, 1.0], clamp=True)
    chart = base.mark_rule(strokeWidth=2).encode(
        y=alt.Y("low:Q", scale=y, title="AUC, 95% over patients"), y2="high:Q"
    ) + base.mark_point(filled=True, size=60).encode(y=alt.Y("auc:Q", scale=y))
    svg = vl_convert.vegalite_to_svg(chart.properties(width=520, height=300, background="white").to_dict())
    path.write_text(svg, encoding="utf-8")


def main() -> None:
    """Runs all and writes results/burden.json, .md and .svg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder that keeps the embeddings for the next run")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    under = conditions("benchmarks.burden", ("forrang", "numpy", "onnxruntime", "torch"))
    model = find_model(MODEL)
    with tempfile.TemporaryDirectory() as passing:
        splits = embed_splits(model, DATA / "idc" / "tiles.parquet", asked.work or Path(passing))
    each = (joblib.delayed(at_burden)(model, splits, burden, asked.seed) for burden in BURDENS)
    rows = [row for found in joblib.Parallel(n_jobs=asked.jobs)(each) for row in found]
    draw(rows, RESULTS / "burden.svg")
    text = (
        f"# Slide heads on needles in haystacks: AUC of {BAGS['test']} test bags against burden\n\n{table(rows)}\n\n"
        f"![The same as curves](burden.svg)\n\nEach bag holds {TILES} IDC tiles, embedded by {model.manifest.label}. "
        f"Fitted on {BAGS['train']} bags of train patients for each burden, chosen on {BAGS['val']} of val patients. "
        f"Intervals: {RESAMPLES} times other test patients, drawn with replacement, with new bags built from them. "
        "Bags are not slides: their benign tiles come from 6 to 12 patients, their lesion from one.\n\n"
        + as_text(under)
    )
    write_results("burden", text, {"rows": rows, "conditions": under.model_dump(mode="json")})


if __name__ == "__main__":
    main()
