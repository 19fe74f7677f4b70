"""The keyed random numbers of planner.engine.draws for many entities at once."""

from typing import cast

import numpy as np

from planner.engine.draws import GOLDEN, draw_key, mix, uniform
from planner.engine.tables import Floats, Keys


def keys_of(entities: Keys, seed: int, replication: int, purpose: int) -> Keys:
    """A key for each entity (by its name's key) in one replication."""
    return cast(Keys, draw_key(cast(int, entities), mix(seed), replication, purpose))


def row_of_keys(roots: Keys, many: int) -> Keys:
    """(..., many): the first keys of each root's own row, which is SplitMix64 started there."""
    return cast(Keys, mix(cast(int, roots[..., None] + np.arange(1, many + 1, dtype=np.uint64) * np.uint64(GOLDEN))))


def uniforms(keys: Keys, purpose: int) -> Floats:
    """From 0 to 1, a number for each key and this purpose."""
    return cast(Floats, uniform(draw_key(cast(int, keys), 0, 0, purpose)))


def exponentials(keys: Keys, purpose: int) -> Floats:
    """Exponential with mean 1, a number for each key and this purpose."""
    return -np.log1p(-uniforms(keys, purpose))
