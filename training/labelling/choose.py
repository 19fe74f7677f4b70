"""What a person should label next: what would teach a model most about all that is there, from many patients. Pure."""

from math import ceil

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.calibration import log_odds
from training.errors import TrainingError

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

AXES = 128
"""Features are turned onto this many principal axes, which needs no labels (A)."""
PENALTY = 1.0
"""Of the logistic regression that labels are chosen for; features have a mean square length of one (A; IDC's val)."""
INTERCEPT_PENALTY = 0.01
"""So weak that it only keeps the matrix invertible."""
SPREAD = 2
"""A patient gives at most this many times an even share of those asked for (A)."""


def turned(pool: npt.NDArray[np.floating], *others: npt.NDArray[np.floating]) -> tuple[Floats, ...]:
    """Features (n, d) on the pool's principal axes, of mean square length one there; `others` on the same axes."""
    axes = make_pipeline(StandardScaler(), PCA(min(AXES, *pool.shape), random_state=0))
    first = np.asarray(axes.fit_transform(pool), dtype=np.float64)
    length = float(np.sqrt(np.mean(np.sum(first**2, axis=1)))) or 1.0
    return first / length, *(np.asarray(axes.transform(other), dtype=np.float64) / length for other in others)


def centred(scores: npt.ArrayLike, threshold: float) -> Floats:
    """Scores as probabilities that are a half at the threshold."""
    return np.asarray(expit(log_odds(scores) - log_odds(threshold)), dtype=np.float64)


def choose(
    features: Floats, probabilities: Floats, patients: npt.NDArray[np.str_], known: npt.NDArray[np.bool_], count: int
) -> Rows:
    """Rows to label next, the one that teaches most first.

    Greedy V-optimal design (Fedorov 1972; for logistic regression Schein and Ungar 2007): each pick is the row whose
    label would most lower the summed variance of what a logistic regression on these features says of the whole pool.
    A row counts the more, the less sure its own probability is, the less what is labelled or picked already looks like
    it, and the more of the pool does.

    Args:
        features: (n, d), from `turned`.
        probabilities: (n,) what the model says now.
        patients: (n,)
        known: (n,) whether the row has its label.
        count: how many are wanted; all come, where there are no more.

    Raises TrainingError: nothing is wanted, or every row has its label.
    """
    free = np.flatnonzero(~known)
    if count < 1 or not len(free):
        raise TrainingError(
            f"{count} of {len(free)} without a label are asked for: ask for one or more, of one or more."
        )
    count = min(count, len(free))
    x = np.column_stack([features, np.ones(len(features))])
    weight = probabilities * (1 - probabilities)
    penalty = np.append(np.full(features.shape[1], PENALTY), INTERCEPT_PENALTY)
    covariance = np.linalg.inv(np.diag(penalty) + (x[known] * weight[known, None]).T @ x[known])
    pool = (x * weight[:, None]).T @ x / len(x)
    x, weight, who = x[free], weight[free], patients[free]
    seen = x @ covariance
    own = np.einsum("ij,ij->i", seen, x)
    of_pool = np.einsum("ij,ij->i", seen @ pool, seen)
    most = ceil(SPREAD * count / len(np.unique(who)))
    waiting = np.ones(len(free), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < count:
        allowed = waiting & ~_used_up(who, chosen, most)
        if not allowed.any():
            most += 1
            continue
        pick = int(np.argmax(np.where(allowed, weight * of_pool / (1 + weight * own), -1.0)))
        chosen.append(pick)
        waiting[pick] = False
        # The pick's label takes gain * v v' off the covariance; the two products with it follow without a new inverse.
        v = covariance @ x[pick]
        gain = weight[pick] / (1 + weight[pick] * (x[pick] @ v))
        along = x @ v
        of_pool += gain**2 * (v @ pool @ v) * along**2 - 2 * gain * along * (x @ (covariance @ (pool @ v)))
        own -= gain * along**2
        covariance -= gain * np.outer(v, v)
    return np.asarray(free[chosen], dtype=np.int64)


def _used_up(patients: npt.NDArray[np.str_], chosen: list[int], most: int) -> npt.NDArray[np.bool_]:
    """(n,) whose patient has given as many as he may."""
    names, times = np.unique(patients[chosen], return_counts=True)
    return np.isin(patients, names[times >= most])
