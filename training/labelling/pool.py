"""A pool of tiles, some without a label yet: read, looked at by a model, and given the labels that people wrote."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from models.embedding import embedding_session, run_tiles
from models.registry import Model
from training.data.images import decode
from training.data.tile_set import pad_tile
from training.errors import TileSetError

PLACE = ("slide", "x", "y")
"""Columns that say where a tile is from, shown where the pool has them."""
BATCH = 64


@dataclass(frozen=True)
class Pool:
    """The pool's tiles as a model sees them, in the order of its file."""

    features: npt.NDArray[np.float32]
    """(n, d) the network's embedding."""
    probabilities: npt.NDArray[np.float64]
    """(n,) calibrated."""
    patients: npt.NDArray[np.str_]
    """(n,)"""
    known: npt.NDArray[np.bool_]
    """(n,) whether the tile has its label."""


def read_pool(path: Path, model: Model, threads: int = 2) -> Pool:
    """All tiles, embedded and scored by the model, a batch at a time.

    path: Parquet with `png` and `patient`, and `label` where one is known; empty where it is not.
    Raises TileSetError: the file is wrong, a tile is no image or larger than the model's, or every tile has its label.
    """
    session = embedding_session(model, threads=threads)
    rows: list[dict[str, Any]] = []
    features, logits = [], []
    for first, batch in _batches(path):
        tiles = np.stack([_tile(row["png"], path, first + n, model.manifest.tile_px) for n, row in enumerate(batch)])
        said, seen = run_tiles(session, tiles)
        rows += [{"patient": row["patient"], "label": row.get("label")} for row in batch]
        logits.append(said)
        features.append(seen)
    known = np.array([row["label"] is not None for row in rows], dtype=bool)
    if known.all():
        raise TileSetError(f"{path}: no tile lacks a label. Leave 'label' empty where nobody has labelled yet.")
    probabilities = model.manifest.calibration.probability(np.concatenate(logits))
    patients = np.array([str(row["patient"]) for row in rows], dtype=np.str_)
    return Pool(np.concatenate(features), probabilities, patients, known)


def take_rows(path: Path, rows: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    """These rows of the pool's file, in this order: `png`, `patient`, and where they are from."""
    table = _table(path)
    names = [name for name in ("png", "patient", *PLACE) if name in table.column_names]
    return list(table.select(names).take(pa.array(rows)).to_pylist())


def fill_labels(path: Path, filled: Path, out: Path) -> int:
    """Writes the pool with the labels (0 or 1) of a filled-in list; returns how many came in.

    filled: CSV with `row` and `label`; lines without a label are passed over.
    Raises TileSetError: a line names no row of the pool or a label that is neither 0 nor 1, or a file is wrong.
    """
    table = _table(path)
    labels = table["label"].to_pylist() if "label" in table.column_names else [None] * len(table)
    came = 0
    for number, line in enumerate(_lines(filled), start=2):
        text = (line.get("label") or "").strip()
        if not text:
            continue
        row = (line.get("row") or "").strip()
        if text not in {"0", "1"} or not row.isdecimal() or int(row) >= len(labels):
            raise TileSetError(
                f"{filled}, line {number}: row {row!r} with label {text!r}; the pool has rows 0 to {len(labels) - 1}, "
                "and a label is 0 or 1. Mend this line."
            )
        labels[int(row)] = int(text)
        came += 1
    column = pa.array(labels, pa.int64())
    at = table.column_names.index("label") if "label" in table.column_names else None
    table = table.append_column("label", column) if at is None else table.set_column(at, "label", column)
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        pq.write_table(table, unfinished)
        unfinished.replace(out)
    except OSError as error:
        raise TileSetError(f"{out}: cannot be written ({error.strerror}). Name a file in a folder there is.") from error
    return came


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise TileSetError(f"{path}: cannot be read as CSV in UTF-8 ({error}). Check the path.") from error


def _batches(path: Path) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The file's rows, a batch at a time, each with the number of its first row."""
    first = 0
    with _opened(path) as file:
        columns = [name for name in ("png", "patient", "label") if name in file.schema_arrow.names]
        for batch in file.iter_batches(BATCH, columns=columns):
            yield first, batch.to_pylist()
            first += batch.num_rows


def _table(path: Path) -> pa.Table:
    with _opened(path) as file:
        return file.read()


def _opened(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise TileSetError(f"{path}: cannot be read as a Parquet file ({error}). Check the path.") from error
    for name in ("png", "patient"):
        if name not in file.schema_arrow.names:
            raise TileSetError(f"{path}: column {name!r} is missing; a pool has png and patient. Name its columns so.")
    return file


def _tile(data: bytes | None, path: Path, row: int, tile_px: int) -> npt.NDArray[np.uint8]:
    where = f"{path}: row {row}, column 'png'"
    image = decode(data or b"", where)
    if max(image.shape[:2]) > tile_px:
        raise TileSetError(
            f"{where} is {image.shape[1]}x{image.shape[0]} px and the model reads {tile_px} px: bring the pool to that "
            "size with `forrang data tiles`, or choose another model."
        )
    return pad_tile(image, tile_px)
