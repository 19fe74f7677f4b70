"""From bags to a fitted slide head: projection, held-out folds of patients, members, calibration, threshold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import log_loss
from torch import Tensor

from models.calibration import Calibration, fit_calibration
from models.heads.networks import HeadEnsemble, Projection
from training.data.bag_set import BagSet
from training.data.splits import patient_folds
from training.errors import TrainingError
from training.heads.fitting import fit_members, table_of
from training.heads.head_options import HeadOptions
from training.judging.measures import Floats, threshold_for_sensitivity

_INSTANCES_LOOKED_AT = 5_000
"""The projection is computed on at most this many instances, evenly taken."""


@dataclass(frozen=True)
class FittedHead:
    """A head with what its held-out bags say of it."""

    ensemble: HeadEnsemble
    calibration: Calibration
    threshold: float
    held_out: Floats
    """(b,) logits of bags that no member which gives them was fitted on: of `bags`, or of the validation set."""
    loss: float
    """Cross-entropy of the calibrated held-out logits."""


def fit_head(
    bags: BagSet, options: HeadOptions, validation: BagSet | None = None, sensitivity: float = 0.8
) -> FittedHead:
    """Fits a head.

    Without a validation set each member holds out another fold of the patients, stops by it, and the held-out logits
    of all folds fit the calibration. With one, every member is fitted on all bags and stops by the validation set.
    The threshold is the highest that keeps `sensitivity` on the held-out bags.

    Raises TrainingError: too few patients or classes; a patient in both sets; sets of different models.
    """
    _check(bags, validation)
    projection = fit_projection(np.concatenate(bags.bags), options.axes)
    members = options.members
    if validation is None:
        folds = patient_folds(bags.labels, bags.patients, members, options.seed)
        held = folds[None] == np.arange(members)[:, None]
        everything, labels, fitted = bags.bags, bags.labels, ~held
    else:
        everything, labels = bags.bags + validation.bags, np.concatenate([bags.labels, validation.labels])
        held = np.tile(np.arange(len(labels)) >= len(bags.labels), (members, 1))
        fitted = ~held
    with torch.no_grad():
        table = table_of([projection(_tensor(bag)) for bag in everything], labels)
    found = fit_members(table, fitted, held, options)
    judged = held.any(axis=0)
    logits = np.where(held, found.logits, 0).sum(axis=0)[judged] / held.sum(axis=0)[judged]
    calibration = fit_calibration("platt", logits, labels[judged])
    probabilities = calibration.probability(logits)
    return FittedHead(
        HeadEnsemble(projection, found.heads).eval(),
        calibration,
        threshold_for_sensitivity(probabilities, labels[judged], sensitivity),
        logits,
        float(log_loss(labels[judged], probabilities, labels=[0, 1])),
    )


def choose_and_fit(bags: BagSet, candidates: tuple[HeadOptions, ...], validation: BagSet | None = None) -> FittedHead:
    """The candidate with the least held-out loss, fitted. Only the bags given decide, so it may stand inside a fold."""
    return min((fit_head(bags, options, validation) for options in candidates), key=lambda fitted: fitted.loss)


def say(fitted: FittedHead, bags: tuple[npt.NDArray[np.float32], ...]) -> Floats:
    """The ensemble's logit of each bag (b,)."""
    with torch.inference_mode():
        return np.array([float(fitted.ensemble(_tensor(bag))[0]) for bag in bags])


def say_of_rows(fitted: FittedHead, instances: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> Floats:
    """The same for bags (b, n) of row numbers into one table (m, d): each instance is encoded once for all bags."""
    with torch.inference_mode():
        table, where = fitted.ensemble.projection(_tensor(instances)), _tensor(rows)
        real = torch.ones_like(where, dtype=torch.bool)
        said = [member(table, where, real).logits.mean(0) for member in fitted.ensemble.members]
        return torch.stack(said).mean(0).double().numpy()


def fit_projection(instances: npt.NDArray[np.float32], axes: int) -> Projection:
    """Every feature to mean 0 and deviation 1; where there are more than `axes`, then onto the principal ones.

    instances: (n, d). Principal axes keep their proportions (no whitening), scaled so that the mean variance is 1.
    """
    looked_at = instances[:: max(1, len(instances) // _INSTANCES_LOOKED_AT)].astype(np.float64)
    mean, deviation = looked_at.mean(axis=0), looked_at.std(axis=0)
    deviation[deviation < 1e-6 * max(1.0, float(deviation.max()))] = np.inf  # a feature that never changes says nothing
    turned = np.diag(1 / deviation)
    if instances.shape[1] > axes:
        scaled = ((looked_at - mean) / deviation).astype(np.float32)
        values, vectors = np.linalg.eigh((scaled.T @ scaled / len(scaled)).astype(np.float64))
        turned = turned @ vectors[:, -axes:][:, ::-1] / np.sqrt(values[-axes:].mean())
    return Projection(torch.from_numpy(mean).float(), torch.from_numpy(turned).float())


def _tensor(values: npt.NDArray[Any]) -> Tensor:
    """The array as a tensor; torch takes none that may not be written to, as what lies in another process's memory."""
    return torch.from_numpy(np.require(values, requirements="W"))


def _check(bags: BagSet, validation: BagSet | None) -> None:
    if not len(bags):
        raise TrainingError("There is no bag to fit a head on.")
    if validation is None:
        return
    if validation.width != bags.width:
        raise TrainingError(
            f"The bags to fit hold {bags.width} numbers a tile, those to validate {validation.width}: they were not "
            "made by one model. Embed all slides with one."
        )
    both = set(bags.patients.tolist()) & set(validation.patients.tolist())
    if both:
        raise TrainingError(
            f"Patient {min(both)} (and {len(both) - 1} more) has bags to fit and to validate. "
            "Put each patient into one split, else the figures are too good."
        )
