"""Labelled tiles of tissue, read from one Parquet file, with every patient kept inside one split.

Columns of the file: `png` (bytes of an image), `patient`, `label` (1 = positive class, 0 = not), `split`, and where
known `slide`, `site`, `scanner`, `mpp` (um per px), `x` and `y` (upper left corner, px of the slide's finest level),
and `side` (of the tile in such px; as many as the picture has where the file does not say).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from models.surroundings import Layout
from training.data.images import decode
from training.data.splits import refuse_shared_patients
from training.errors import TileSetError

COLUMNS = ("png", "patient", "label", "split")
TEXTS = {"slides": "slide", "sites": "site", "scanners": "scanner"}
"""What else a file may say of its tiles in words; um per px is in `mpp`."""
WHITE = 255


@dataclass(frozen=True)
class TileSet:
    """Tiles of one split. Tiles at a slide's edge are filled up with white, as the slide readers do."""

    tiles: npt.NDArray[np.uint8]
    """(n, tile_px, tile_px, 3), RGB."""
    labels: npt.NDArray[np.int64]
    """(n,), 1 where the tile is of the positive class, else 0."""
    patients: npt.NDArray[np.str_]
    """(n,), the patient each tile is from."""
    slides: npt.NDArray[np.str_] | None = None
    """(n,), the slide; this and what follows is None where the file does not say it, and "" or nan for single tiles."""
    sites: npt.NDArray[np.str_] | None = None
    """(n,), the place that made the slide."""
    scanners: npt.NDArray[np.str_] | None = None
    """(n,), the scanner that read it."""
    mpp: npt.NDArray[np.float64] | None = None
    """(n,), um per px at which the tile was cut."""
    layout: Layout | None = None
    """Where the tiles lie on their slides, or on their patients where no slide is named."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "TileSet":
        """The tiles of these rows, in this order. rows: numbers of tiles, or (n,) of which to keep."""
        return TileSet(
            self.tiles[rows],
            self.labels[rows],
            self.patients[rows],
            None if self.slides is None else self.slides[rows],
            None if self.sites is None else self.sites[rows],
            None if self.scanners is None else self.scanners[rows],
            None if self.mpp is None else self.mpp[rows],
            None if self.layout is None else self.layout.take(rows),
        )


def pad_tile(image: npt.NDArray[np.uint8], tile_px: int) -> npt.NDArray[np.uint8]:
    """Fill an edge tile (h, w, 3) up to (tile_px, tile_px, 3) with white, to the right and below."""
    tile = np.full((tile_px, tile_px, 3), WHITE, np.uint8)
    tile[: image.shape[0], : image.shape[1]] = image
    return tile


@dataclass(frozen=True)
class Who:
    """Whose the tiles of a file are, by row, without the tiles themselves."""

    labels: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]
    splits: npt.NDArray[np.str_]


def read_who(path: Path) -> Who:
    """Labels, patients and splits of a tile file, as they stand: a patient may be in two splits.

    Raises TileSetError: the file cannot be read, lacks a column, has no row, or a row lacks one of the three.
    """
    table = _read_table(path, ["label", "patient", "split"])
    return Who(_labels(table, path), _told(table, "patient", path), _told(table, "split", path))


def read_tiles(path: Path, splits: tuple[str, ...], tile_px: int) -> dict[str, TileSet]:
    """Read the named splits of a tile file.

    Raises TileSetError: the file cannot be read, lacks a column or a split, holds a tile that is no image or
    is larger than `tile_px`, a label other than 0 and 1, or a patient in more than one split.
    """
    table = _read_table(path)
    patients, names = _told(table, "patient", path), _told(table, "split", path)
    labels = _labels(table, path)
    refuse_shared_patients(patients, names, str(path))
    missing = [split for split in splits if split not in names]
    if missing:
        known = ", ".join(sorted(set(names.tolist())))
        raise TileSetError(f"{path}: there is no split {missing[0]!r}; the file has {known}.")
    kept = {kind: _optional_names(table, column) for kind, column in TEXTS.items()}
    mpp = _optional_numbers(table, "mpp", path)
    images = table["png"].to_pylist()
    layout = _layout(table, patients if kept["slides"] is None else kept["slides"], path, tile_px)
    result = {}
    for split in splits:
        rows = np.flatnonzero(names == split)
        tiles = np.stack([_tile(images[row], path, int(row), tile_px) for row in rows])
        texts = {kind: None if column is None else column[rows] for kind, column in kept.items()}
        result[split] = TileSet(
            tiles,
            labels[rows],
            patients[rows],
            **texts,
            mpp=None if mpp is None else mpp[rows],
            layout=None if layout is None else layout.take(rows),
        )
    return result


def open_tiles(path: Path) -> tuple[str, ...]:
    """The names of a tile file's columns. Raises TileSetError: it is no Parquet file, or lacks one that it needs."""
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowInvalid) as error:
        raise TileSetError(f"{path}: cannot be read as a Parquet file ({error}). Check the path.") from error
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise TileSetError(
            f"{path}: column {missing[0]!r} is missing; a tile file has {', '.join(COLUMNS)}. "
            "`forrang data tiles` makes one."
        )
    return tuple(names)


