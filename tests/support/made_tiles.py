"""Tiles in memory whose class can be seen: positive ones are darker and more violet."""

import numpy as np

from training.data.tile_set import TileSet


def made_tiles(patients: int = 8, of_each: int = 6, px: int = 16, seed: int = 0) -> TileSet:
    """Half of each patient's tiles positive; noise on all."""
    rng = np.random.default_rng(seed)
    n = patients * of_each
    labels = np.tile([0, 1], n // 2).astype(np.int64)
    colours = np.where(labels[:, None] == 1, [[110, 60, 140]], [[225, 170, 200]])
    tiles = np.clip(colours[:, None, None] + rng.normal(0, 18, (n, px, px, 3)), 0, 255).astype(np.uint8)
    return TileSet(tiles, labels, np.repeat([f"p{i}" for i in range(patients)], of_each))
