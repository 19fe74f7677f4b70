"""The figures that go into a model's manifest: tiles of the test split, both weight files, and built bags."""

import math

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from models.manifest import Kind, Metric
from models.registry import Model
from training.data.tile_set import TileSet
from training.heads.slide_bags import judge_bags
from training.judging.evaluate import tile_logits
from training.judging.measures import (
    RESAMPLES,
    Evaluation,
    Floats,
    Ints,
    at_threshold,
    interval,
    measure,
    patient_weights,
)

KINDS: tuple[Kind, ...] = ("onnx-int8", "onnx-fp32")


def auc_loss(reference: Floats, other: Floats, labels: Ints) -> float:
    """How much AUC is lost by the other scores; negative where they are better."""
    return float(roc_auc_score(labels, reference) - roc_auc_score(labels, other))


def measure_model(model: Model, test: TileSet, seed: int, threads: int = 2) -> tuple[Metric, ...]:
    """All figures of a model on the test split: tiles for each weight file, then bags for the default one."""
    manifest = model.manifest
    metrics: list[Metric] = []
    for kind in sorted(KINDS, key=lambda kind: kind != manifest.default_kind):
        probabilities = manifest.calibration.probability(tile_logits(model, test.tiles, kind, threads))
        figures = measure(probabilities, test.labels, test.patients, manifest.threshold.value)
        on = f"test tiles ({figures.n} of {figures.patients} patients), {kind}"
        metrics += _tile_metrics(figures, on, probabilities, test)
        if kind == manifest.default_kind:
            chosen = probabilities
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
    threshold = figures.threshold
    weights = patient_weights(test.patients, RESAMPLES, 0)
    called = (probabilities >= threshold).astype(np.float64)
    intervals = {
        "sensitivity": _weighted_share(called, test.labels == 1, weights),
        "specificity": _weighted_share(1 - called, test.labels == 0, weights),
    }
    plain = {
        "average precision": figures.average_precision,
        "balanced accuracy": figures.balanced_accuracy,
        "F1": figures.f1,
        "calibration error": figures.ece,
    }
    middle = at_threshold(probabilities, test.labels, 0.5)
    low, high = figures.auc_ci
    return [
        Metric(name="AUC", value=figures.auc, low=low, high=high, on=on),
        Metric(
            name=f"sensitivity at {threshold:.3f}",
            value=figures.sensitivity,
            low=intervals["sensitivity"][0],
            high=intervals["sensitivity"][1],
            on=on,
        ),
        Metric(
            name=f"specificity at {threshold:.3f}",
            value=figures.specificity,
            low=intervals["specificity"][0],
            high=intervals["specificity"][1],
            on=on,
        ),
        *(Metric(name=name, value=value, on=on) for name, value in plain.items()),
        Metric(name="balanced accuracy at 0.5", value=middle.balanced_accuracy, on=on),
    ]


def _weighted_share(called: Floats, among: npt.NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
    total = weights[:, among].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval((weights[:, among] @ called[among]) / total)