def _read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    open_tiles(path)
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise TileSetError(f"{path}: is damaged ({error}). Copy it again from its source.") from error


def _told(table: pa.Table, column: str, path: Path) -> npt.NDArray[np.str_]:
    values = _names(table, column)
    if (values == "").any():
        row = int(np.flatnonzero(values == "")[0])
        raise TileSetError(
            f"{path}: row {row}, column {column!r} says nothing. Leave the row out; `forrang data tiles` does so."
        )
    return values


def _labels(table: pa.Table, path: Path) -> npt.NDArray[np.int64]:
    values = table["label"].to_pylist()
    odd = [(row, value) for row, value in enumerate(values) if value not in (0, 1)]
    if odd:
        raise TileSetError(
            f"{path}: row {odd[0][0]}, column 'label' must hold only 0 and 1, and holds {odd[0][1]!r}. "
            "`forrang data tiles` makes labels of names and leaves out rows without."
        )
    return np.asarray(values, dtype=np.int64)


def _names(table: pa.Table, column: str) -> npt.NDArray[np.str_]:
    return np.asarray([value or "" for value in table[column].cast(pa.string()).to_pylist()], dtype=np.str_)


def _optional_names(table: pa.Table, column: str) -> npt.NDArray[np.str_] | None:
    names = _names(table, column) if column in table.column_names else np.array([], np.str_)
    return names if (names != "").any() else None


def _optional_numbers(table: pa.Table, column: str, path: Path) -> npt.NDArray[np.float64] | None:
    if column not in table.column_names:
        return None
    try:
        told = table[column].cast(pa.float64()).to_pylist()
    except pa.ArrowInvalid as error:
        raise TileSetError(
            f"{path}: column {column!r} holds what is no number ({error}). Give numbers there."
        ) from error
    numbers = np.asarray(told, dtype=np.float64)  # what is not said becomes nan
    return numbers if np.isfinite(numbers).any() else None


def _layout(table: pa.Table, slides: npt.NDArray[np.str_], path: Path, tile_px: int) -> Layout | None:
    """Where the tiles lie; None unless the file says it of every one, and of whose."""
    x, y, side = (_optional_numbers(table, column, path) for column in ("x", "y", "side"))
    if x is None or y is None or (slides == "").any():
        return None
    corners = np.column_stack([x, y]) / (tile_px if side is None else side[:, None])
    return Layout(corners, slides) if np.isfinite(corners).all() else None


def _tile(data: bytes | None, path: Path, row: int, tile_px: int) -> npt.NDArray[np.uint8]:
    image = decode(data or b"", f"{path}: row {row}, column 'png'")
    if max(image.shape[:2]) > tile_px:
        raise TileSetError(
            f"{path}: row {row} is {image.shape[1]}x{image.shape[0]} px and the model reads {tile_px} px. "
            "Cut the tiles at the model's size: `forrang data tiles --tile-px`."
        )
    return pad_tile(image, tile_px)
