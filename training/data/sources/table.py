"""Tiles from a Parquet file that holds encoded images, whatever its columns are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.data.images import Piece, Size, decode, encode, pieces
from training.data.tile import Classes, Found, LeftOut, PatientPattern, Tile, told
from training.errors import TileSetError

NEEDED = ("png", "patient", "label")
ALLOWED = (*NEEDED, "split", "slide", "site", "scanner", "mpp", "x", "y")
ROWS = 64
"""Rows read at a time (A)."""


@dataclass(frozen=True)
class Reading:
    """How any source's images become tiles."""

    size: Size = field(default_factory=Size)
    classes: Classes = field(default_factory=Classes)
    patient_of: PatientPattern = field(default_factory=PatientPattern)
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our name of a column to the table's, where they differ."""


def table_tiles(path: Path, reading: Reading) -> Found:
    """The tiles of the Parquet file at `path`.

    Raises TileSetError: the file cannot be read, a column is missing or unknown, or an image's size or resolution does
    not fit. A row without label or patient, or whose image cannot be read, is left out.
    """
    columns = _columns(path, reading.columns)
    for number, row in enumerate(_rows(path, columns)):
        yield from tiles_of_image(row, f"{path.name}: row {number}", reading)


def tiles_of_image(row: Mapping[str, Any], name: str, reading: Reading) -> Found:
    """The tiles of one image. row: by our names of columns, `png` being its bytes; name: what it is called."""
    label = reading.classes.label(row["label"])
    patient = reading.patient_of.patient(told(row["patient"]))
    if label is None:
        known = told(row["label"])
        yield LeftOut(name, f"its class {known!r} is neither positive nor negative" if known else "it has no label")
        return
    if not patient:
        yield LeftOut(name, "its patient is not known")
        return
    try:
        pixels = decode(row["png"] or b"", name)
    except TileSetError as error:
        yield LeftOut(name, _reason(str(error), name))
        return
    own = row.get("mpp")
    for piece in pieces(pixels, own if own and own > 0 else None, reading.size, name):
        x, y = _corner(row, piece, reading.size)
        yield Tile(
            png=row["png"] if piece.pixels is pixels and _plain(row["png"]) else encode(piece.pixels),
            patient=patient,
            label=label,
            split=told(row.get("split")),
            slide=told(row.get("slide")),
            site=told(row.get("site")),
            scanner=told(row.get("scanner")),
            mpp=piece.mpp,
            x=x,
            y=y,
        )


def _corner(row: Mapping[str, Any], piece: Piece, size: Size) -> tuple[float | None, float | None]:
    """Where the tile lay: in its slide if the table says so and it was kept whole, else in its image."""
    if size.fit != "keep":
        return piece.x, piece.y
    x, y = row.get("x"), row.get("y")
    return None if x is None else float(x), None if y is None else float(y)


def _plain(data: bytes) -> bool:
    """Whether an image may stay as it came: PNG or JPEG, which any reader opens."""
    return data.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def _reason(sentence: str, name: str) -> str:
    """The words without what differs between images, so that the same faults are counted together."""
    words = sentence.removeprefix(f"{name} ")
    return "it is not an image" if words.startswith("is not an image") else f"it {words}"


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
    for batch in pq.ParquetFile(path).iter_batches(ROWS, columns=list(dict.fromkeys(columns.values()))):
        for row in batch.to_pylist():
            yield {ours: row[theirs] for ours, theirs in columns.items()}
