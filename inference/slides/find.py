"""Which files are slides, where the user names files and folders."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from inference.errors import UnreadableSlideError

SLIDE_SUFFIXES = frozenset({".svs", ".tif", ".tiff", ".ndpi", ".dcm", ".scn", ".mrxs", ".bif", ".vms", ".svslide"})
"""What scanners write."""
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
"""What may be a slide, but beside slides is a mask, a heatmap or a photograph."""

OWN_RESULT = "result.json"
"""A folder that holds this is the result of a slide, and holds no slides."""


def find_slides(paths: Iterable[Path]) -> list[Path]:
    """The slides among files and folders, each once, sorted within each folder that was named.

    A file that is named is taken whatever it is called. A folder is searched with all folders in it:
    - hidden files and folders, the result folders of Forrang, and files of other kinds are passed over;
    - PNG and JPEG are taken only where the named folder holds no scanner's file at all: beside slides they are
      masks, overviews and photographs, and are no cases of their own; label and macro pictures never are;
    - of the files of one DICOM series in one folder the largest stands for all: OpenSlide reads the others with it.
    Raises UnreadableSlideError where a named path does not exist or a folder cannot be read.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        try:
            slides = _in_folder(path) if stat.S_ISDIR(path.stat().st_mode) else [path]
        except FileNotFoundError as error:
            raise UnreadableSlideError(
                f"{path.name}: no such file or folder. Check the path, and that its disk is mounted"
            ) from error
        except OSError as error:
            raise UnreadableSlideError(
                f"{path.name}: cannot be looked at ({error.strerror}). Give yourself the right to read its folder"
            ) from error
        for slide in slides:
            found.setdefault(slide.resolve(), slide)
    return list(found.values())


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(_visible_files(folder))
    slides = [path for path in files if path.suffix.lower() in SLIDE_SUFFIXES]
    if slides:
        return _one_a_series(slides)
    return [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES and not _of_the_glass(path)]


def _of_the_glass(path: Path) -> bool:
    """Whether a picture says of itself that it shows the glass or its label, which may name the patient."""
    return any(word in path.stem.lower() for word in ("label", "macro"))


def _visible_files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if OWN_RESULT not in names:
            yield from (Path(place, name) for name in names if not name.startswith("."))


def _refuse(error: OSError) -> None:
    name = Path(error.filename).name
    raise UnreadableSlideError(
        f"{name}: this folder cannot be read ({error.strerror}), so its slides would be missing. "
        "Give yourself the right to read it, or name the slides"
    ) from error


def _series_of(path: Path) -> str:
    from inference.slides.dicom_reader import series_of  # pydicom loads slowly, and most folders need none of it

    return series_of(path)


def _one_a_series(slides: Sequence[Path]) -> list[Path]:
    """The slides with one file per DICOM series and folder: the largest, which holds the finest level."""
    best: dict[tuple[Path, str], Path] = {}
    for path in slides:
        series = _series_of(path) if path.suffix.lower() == ".dcm" else ""
        key = (path.parent, series) if series else (path, "")
        if key not in best or path.stat().st_size > best[key].stat().st_size:
            best[key] = path
    return sorted(best.values())
