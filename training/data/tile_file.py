"""Writes the one Parquet form of labelled tiles, whatever they came from, and puts each patient into one split."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.data.splits import refuse_shared_patients, split_patients, split_sha256
from training.data.tile import LeftOut, Tile
from training.errors import TileSetError

SCHEMA = pa.schema(
    [
        ("png", pa.binary()),
        ("patient", pa.string()),
        ("label", pa.int64()),
        *((name, pa.string()) for name in ("split", "slide", "site", "scanner")),
        *((name, pa.float64()) for name in ("mpp", "x", "y", "side")),
    ]
)
BATCH_ROWS = 512
"""Rows held at a time: 80 MB of tiles of 224 px (A)."""
NAMED = 5
"""How many of what was left out are named for each reason; all are counted."""


@dataclass(frozen=True)
class WrittenTiles:
    """What was written, and what was not."""

    path: Path
    tiles: Mapping[str, int]
    """Split to tiles."""
    patients: Mapping[str, int]
    """Split to patients."""
    split_sha256: str
    given: bool
    """Whether the splits were the source's own."""
    left_out: Mapping[str, int]
    """How many, by reason."""
    examples: Mapping[str, tuple[str, ...]]
    """Some of them, by reason."""


class _Seen:
    """Who was written so far, and what was left out."""

    def __init__(self) -> None:
        self.patients: list[str] = []
        self.labels: list[int] = []
        self.splits: list[str] = []
        self.left_out: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def tiles(self, found: Iterable[Tile | LeftOut]) -> Iterator[Tile]:
        """Only the tiles; the rest is counted."""
        for one in found:
            if isinstance(one, Tile):
                self.patients.append(one.patient)
                self.labels.append(one.label)
                self.splits.append(one.split)
                yield one
                continue
            self.left_out[one.reason] += 1
            examples = self.examples.setdefault(one.reason, [])
            if len(examples) < NAMED:
                examples.append(one.name)


def write_tiles(found: Iterable[Tile | LeftOut], out: Path, shares: Mapping[str, float], seed: int) -> WrittenTiles:
    """Writes tiles to `out`, whole or not at all.

    Splits that the source gives are verified and kept; where it gives none, patients are split by `shares` and `seed`.
    Raises TileSetError: no tile, a patient in two splits, splits given for some tiles only, patients that cannot be
    split, or a place that cannot be written to.
    """
    seen = _Seen()
    with spare(out, "cut") as cut, spare(out, "part") as part:
        tiles = seen.tiles(found)
        with pq.ParquetWriter(cut, SCHEMA) as writer:
            while batch := [asdict(tile) for tile in islice(tiles, BATCH_ROWS)]:
                writer.write_table(pa.Table.from_pylist(batch, SCHEMA))
        given, splits = _splits(seen, out, shares, seed)
        if given:
            cut.replace(out)
        else:
            rewrite_splits(cut, splits, part)
            part.replace(out)
    return _written(out, seen, splits, given=given)


def rewrite_splits(source: Path, splits: np.ndarray[tuple[int], np.dtype[np.str_]], out: Path) -> None:
    """The tile file `source` with other splits, (n,) by row, written to `out` piece by piece."""
    file = pq.ParquetFile(source)
    row = 0
    with pq.ParquetWriter(out, file.schema_arrow) as writer:
        for batch in file.iter_batches(BATCH_ROWS):
            column = batch.schema.get_field_index("split")
            kind = batch.schema.field(column).type
            told = pa.array(splits[row : row + len(batch)].tolist(), kind)
            writer.write_batch(batch.set_column(column, batch.schema.field(column), told))
            row += len(batch)


def _splits(
    seen: _Seen, out: Path, shares: Mapping[str, float], seed: int
) -> tuple[bool, np.ndarray[tuple[int], np.dtype[np.str_]]]:
    if not seen.patients:
        reasons = "; ".join(f"{reason} ({count})" for reason, count in seen.left_out.most_common(3))
        raise TileSetError(f"{out.name}: no tile was found: {reasons or 'the source is empty'}.")
    labels, patients, splits = np.array(seen.labels, np.int64), np.array(seen.patients), np.array(seen.splits)
    without = int((splits == "").sum())
    if without == len(splits):
        return False, split_patients(labels, patients, shares, seed)
    if without:
        raise TileSetError(
            f"{out.name}: the source says the split of {len(splits) - without} tiles and not of {without}. "
            "Give every tile its split, or none and let them be split here."
        )
    refuse_shared_patients(patients, splits, out.name)
    return True, splits


def _written(out: Path, seen: _Seen, splits: np.ndarray[tuple[int], np.dtype[np.str_]], *, given: bool) -> WrittenTiles:
    patients = np.array(seen.patients)
    names = np.unique(splits).tolist()
    return WrittenTiles(
        path=out,
        tiles={name: int((splits == name).sum()) for name in names},
        patients={name: len(np.unique(patients[splits == name])) for name in names},
        split_sha256=split_sha256(patients, splits),
        given=given,
        left_out=dict(seen.left_out.most_common()),
        examples={reason: tuple(names) for reason, names in seen.examples.items()},
    )


@contextmanager
def spare(out: Path, kind: str) -> Iterator[Path]:
    """A file beside `out` that is gone in the end."""
    path = out.with_name(f".{out.name}.{kind}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        raise TileSetError(f"{out}: cannot be written ({error.strerror}). Choose another place for --out.") from error
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
