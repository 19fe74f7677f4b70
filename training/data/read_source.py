"""What kind of source a path is, and its tiles."""

from dataclasses import replace
from pathlib import Path

from inference.slides.find import SLIDE_SUFFIXES
from training.data.reading import Reading
from training.data.slide_table import read_slide_table, slides_of_folder
from training.data.sources.annotations import annotated_tiles
from training.data.sources.class_folders import folder_tiles, images_in
from training.data.sources.table import table_tiles
from training.data.tile import Found, Tile
from training.errors import TileSetError


def read_tile_source(path: Path, reading: Reading, into_split: str | None = None) -> Found:
    """The tiles of whatever stands at `path`; into_split: the split that all of them are put into.

    A Parquet file holds images; a CSV file names slides; a folder holds slides with GeoJSON beside them, or images in
    folders by class. Raises TileSetError: it is none of these, or its content does not fit.
    """
    found = _source(path, reading)
    if into_split is None:
        return found
    return (replace(one, split=into_split) if isinstance(one, Tile) else one for one in found)


def _source(path: Path, reading: Reading) -> Found:
    if path.is_dir():
        if any(path.rglob("*.geojson")):
            return annotated_tiles(slides_of_folder(path, reading.patient_of), reading)
        if next(images_in(path), None) is not None:
            return folder_tiles(path, reading)
        raise TileSetError(
            f"{path}: holds no images in folders by class, and no slides with GeoJSON beside them. "
            f"Slides end in {', '.join(sorted(SLIDE_SUFFIXES))}."
        )
    if not path.is_file():
        raise TileSetError(f"{path}: there is no such file or folder. Check the path.")
    if path.suffix.lower() == ".csv":
        return annotated_tiles(read_slide_table(path, reading.classes, reading.patient_of), reading)
    return table_tiles(path, reading)
