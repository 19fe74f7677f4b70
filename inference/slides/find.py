"""Which files are slides, where the user names files and folders."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from inference.errors import UnreadableSlideError
from inference.slides.dicom_reader import series_of

SLIDE_SUFFIXES = frozenset({".svs", ".tif", ".tiff", ".ndpi", ".dcm", ".scn", ".mrxs", ".bif", ".vms", ".svslide"})
"""What scanners write."""
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
"""What may be a slide, but beside slides is a mask, a heatmap or a photograph."""


def find_slides(paths: Iterable[Path]) -> list[Path]:
    """The slides among files and folders, each once, sorted within each folder that was named.

    A file that is named is taken whatever it is called. A folder is searched with all folders in it:
    - hidden files and folders, and files of other kinds, are passed over;
    - PNG and JPEG are taken only where the named folder holds no scanner's file at all: beside slides they are
      masks, overviews and photographs, and are no cases of their own;
    - of the files of one DICOM series in one folder the largest stands for all: OpenSlide reads the others with it.
    Raises UnreadableSlideError where a named path does not exist.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            for slide in _in_folder(path):
                found.setdefault(slide.resolve(), slide)
        elif path.exists():
            found.setdefault(path.resolve(), path)
        else:
            raise UnreadableSlideError(
                f"{path.name}: no such file or folder. Check the path, and that its disk is mounted"
            )
    return list(found.values())


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(_visible_files(folder))
    slides = [path for path in files if path.suffix.lower() in SLIDE_SUFFIXES]
    if slides:
        return _one_a_series(slides)
    return [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES]


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            yield path


def _one_a_series(slides: Sequence[Path]) -> list[Path]:
    """The slides with one file per DICOM series and folder: the largest, which holds the finest level."""
    best: dict[tuple[Path, str], Path] = {}
    for path in slides:
        series = series_of(path) if path.suffix.lower() == ".dcm" else ""
        key = (path.parent, series) if series else (path, "")
        if key not in best or path.stat().st_size > best[key].stat().st_size:
            best[key] = path
    return sorted(best.values())
