"""Drawing other patients again and again: how much a figure owes to who happened to be in the set. Pure.

A patient's tiles are alike, so patients are drawn, each with all its tiles (cluster bootstrap; Davison and Hinkley
1997, 3.8). Figures are computed for all draws at once, from sums by patient.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.judging.measures import Floats, Ints

RESAMPLES = 2000
LARGEST_TABLE = 8_000_000
"""Numbers in one piece of a table of draws by tiles: 64 MB."""


@dataclass(frozen=True)
class Draws:
    """How often each patient was drawn. The first row is the set itself: everybody once."""

    counts: Floats
    """(1 + resamples, patients)"""
    patient: Ints
    """(n,) which column each tile's patient is."""

    def sums(self, values: Floats) -> Floats:
        """Sums over the drawn tiles, (draws,) or (draws, k), of values (n,) or (n, k)."""
        held = np.zeros((self.counts.shape[1], *values.shape[1:]))
        np.add.at(held, self.patient, values)
        return np.asarray(self.counts @ held, dtype=np.float64)

    def share(self, of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> Floats:
        """(draws,) which share of the tiles `among` is also `of`; NaN where there are none."""
        return ratio(self.sums((of & among).astype(np.float64)), self.sums(among.astype(np.float64)))

    def take(self, rows: npt.NDArray[np.bool_]) -> "Draws":
        """The same draws for some of the tiles: patients without any of them count for nothing."""
        return Draws(self.counts, self.patient[rows])


def draw_patients(patients: npt.NDArray[np.str_], resamples: int = RESAMPLES, seed: int = 0) -> Draws:
    """Draws for tiles of these patients (n,): each time as many patients as there are, with replacement."""
    names, which = np.unique(patients, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return Draws(np.vstack([np.ones(len(names)), drawn]), which.astype(np.int64))


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole; NaN where the whole is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole, dtype=np.float64)


def drawn_auc(scores: Floats, labels: Ints, draws: Draws) -> Floats:
    """(draws,) AUC of each draw, ties counting half; NaN where a draw has only one class.

    Between two patients the number of well-ordered pairs is fixed, so a draw's AUC is a quadratic form in how often
    each was drawn: exact, and no draw needs sorting.
    """
    positive = labels == 1
    patients = draws.counts.shape[1]
    positive_scores, of = scores[positive], draws.patient[positive]
    ordered = np.zeros((patients, patients))
    for other in np.unique(draws.patient[~positive]):
        negatives = np.sort(scores[~positive & (draws.patient == other)])
        below = np.searchsorted(negatives, positive_scores, "left") + np.searchsorted(
            negatives, positive_scores, "right"
        )
        ordered[:, other] = np.bincount(of, weights=below / 2, minlength=patients)
    pairs = draws.sums(positive.astype(np.float64)) * draws.sums((~positive).astype(np.float64))
    return ratio(np.sum((draws.counts @ ordered) * draws.counts, axis=1), pairs)


def drawn_average_precision(scores: Floats, labels: Ints, draws: Draws) -> Floats:
    """(draws,) average precision of each draw, as scikit-learn has it: equal scores are one step."""
    order = np.argsort(-scores, kind="stable")
    patient, positive = draws.patient[order], (labels[order] == 1).astype(np.float64)
    last_of_step = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = []
    piece = max(1, LARGEST_TABLE // max(1, len(order)))
    for start in range(0, len(draws.counts), piece):
        weights = draws.counts[start : start + piece, patient]
        called = np.cumsum(weights, axis=1)[:, last_of_step]
        hits = np.cumsum(weights * positive, axis=1)[:, last_of_step]
        gained = np.diff(hits, axis=1, prepend=0.0)
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        found.append(ratio(np.sum(gained * precision, axis=1), hits[:, -1]))
    return np.concatenate(found)
