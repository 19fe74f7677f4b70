"""Looks at every tile of a tile file, and keeps going where training would stop: what a data report is made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from training.data.duplicates import Twins, find_twins, fingerprint
from training.data.images import decode
from training.data.tile import told
from training.data.tile_set import COLUMNS, TEXTS, open_tiles
from training.errors import TileSetError

Names = npt.NDArray[np.str_]

NO_LABEL = -1
ROWS = 256
"""Rows read at a time (A)."""
GREY = 4
"""Greatest difference between channels, grey levels, up to which an image is grey and shows no stain (A)."""
PALE = 235.0
"""Grey level from which on a px is glass (A)."""


@dataclass(frozen=True)
class Examination:
    """What there is in a tile file, a value a row; "" and nan where the file does not say."""

    path: Path
    labels: npt.NDArray[np.int64]
    """1 or 0; -1 where it is missing or neither."""
    patients: Names
    splits: Names
    slides: Names
    sites: Names
    scanners: Names
    mpp: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.int64]
    """(n, 2), height and width, px; 0 where the image cannot be read."""
    grey: npt.NDArray[np.bool_]
    """Whether the image holds no colour."""
    glass: npt.NDArray[np.float64]
    """Part of the tile that is as pale as glass."""
    unreadable: tuple[tuple[int, str], ...]
    """Row and why."""
    twins: tuple[Twins, ...]

    def __len__(self) -> int:
        return len(self.labels)


def examine(path: Path) -> Examination:
    """Reads the whole file. Raises TileSetError: it cannot be read at all, lacks a column, or has no row."""
    names = open_tiles(path)
    told_columns = [*COLUMNS, *(name for name in (*TEXTS.values(), "mpp") if name in names)]
    rows = [_looked_at(number, row) for number, row in enumerate(_rows(path, told_columns))]
    if not rows:
        raise TileSetError(f"{path}: holds no tile.")
    column = {name: [row[name] for row in rows] for name in rows[0]}
    readable = np.flatnonzero(np.array(column["height"]) > 0)
    twins = find_twins(np.array(column["hash"], np.uint64)[readable], np.stack(column["thumb"])[readable])
    return Examination(
        path=path,
        labels=np.array(column["label"], np.int64),
        patients=np.array(column["patient"], np.str_),
        splits=np.array(column["split"], np.str_),
        slides=np.array(column["slide"], np.str_),
        sites=np.array(column["site"], np.str_),
        scanners=np.array(column["scanner"], np.str_),
        mpp=np.array(column["mpp"], np.float64),
        sizes=np.array([column["height"], column["width"]], np.int64).T,
        grey=np.array(column["grey"], np.bool_),
        glass=np.array(column["glass"], np.float64),
        unreadable=tuple((number, why) for number, why in enumerate(column["fault"]) if why),
        twins=tuple(Twins(int(readable[it.first]), int(readable[it.second]), it.likeness) for it in twins),
    )


def pictures_of(path: Path, rows: list[int]) -> dict[int, bytes]:
    """The encoded images of these rows."""
    wanted = set(rows)
    return {number: row["png"] or b"" for number, row in enumerate(_rows(path, ["png"])) if number in wanted}


def _rows(path: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches(ROWS, columns=columns):
        yield from batch.to_pylist()


def _looked_at(number: int, row: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: told(row.get(name)) for name in ("patient", "split", "slide", "site", "scanner")}
    said["label"] = row["label"] if row["label"] in (0, 1) else NO_LABEL
    said["mpp"] = row.get("mpp") if isinstance(row.get("mpp"), int | float) else np.nan
    try:
        pixels = decode(row["png"] or b"", f"row {number}")
    except TileSetError as error:
        nothing = np.zeros((16, 16), np.uint8)
        return said | {
            "fault": str(error),
            "height": 0,
            "width": 0,
            "hash": 0,
            "thumb": nothing,
            "grey": False,
            "glass": 0.0,
        }
    bits, thumb = fingerprint(pixels)
    channels = pixels.astype(np.int16)
    return said | {
        "fault": "",
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "hash": bits,
        "thumb": thumb,
        "grey": int(np.ptp(channels, axis=2).max()) <= GREY and thumb.min() < PALE,
        "glass": float((channels.min(axis=2) >= PALE).mean()),
    }
