"""Bags of tiles that stand in for slides, since nearly every patient in the set has carcinoma. Pure.

A bag is built from one split's tiles: benign ones of several patients and, in a positive bag, a lesion of carcinoma
tiles of one patient. They are not slides: what they show is whether the slide rule finds a lesion of a given area
among benign tissue of a given area.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from models.calibration import Calibration, fit_platt, log_odds
from models.slide_rules import top_area_mean
from training.errors import TrainingError
from training.judging.measures import Floats, Ints, interval

BAG_TILES = (100, 1000)
"""Tiles in a bag, drawn evenly on a log scale; 4 to 40 mm2 where a tile is 0.2 mm a side."""
LEAST_LESION_TILES = 10
"""A positive bag's carcinoma tiles are drawn evenly on a log scale from this to half of the bag."""


@dataclass(frozen=True)
class Bag:
    """One built bag."""

    probabilities: Floats
    """(n,) calibrated tile probabilities."""
    lesion_tiles: int
    """How many of them are carcinoma; 0 in a negative bag."""


def build_bags(
    probabilities: Floats, labels: Ints, patients: npt.NDArray[np.str_], count: int, rng: np.random.Generator
) -> list[Bag]:
    """`count` bags, every other one positive.

    Benign tiles are drawn with replacement from three to eight patients, a lesion's tiles with replacement from one:
    the set is too sparse for bags of this size without.

    Raises TrainingError: there are no carcinoma tiles, or no benign ones.
    """
    benign = {p: probabilities[(patients == p) & (labels == 0)] for p in np.unique(patients)}
    lesions = {p: probabilities[(patients == p) & (labels == 1)] for p in np.unique(patients)}
    benign_pool = [values for values in benign.values() if len(values)]
    lesion_pool = [values for values in lesions.values() if len(values)]
    if not benign_pool or not lesion_pool:
        raise TrainingError("Bags need tiles of both classes; this split has only one. Choose another split.")
    bags = []
    for number in range(count):
        size = _log_uniform(rng, *BAG_TILES)
        lesion = np.zeros(0)
        if number % 2:
            source = lesion_pool[int(rng.integers(len(lesion_pool)))]
            wanted = _log_uniform(rng, LEAST_LESION_TILES, size // 2)
            lesion = rng.choice(source, wanted, replace=True)
        bags.append(Bag(np.concatenate([_benign(benign_pool, size - len(lesion), rng), lesion]), len(lesion)))
    return bags


def _benign(pool: list[Floats], count: int, rng: np.random.Generator) -> Floats:
    several = rng.choice(len(pool), min(len(pool), int(rng.integers(3, 9))), replace=False)
    together = np.concatenate([pool[which] for which in several])
    return rng.choice(together, count, replace=True)


def _log_uniform(rng: np.random.Generator, low: int, high: int) -> int:
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def bag_means(bags: list[Bag], tile_area_mm2: float, area_mm2: float) -> Floats:
    """The slide rule's mean of each bag, before calibration."""
    return np.array([top_area_mean(bag.probabilities, tile_area_mm2, area_mm2) for bag in bags])


def bag_labels(bags: list[Bag]) -> Ints:
    """1 for a bag that holds carcinoma tiles."""
    return np.array([int(bag.lesion_tiles > 0) for bag in bags], dtype=np.int64)


def choose_area(bags: list[Bag], tile_area_mm2: float, candidates_mm2: tuple[float, ...]) -> float:
    """The area whose rule tells the bags apart best (AUC); of equals the first."""
    labels = bag_labels(bags)
    aucs = [float(roc_auc_score(labels, bag_means(bags, tile_area_mm2, area))) for area in candidates_mm2]
    return candidates_mm2[int(np.argmax(aucs))]


def calibrate_bags(bags: list[Bag], tile_area_mm2: float, area_mm2: float) -> Calibration:
    """Rule's mean to the probability that a bag, half of which are positive, holds carcinoma."""
    return fit_platt(log_odds(bag_means(bags, tile_area_mm2, area_mm2)), bag_labels(bags))


@dataclass(frozen=True)
class BagFigure:
    """One figure of the slide rule on bags, with its interval by patient."""

    name: str
    value: float
    low: float
    high: float


def judge_bags(
    probabilities: Floats,
    labels: Ints,
    patients: npt.NDArray[np.str_],
    tile_area_mm2: float,
    area_mm2: float,
    calibration: Calibration,
    threshold: float,
    *,
    resamples: int = 300,
    seed: int = 0,
) -> tuple[BagFigure, ...]:
    """AUC, sensitivity (in all, and by lesion area) and specificity on bags; in each resample patients are drawn
    with replacement and new bags are built from them."""
    rng = np.random.default_rng(seed)
    first = build_bags(probabilities, labels, patients, 2000, rng)
    value = _figures(first, tile_area_mm2, area_mm2, calibration, threshold)
    names, rows_of = np.unique(patients), {p: np.flatnonzero(patients == p) for p in np.unique(patients)}
    drawn = []
    for _ in range(resamples):
        chosen = rng.choice(names, len(names), replace=True)
        rows = np.concatenate([rows_of[p] for p in chosen])
        apart = np.concatenate([np.full(len(rows_of[p]), f"{i:06d}") for i, p in enumerate(chosen)])
        if len(np.unique(labels[rows])) < 2:
            continue
        bags = build_bags(probabilities[rows], labels[rows], apart, 200, rng)
        drawn.append(_figures(bags, tile_area_mm2, area_mm2, calibration, threshold))
    table = {name: interval(np.array([figures[name] for figures in drawn])) for name in value}
    return tuple(BagFigure(name, value[name], *table[name]) for name in value)


def _figures(
    bags: list[Bag], tile_area_mm2: float, area_mm2: float, calibration: Calibration, threshold: float
) -> dict[str, float]:
    labels = bag_labels(bags)
    scores = calibration.probability(log_odds(bag_means(bags, tile_area_mm2, area_mm2)))
    called = scores >= threshold
    area = np.array([bag.lesion_tiles for bag in bags]) * tile_area_mm2
    small, large = (area > 0) & (area < 2.0), area >= 2.0
    return {
        "bag AUC": float(roc_auc_score(labels, scores)),
        "bag sensitivity": _share(called[labels == 1]),
        "bag sensitivity, lesion of 0.4-2 mm2": _share(called[small]),
        "bag sensitivity, lesion of 2 mm2 or more": _share(called[large]),
        "bag specificity": _share(~called[labels == 0]),
    }


def _share(called: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(called)) if len(called) else float("nan")
