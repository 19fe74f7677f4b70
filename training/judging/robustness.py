"""How a model holds up when the picture changes and the tissue does not: its figures over several strengths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.tile_set import TileSet
from training.judging.disturbances import DISTURBANCES, Disturbance
from training.judging.draws import draw_patients
from training.judging.evaluation import Difference, check_judgeable, drawn_figures, interval_of, paired_differences
from training.judging.measures import Floats

RESAMPLES = 500
SHOWN = ("auc", "sensitivity", "specificity", "ece")


@dataclass(frozen=True)
class AtStrength:
    """The figures at one strength, each with its ends, and how far they are from those of the tiles as they are."""

    strength: float
    figures: dict[str, tuple[float, float, float]]
    changes: tuple[Difference, ...]


@dataclass(frozen=True)
class Robustness:
    """One disturbance, from none to strong."""

    disturbance: Disturbance
    points: tuple[AtStrength, ...]


def judge_robustness(
    probability: Callable[[npt.NDArray[np.uint8]], Floats],
    tiles: TileSet,
    threshold: float,
    mpp: float,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    seed: int = 0,
) -> tuple[Robustness, ...]:
    """Figures under each disturbance, on the same patients as without.

    Args:
        probability: calibrated probabilities (n,) of tiles uint8 (n, px, px, 3).
        tiles: of one split.
        threshold: the operating one.
        mpp: um per pixel of the tiles.
        disturbances: kinds and strengths.
        seed: of the draws of patients.

    Raises TrainingError: one class or one patient only.
    """
    draws = draw_patients(tiles.patients, RESAMPLES, seed)
    plain_probabilities = probability(tiles.tiles)
    check_judgeable(plain_probabilities, tiles.labels, tiles.patients)
    plain = drawn_figures(plain_probabilities, tiles.labels, draws, threshold)

    def at(disturbance: Disturbance, strength: float) -> AtStrength:
        undisturbed = strength == disturbance.strengths[0]
        found = plain
        if not undisturbed:
            changed = disturbance.change(tiles, strength, mpp)
            found = drawn_figures(probability(changed), tiles.labels, draws, threshold)
        ends = {name: (float(found[name][0]), *interval_of(name, found[name])) for name in SHOWN}
        return AtStrength(strength, ends, paired_differences(found, plain, SHOWN))

    return tuple(
        Robustness(one, tuple(sorted((at(one, strength) for strength in one.strengths), key=lambda it: it.strength)))
        for one in disturbances
    )
