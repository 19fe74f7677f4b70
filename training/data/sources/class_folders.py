"""Tiles from images in folders by class: `[split/]class/...`, the patient found in the path."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from inference.slides.find import PICTURE_SUFFIXES
from training.data.reading import Reading, tiles_of_image
from training.data.tile import Found, LeftOut
from training.errors import TileSetError

SUFFIXES = PICTURE_SUFFIXES | {".tif", ".tiff", ".bmp"}
SPLIT_NAMES = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def images_in(folder: Path) -> Iterator[Path]:
    """The images in a folder and all folders in it, sorted; hidden ones are passed over."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def folder_tiles(folder: Path, reading: Reading) -> Found:
    """The tiles of the images in `folder`.

    The class is the first folder on the way to an image whose name is a known class, else the first that names no
    split. The patient is what the pattern finds in the path from `folder` on, else the folder under the class's.
    Raises TileSetError: nothing says who the patients are, or a size or resolution does not fit.
    """
    for path in images_in(folder):
        way = path.relative_to(folder)
        folders = way.parts[:-1]
        split = SPLIT_NAMES.get(folders[0].casefold(), "") if len(folders) > 1 else ""
        names = folders[1:] if split else folders
        if not names:
            yield LeftOut(way.as_posix(), "it lies in no folder that names a class")
            continue
        at = _class_folder(names, reading)
        try:
            data = path.read_bytes()
        except OSError as error:
            yield LeftOut(way.as_posix(), f"it cannot be read ({error.strerror})")
            continue
        patient = _patient(way, names[at + 1 :], reading)
        row = {"png": data, "label": names[at], "patient": patient, "split": split}
        yield from tiles_of_image(row, way.as_posix(), reading)


def _class_folder(names: tuple[str, ...], reading: Reading) -> int:
    known = reading.classes.positive | reading.classes.negative or {"0", "1"}
    return next((at for at, name in enumerate(names) if name in known), 0)


def _patient(way: PurePath, below_class: tuple[str, ...], reading: Reading) -> str:
    """What the pattern is looked for in; without a pattern it is the patient."""
    if reading.patient_of.pattern is not None:
        return way.as_posix()
    if not below_class:
        raise TileSetError(
            f"{way.as_posix()}: nothing says who the patient is. Give --patient-pattern, such as '^[^_/]*/([^_/]+)', "
            "or put each patient's images into a folder under the class's."
        )
    return below_class[0]
