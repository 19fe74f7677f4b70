"""Training tiles in another patient's stain, by Macenko's normalisation, so that colour alone decides nothing.

It changes training tiles only, and only some of them: slides are scored as they are, so a network must know both.
"""

import numpy as np
import numpy.typing as npt
import structlog
import torch
from torchstain.torch.normalizers import TorchMacenkoNormalizer  # type: ignore[import-untyped]

from training.data.tile_set import TileSet
from training.tiles.keyed_random import Purpose, keyed_seed

log = structlog.get_logger()
TILES_AT_ONCE = 64
"""Stains are estimated from so many tiles of a patient together: one tile may hold one stain only."""


def restain(train: TileSet, seed: int) -> npt.NDArray[np.uint8]:
    """The tiles (n, tile_px, tile_px, 3), each in the stain of another patient drawn at random.

    Tiles whose stain cannot be estimated, as those of glass or fat, stay as they are, and so do all tiles of a single
    patient.
    """
    tiles = train.tiles.copy()
    names = np.unique(train.patients)
    rng = np.random.default_rng(keyed_seed(seed, Purpose.RESTAINING))
    as_they_were = 0
    for patient in names if len(names) > 1 else []:
        other = rng.choice(names[names != patient])
        rows = np.flatnonzero(train.patients == patient)
        model = np.flatnonzero(train.patients == other)[:TILES_AT_ONCE]
        for start in range(0, len(rows), TILES_AT_ONCE):
            part = rows[start : start + TILES_AT_ONCE]
            changed = _in_stain_of(train.tiles[part], train.tiles[model])
            if changed is None:
                as_they_were += len(part)
            else:
                tiles[part] = changed
    log.info("training tiles in another stain", tiles=len(tiles) - as_they_were, left_as_they_are=as_they_were)
    return tiles


def _in_stain_of(tiles: npt.NDArray[np.uint8], model: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Tiles (n, h, w, 3) in the stain of the model's; None where either has no two stains to be told apart."""
    normaliser = TorchMacenkoNormalizer()
    try:
        normaliser.fit(_one_picture(model))
        changed, _, _ = normaliser.normalize(_one_picture(tiles), stains=False)
    except (RuntimeError, IndexError, ValueError):  # no pixel dark enough, or no two directions
        return None
    if not torch.isfinite(normaliser.HERef).all() or int(changed.min()) < 0:
        return None
    return np.asarray(changed.reshape(tiles.shape).to(torch.uint8).numpy())


def _one_picture(tiles: npt.NDArray[np.uint8]) -> torch.Tensor:
    """Tiles below one another, (3, n * h, w)."""
    return torch.from_numpy(np.ascontiguousarray(tiles.reshape(-1, *tiles.shape[2:]).transpose(2, 0, 1)))
