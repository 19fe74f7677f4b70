"""What a person should label next: where the model cannot tell, of every look there is, from many patients. Pure."""

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from training.errors import TrainingError

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

CANDIDATES = 10
"""Of each one that is asked for, this many of the most doubtful are looked at (A; chosen on IDC's validation split)."""


def margin_doubt(probabilities: npt.ArrayLike, middle: float = 0.5) -> Floats:
    """How doubtful probabilities (n,) are: 1 at the `middle`, where one class turns into the other, 0 at both ends."""
    p = np.asarray(probabilities, dtype=np.float64)
    middle = min(max(middle, 1e-6), 1 - 1e-6)
    return np.asarray(np.where(p < middle, p / middle, (1 - p) / (1 - middle)), dtype=np.float64)


def choose(
    features: npt.NDArray[np.floating], doubt: Floats, patients: npt.NDArray[np.str_], count: int, seed: int
) -> Rows:
    """Rows to label next, most doubtful first.

    The most doubtful are grouped by their looks into as many groups as are asked for (k-means of features of length
    one). Each group gives one: of the patient who has given fewest so far, the most doubtful.

    Args:
        features: (n, d) numbers to compare looks by.
        doubt: (n,) larger where the model is less sure.
        patients: (n,)
        count: how many are wanted; all come, where there are no more.
        seed: of the grouping.

    Raises TrainingError: nothing is wanted, or there is nothing to choose from.
    """
    if count < 1 or not len(doubt):
        raise TrainingError(f"{count} of {len(doubt)} are asked for: ask for one or more, of one or more.")
    order = np.argsort(-doubt, kind="stable")
    candidates = order[: CANDIDATES * count]
    if len(candidates) <= count:
        return candidates.astype(np.int64)
    group_of = _groups(features[candidates], count, seed)
    given = dict.fromkeys(np.unique(patients).tolist(), 0)
    chosen: list[int] = []
    for group in _by_first(group_of):
        members = candidates[group_of == group]
        pick = min(members.tolist(), key=lambda row: given[str(patients[row])])
        given[str(patients[pick])] += 1
        chosen.append(pick)
    left = [row for row in candidates.tolist() if row not in set(chosen)]  # where looks repeat, groups are fewer
    chosen += left[: count - len(chosen)]
    return np.array(sorted(chosen, key=lambda row: -doubt[row]), dtype=np.int64)


def _groups(features: npt.NDArray[np.floating], count: int, seed: int) -> Rows:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = np.asarray(features / np.maximum(lengths, 1e-12), dtype=np.float64)
    distinct = len(np.unique(unit, axis=0))
    means = KMeans(min(count, distinct), n_init=1, max_iter=50, random_state=seed)
    return np.asarray(means.fit_predict(unit), dtype=np.int64)


def _by_first(group_of: Rows) -> list[int]:
    """Groups in the order of their first, most doubtful, member."""
    groups, first = np.unique(group_of, return_index=True)
    return [int(group) for group in groups[np.argsort(first)]]
