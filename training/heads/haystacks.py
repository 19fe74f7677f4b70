"""Bags with a known share of positive tiles, built from labelled tiles: a needle in a haystack. Pure.

They are not slides: nearly every patient of the set has carcinoma, so "slide with or without" is not there to be
learnt. They show how small a lesion each head still finds, when it is told no more than "somewhere in this bag".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.errors import TrainingError
from training.judging.measures import Ints

PATIENTS_OF_A_BAG = (6, 12)
"""Benign tiles come from this many patients, as far as there are: one alone has too few (M: median 20 in idc)."""


@dataclass(frozen=True)
class Haystacks:
    """Bags as row numbers of the tiles they were built from."""

    rows: tuple[Ints, ...]
    """Of each bag: (n_i,)."""
    labels: Ints
    """(b,) 1 for a bag with positive tiles."""


def build_haystacks(
    labels: Ints,
    patients: npt.NDArray[np.str_],
    count: int,
    tiles: tuple[int, int],
    burden: tuple[float, float],
    rng: np.random.Generator,
) -> Haystacks:
    """`count` bags, every other one positive.

    Args:
        labels: (n,) of the tiles, 1 positive. patients: (n,).
        count: of bags.
        tiles: least and most tiles in a bag, drawn evenly on a log scale.
        burden: least and greatest share of positive tiles in a positive bag, drawn likewise; at least one tile.
        rng: where chance comes from.

    Benign tiles come from several patients, positive ones from one, with replacement only where there are too few.
    Raises TrainingError: there are no positive tiles, or no benign ones.
    """
    names = np.unique(patients)
    benign = [rows for name in names if len(rows := np.flatnonzero((patients == name) & (labels == 0)))]
    lesions = [rows for name in names if len(rows := np.flatnonzero((patients == name) & (labels == 1)))]
    if not benign or not lesions:
        raise TrainingError("Bags need tiles of both classes; these have only one. Choose another split.")
    bags = []
    for number in range(count):
        size = round(_log_uniform(rng, *tiles))
        positive = max(1, round(size * _log_uniform(rng, *burden))) if number % 2 else 0
        several = rng.permutation(len(benign))[: int(rng.integers(PATIENTS_OF_A_BAG[0], PATIENTS_OF_A_BAG[1] + 1))]
        drawn = [_draw(np.concatenate([benign[i] for i in several]), size - positive, rng)]
        if positive:
            drawn.append(_draw(lesions[int(rng.integers(len(lesions)))], positive, rng))
        bags.append(np.concatenate(drawn))
    return Haystacks(tuple(bags), np.arange(count, dtype=np.int64) % 2)


def _draw(pool: Ints, count: int, rng: np.random.Generator) -> Ints:
    return rng.choice(pool, count, replace=count > len(pool))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
