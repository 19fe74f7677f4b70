"""What kind of source a path is, and its tiles."""

from pathlib import Path

from training.data.sources.table import Reading, table_tiles
from training.data.tile import Found


def read_tile_source(path: Path, reading: Reading) -> Found:
    """The tiles of whatever stands at `path`. Raises TileSetError: it is no source, or its content does not fit."""
    return table_tiles(path, reading)
