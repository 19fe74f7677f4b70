"""Which tiles a model was made from, kept with the model by hash."""

import hashlib
from pathlib import Path

import numpy as np

from models.manifest import DataTrace
from training.data.splits import split_sha256
from training.data.tile_set import read_who


def trace_of(path: Path) -> DataTrace:
    """The trace of a tile file. Raises TileSetError as `read_who` does."""
    who = read_who(path)
    with path.open("rb") as file:
        tiles_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    names = np.unique(who.splits).tolist()
    return DataTrace(
        tiles_sha256=tiles_sha256,
        split_sha256=split_sha256(who.patients, who.splits),
        patients={name: len(np.unique(who.patients[who.splits == name])) for name in names},
        tiles={name: int((who.splits == name).sum()) for name in names},
    )
