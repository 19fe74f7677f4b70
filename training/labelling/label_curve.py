"""How many labels choosing saves: a labelled set is labelled anew, step by step, by choice and by chance. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from training.errors import TrainingError
from training.judging.measures import Floats, Ints, interval
from training.labelling.choose import PENALTY, choose, turned

WAYS = ("random", "suggested")
DRAWS = 2000


@dataclass(frozen=True)
class Known:
    """Rows whose labels are known: all of the pool's, of which a round shows some, and those that judge."""

    features: Floats
    """(n, d)"""
    labels: Ints
    patients: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Plan:
    """How labelling goes on."""

    first: int = 40
    """Labels at the start, drawn at random, the same ones for both ways."""
    step: int = 40
    """Labels a round."""
    rounds: int = 15
    seeds: int = 20


@dataclass(frozen=True)
class LabelCurve:
    """AUC over labels, for each way of choosing them."""

    labels: Ints
    """(k,) labels so far."""
    random: Floats
    """(seeds, k)"""
    suggested: Floats
    """(seeds, k)"""
    all_labels: int
    """In the pool."""
    all_auc: float
    """With all of them."""


@dataclass(frozen=True)
class Point:
    """Mean AUC over seeds at this many labels, each with the 95% interval of that mean (Student's t)."""

    labels: int
    random: tuple[float, float, float]
    suggested: tuple[float, float, float]


@dataclass(frozen=True)
class Saved:
    """How many labels by choice do what this many by chance do; 95% over seeds. NaN: not within the rounds."""

    by_chance: int
    auc: float
    """What that many by chance reach, mean over seeds."""
    by_choice: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """Part of the labels that is saved; below 0 where choice needs more."""
        return 1 - self.by_choice / self.by_chance


def label_curve(pool: Known, judged: Known, plan: Plan, told: Callable[[], None] = lambda: None) -> LabelCurve:
    """Labels the pool by chance and by choice, `plan.seeds` times each, and judges every round on `judged`.

    `told` is called after each seed. Raises TrainingError: the pool is too small for the plan.
    """
    if plan.first + plan.step * (plan.rounds - 1) > len(pool.labels):
        raise TrainingError(f"the pool has {len(pool.labels)} rows: fewer than the plan labels. Take fewer rounds.")
    ours, theirs = turned(pool.features, judged.features)
    pool = Known(ours, pool.labels, pool.patients)
    judged = Known(theirs, judged.labels, judged.patients)
    curves: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for seed in range(plan.seeds):
        for way in WAYS:
            curves[way].append(_one(pool, judged, plan, seed, way))
        told()
    every = _fitted(pool, np.arange(len(pool.labels)))
    return LabelCurve(
        labels=plan.first + plan.step * np.arange(plan.rounds),
        random=np.array(curves["random"]),
        suggested=np.array(curves["suggested"]),
        all_labels=len(pool.labels),
        all_auc=float(roc_auc_score(judged.labels, every.decision_function(judged.features))),
    )


def curve_points(curve: LabelCurve) -> tuple[Point, ...]:
    """The curve, a point a round."""
    return tuple(
        Point(int(count), _mean(curve.random[:, at]), _mean(curve.suggested[:, at]))
        for at, count in enumerate(curve.labels)
    )


def labels_saved(curve: LabelCurve, at: Sequence[int]) -> tuple[Saved, ...]:
    """For each number of labels by chance: how many by choice reach the same AUC; seeds are drawn for the interval."""
    seeds = np.arange(len(curve.random))
    rng = np.random.default_rng(0)
    drawn = [seeds, *(rng.choice(seeds, len(seeds)) for _ in range(DRAWS))]
    found = []
    for count in at:
        needed = np.array([_needed(curve, rows, count) for rows in drawn])
        auc = float(np.interp(count, curve.labels, curve.random.mean(axis=0)))
        found.append(Saved(count, auc, float(needed[0]), *interval(needed[1:])))
    return tuple(found)


def _one(pool: Known, judged: Known, plan: Plan, seed: int, way: str) -> list[float]:
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(pool.labels))
    while len(np.unique(pool.labels[rows[: plan.first]])) < 2:
        rows = rng.permutation(len(pool.labels))
    known = rows[: plan.first]
    aucs = []
    for _ in range(plan.rounds):
        model = _fitted(pool, known)
        aucs.append(float(roc_auc_score(judged.labels, model.decision_function(judged.features))))
        if way == "random":
            known = rows[: len(known) + plan.step]
            continue
        probabilities = model.predict_proba(pool.features)[:, 1]
        shown = np.isin(np.arange(len(pool.labels)), known)
        known = np.concatenate([known, choose(pool.features, probabilities, pool.patients, shown, plan.step)])
    return aucs


def _fitted(pool: Known, rows: Ints) -> LogisticRegression:
    return LogisticRegression(C=1 / PENALTY, max_iter=500).fit(pool.features[rows], pool.labels[rows])


def _mean(values: Floats) -> tuple[float, float, float]:
    mean = float(values.mean())
    reach = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - reach, mean + reach


def _needed(curve: LabelCurve, seeds: Ints, count: int) -> float:
    """Where the mean curve by choice first reaches what the mean by chance has at `count`."""
    target = float(np.interp(count, curve.labels, curve.random[seeds].mean(axis=0)))
    risen = np.maximum.accumulate(curve.suggested[seeds].mean(axis=0))
    if risen[-1] < target:
        return float("nan")
    after = int(np.argmax(risen >= target))
    if after == 0:
        return float(curve.labels[0])
    part = (target - risen[after - 1]) / (risen[after] - risen[after - 1])
    return float(curve.labels[after - 1] + part * (curve.labels[after] - curve.labels[after - 1]))
