"""Which tiles a model was made from, kept with the model by hash."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.manifest import DataTrace
from training.data.splits import split_sha256


def trace_of(path: Path) -> DataTrace:
    """The trace of a tile file that `read_tiles` has read."""
    with path.open("rb") as file:
        tiles_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    table = pq.read_table(path, columns=["patient", "split"])
    patients, splits = (np.asarray(table[name].cast(pa.string()).to_pylist(), np.str_) for name in table.column_names)
    names = np.unique(splits).tolist()
    return DataTrace(
        tiles_sha256=tiles_sha256,
        split_sha256=split_sha256(patients, splits),
        patients={name: len(np.unique(patients[splits == name])) for name in names},
        tiles={name: int((splits == name).sum()) for name in names},
    )
