"""Tiles from a Parquet file that holds encoded images, whatever its columns are called."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.data.reading import Reading, tiles_of_image
from training.data.tile import Found
from training.errors import TileSetError

NEEDED = ("png", "patient", "label")
ALLOWED = (*NEEDED, "split", "slide", "site", "scanner", "mpp", "x", "y", "side")
ROWS = 64
"""Rows read at a time (A)."""


def table_tiles(path: Path, reading: Reading) -> Found:
    """The tiles of the Parquet file at `path`.

    Raises TileSetError: the file cannot be read, a column is missing or unknown, or an image's size or resolution does
    not fit. A row without label or patient, or whose image cannot be read, is left out.
    """
    columns = _columns(path, reading.columns)
    for number, row in enumerate(_rows(path, columns)):
        yield from tiles_of_image(row, f"{path.name}: row {number}", reading)


def _columns(path: Path, named: Mapping[str, str]) -> dict[str, str]:
    unknown = [ours for ours in named if ours not in ALLOWED]
    if unknown:
        raise TileSetError(f"--column {unknown[0]}: a tile file has {', '.join(ALLOWED)}.")
    try:
        here = pq.read_schema(path).names
    except (OSError, pa.ArrowInvalid) as error:
        raise TileSetError(f"{path}: cannot be read as a Parquet file ({error}). Check the path.") from error
    columns = {ours: named.get(ours, ours) for ours in ALLOWED}
    for ours, theirs in columns.items():
        if theirs not in here and (ours in NEEDED or ours in named):
            raise TileSetError(
                f"{path}: there is no column {theirs!r} for {ours!r}; it has {', '.join(here)}. "
                f"Say with --column {ours}=NAME which one it is."
            )
    return {ours: theirs for ours, theirs in columns.items() if theirs in here}


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    batches = pq.ParquetFile(path).iter_batches(ROWS, columns=list(dict.fromkeys(columns.values())))
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowException) as error:
            raise TileSetError(f"{path}: is damaged ({error}). Copy it again from its source.") from error
        if batch is None:
            return
        for row in batch.to_pylist():
            yield {ours: row[theirs] for ours, theirs in columns.items()}
