"""How well tiles are told apart where every patient weighs the same, however many tiles each gave."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from training.data.tile_set import TileSet
from training.errors import TrainingError


def patient_auc(
    labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], patients: npt.NDArray[np.str_]
) -> float:
    """AUC with every tile weighted by one over the number of its patient's tiles.

    It is the chance that a positive tile of a patient drawn evenly scores above a negative one of another draw. One
    patient with a thousand tiles decides no more than one with ten.
    """
    _, which, counts = np.unique(patients, return_inverse=True, return_counts=True)
    return float(roc_auc_score(labels, scores, sample_weight=1.0 / counts[which]))


def choosing_auc(tiles: TileSet, scores: npt.NDArray[np.float64], by: str) -> float:
    """The AUC that epochs are chosen by: `patients` or `tiles`. Raises TrainingError: all of one class."""
    if len(np.unique(tiles.labels)) < 2:
        raise TrainingError(
            f"All {len(tiles)} validation tiles have the label {int(tiles.labels[0])}: no epoch can be chosen on them. "
            "Put patients of both classes into the split 'val'."
        )
    if by == "tiles":
        return float(roc_auc_score(tiles.labels, scores))
    return patient_auc(tiles.labels, scores, tiles.patients)
