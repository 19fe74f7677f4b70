"""The curves of a report: ROC, reliability and net benefit, each with the band that other patients would draw. Pure."""

from dataclasses import dataclass

import numpy as np

from training.judging.draws import Draws, ratio
from training.judging.measures import Floats, Ints, bin_of, interval

ROC_POINTS = 101
RELIABILITY_BINS = 10
CHANCES = np.arange(0.02, 0.801, 0.02)
"""Chances of disease from which on somebody would act, where the net benefit is computed."""


@dataclass(frozen=True)
class Curve:
    """A line with its band: (k,) each."""

    x: Floats
    y: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Reliability:
    """By bins of the probability: what was said, what was found, and how many tiles."""

    curve: Curve
    tiles: Ints


@dataclass(frozen=True)
class NetBenefit:
    """What acting on the model is worth, in true positives a tile, beside acting on all; acting on none is worth 0."""

    model: Curve
    everyone: Floats


def roc(probabilities: Floats, labels: Ints, draws: Draws) -> Curve:
    """Sensitivity over the false-positive fraction, at evenly spaced fractions."""
    at = np.linspace(0, 1, ROC_POINTS)
    true = labels == 1
    thresholds = np.unique(np.quantile(probabilities, np.linspace(0, 1, 4 * ROC_POINTS)))[::-1]
    called = probabilities[:, None] >= thresholds
    hits = ratio(draws.sums((called & true[:, None]).astype(np.float64)).T, draws.sums(true.astype(np.float64)))
    alarms = ratio(draws.sums((called & ~true[:, None]).astype(np.float64)).T, draws.sums((~true).astype(np.float64)))
    lines = np.array(
        [
            np.interp(at, np.concatenate([[0], x, [1]]), np.concatenate([[0], y, [1]]))
            for x, y in zip(alarms.T, hits.T, strict=True)
            if np.isfinite(x).all() and np.isfinite(y).all()
        ]
    )
    return _curve(at, lines)


def reliability(probabilities: Floats, labels: Ints, draws: Draws) -> Reliability:
    """The share of positives in ten bins of equal width over the bins' mean probability; empty bins are left out."""
    which = bin_of(probabilities, RELIABILITY_BINS)
    inside = (which[:, None] == np.arange(RELIABILITY_BINS)).astype(np.float64)
    tiles = inside.sum(axis=0)
    held = tiles > 0
    said = ratio((inside * probabilities[:, None]).sum(axis=0), tiles)[held]
    found = ratio(draws.sums(inside * (labels == 1)[:, None]), draws.sums(inside))[:, held]
    return Reliability(_curve(said, found), tiles[held].astype(np.int64))


def net_benefit(probabilities: Floats, labels: Ints, draws: Draws) -> NetBenefit:
    """True positives less false ones weighted by the odds of the chance one acts from (Vickers and Elkin 2006)."""
    true = (labels == 1).astype(np.float64)
    called = (probabilities[:, None] >= CHANCES).astype(np.float64)
    tiles = draws.sums(np.ones(len(labels)))[:, None]
    hits, alarms = draws.sums(called * true[:, None]), draws.sums(called * (1 - true)[:, None])
    odds = CHANCES / (1 - CHANCES)
    prevalence = float(true.mean())
    return NetBenefit(_curve(CHANCES, ratio(hits - alarms * odds, tiles)), prevalence - (1 - prevalence) * odds)


def _curve(x: Floats, lines: Floats) -> Curve:
    """The first line, and the band of the others."""
    ends = np.array([interval(column) for column in lines[1:].T])
    return Curve(x, lines[0], ends[:, 0], ends[:, 1])
