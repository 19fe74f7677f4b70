"""The figures that go into a model's manifest: tiles of the test split, both weight files, and built bags."""

import math

from sklearn.metrics import roc_auc_score

from models.manifest import Kind, Metric
from models.registry import Model
from training.data.tile_set import TileSet
from training.heads.slide_bags import judge_bags
from training.judging.evaluate import tile_logits
from training.judging.evaluation import FIGURES, NAMES, Evaluation, measure
from training.judging.measures import Floats, Ints, at_threshold

KINDS: tuple[Kind, ...] = ("onnx-int8", "onnx-fp32")


def auc_loss(reference: Floats, other: Floats, labels: Ints) -> float:
    """How much AUC is lost by the other scores; negative where they are better."""
    return float(roc_auc_score(labels, reference) - roc_auc_score(labels, other))


def measure_model(model: Model, test: TileSet, seed: int, threads: int = 2) -> tuple[Metric, ...]:
    """All figures of a model on the test split: tiles for each ONNX file, then bags for the default one.

    Bags are of tiles by themselves, as a slide's score is.
    """
    manifest = model.manifest
    metrics: list[Metric] = []
    there = [kind for kind in KINDS if kind in manifest.files]
    for kind in sorted(there, key=lambda kind: kind != manifest.default_kind):
        logits = tile_logits(model, test.tiles, kind, threads)
        probabilities = manifest.tile_probability(logits, test.layout)
        figures = measure(probabilities, test.labels, test.patients, manifest.threshold.value)
        on = f"test tiles ({figures.n} of {figures.patients} patients), {kind}"
        metrics += _tile_metrics(figures, on, probabilities, test)
        if kind == manifest.default_kind:
            chosen = manifest.tile_probability(logits)
    rule = manifest.slide_rule
    bags = judge_bags(
        chosen,
        test.labels,
        test.patients,
        manifest.tile_area_mm2,
        rule.area_mm2,
        rule.calibration,
        rule.threshold.value,
        seed=seed,
    )
    on = f"bags built from test tiles, {manifest.default_kind}"
    metrics += [
        Metric(name=b.name, value=b.value, low=b.low, high=b.high, on=on) for b in bags if math.isfinite(b.value)
    ]
    return tuple(metrics)


def _tile_metrics(figures: Evaluation, on: str, probabilities: Floats, test: TileSet) -> list[Metric]:
    names = {name: NAMES[name] for name in FIGURES}
    names |= {name: f"{name} at {figures.threshold:.3f}" for name in ("sensitivity", "specificity")}
    middle = at_threshold(probabilities, test.labels, 0.5)
    return [
        *(
            Metric(name=names[name], value=value, low=low, high=high, on=on)
            for name in FIGURES
            for value, low, high in [figures.figure(name)]
        ),
        Metric(name="balanced accuracy at 0.5", value=middle.balanced_accuracy, on=on),
    ]
