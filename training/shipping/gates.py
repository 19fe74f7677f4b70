"""What must hold before a model goes into use, and by how much it does or does not. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.foreign.describing import NOT_CALIBRATED
from models.in_use import Gate
from models.manifest import Manifest
from training.judging.draws import Draws, draw_patients
from training.judging.evaluation import NAMES, check_judgeable, drawn_figures, paired_differences
from training.judging.measures import Floats, Ints
from training.shipping.card import missing_from_card

LEARNT_FROM = ("train", "val")
NOT_WORSE = "not worse"


@dataclass(frozen=True)
class Limits:
    """How good is good enough. All are A, to be set by whoever answers for the department's models."""

    margin: float = 0.01
    """So much AUC less than the one in use, at the low end of the 95% interval, is still not worse."""
    ece: float = 0.05
    """Largest expected calibration error."""
    patients: int = 10
    """With fewer the interval over patients says nothing."""


@dataclass(frozen=True)
class Judged:
    """What a model says of the labelled tiles."""

    manifest: Manifest
    probabilities: Floats
    """(n,) calibrated."""


@dataclass(frozen=True)
class Ground:
    """The labelled tiles that models are judged on."""

    words: str
    """Which file and split."""
    split: str
    labels: Ints
    patients: npt.NDArray[np.str_]
    """(n,)"""
    same_file: bool | None
    """Whether the new model was made from this very file; None where what it was made from is not on record."""


def pass_gates(ours: Judged, theirs: Judged | str | None, ground: Ground, limits: Limits) -> tuple[Gate, ...]:
    """Every gate for a new model, in the order in which a person would ask.

    Args:
        ours: of the new model.
        theirs: of the one in use, on the same tiles; None where there is none; in words, why it cannot be judged.
        ground: the tiles.
        limits: of the gates.

    Raises TrainingError: the tiles are of one class or one patient, or an answer is no number.
    """
    check_judgeable(ours.probabilities, ground.labels, ground.patients)
    draws = draw_patients(ground.patients)
    figures = drawn_figures(ours.probabilities, ground.labels, draws, ours.manifest.threshold.value)
    return (
        _unseen(ground),
        _enough_patients(ground, limits),
        _not_worse(figures, theirs, ground, draws, limits),
        _calibrated(ours.manifest, float(figures["ece"][0]), limits),
        _described(ours.manifest),
    )


def _not_worse(
    figures: dict[str, Floats], theirs: Judged | str | None, ground: Ground, draws: Draws, limits: Limits
) -> Gate:
    own = float(figures["auc"][0])
    if theirs is None:
        return Gate(name=NOT_WORSE, passed=True, said=f"AUC {own:.4f}; nothing was in use to compare it with")
    if isinstance(theirs, str):
        return Gate(name=NOT_WORSE, passed=False, said=f"AUC {own:.4f}; it cannot be compared: {theirs}")
    check_judgeable(theirs.probabilities, ground.labels, ground.patients)
    others = drawn_figures(theirs.probabilities, ground.labels, draws, theirs.manifest.threshold.value)
    (it,) = paired_differences(figures, others, ("auc",))
    passed = bool(it.low >= -limits.margin)
    said = (
        f"AUC {own:.4f} against {float(others['auc'][0]):.4f} of {theirs.manifest.label}: {it.value:+.4f}, 95% "
        f"interval over patients {it.low:+.4f} to {it.high:+.4f}; its low end must be {-limits.margin:+.4f} or above"
    )
    return Gate(
        name=NOT_WORSE,
        passed=passed,
        said=said if passed else f"{said}, and misses that by {-limits.margin - it.low:.4f}",
    )


def _unseen(ground: Ground) -> Gate:
    seen = ground.split in LEARNT_FROM
    made = {
        True: "of the file it was made from",
        False: "of a file it was not made from",
        None: "which is not on its record",
    }
    judged = f"judged on {ground.words}, {made[ground.same_file]}"
    return Gate(
        name="unseen tiles",
        passed=not seen,
        said=f"{judged}; models learn from train and choose on val: judge on test" if seen else judged,
    )


def _enough_patients(ground: Ground, limits: Limits) -> Gate:
    found = len(np.unique(ground.patients))
    return Gate(
        name="enough patients",
        passed=found >= limits.patients,
        said=f"{len(ground.labels)} tiles of {found} patients; {limits.patients} patients or more are needed",
    )


def _calibrated(manifest: Manifest, ece: float, limits: Limits) -> Gate:
    if NOT_CALIBRATED in manifest.limits:
        said = f"it was imported and not calibrated here; run `forrang models calibrate {manifest.label} --tiles FILE`"
        return Gate(name="calibrated", passed=False, said=said)
    over = "" if ece <= limits.ece else f", and is over it by {ece - limits.ece:.4f}"
    said = f"{NAMES['ece']} {ece:.4f}; it may be {limits.ece:g}{over}"
    return Gate(name="calibrated", passed=bool(ece <= limits.ece), said=said)


def _described(manifest: Manifest) -> Gate:
    missing = missing_from_card(manifest)
    return Gate(
        name="card complete",
        passed=not missing,
        said="; ".join(missing) or "it says what the model was shown, how good it is and what it is not for",
    )
