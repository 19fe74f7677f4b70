"""Opens a slide with the best reader for what the file really holds, whatever its name says."""

from pathlib import Path

import openslide

from inference.errors import RegionError, ResolutionError, UnreadableSlideError
from inference.slides.dicom import is_dicom
from inference.slides.flat_reader import open_flat
from inference.slides.openslide_reader import OpenSlideSlide, levels_of, stated_mpp, without_folder
from inference.slides.resolution import find_resolution
from inference.slides.slide import Slide
from inference.slides.tiff_index import find_stored_levels
from inference.slides.tiff_reader import DirectTiffSlide

_COPY_AGAIN = "Copy the file again from its source, or scan the slide again"


def open_slide(path: Path, mpp: float | None = None) -> Slide:
    """Opens the slide at `path`.

    mpp: um per level-0 px as the caller knows it; it wins over the file's metadata and over the sidecar.
    Raises UnreadableSlideError where the file cannot be read as a slide, ResolutionError where `mpp` is absurd.
    """
    _check_file(path)
    vendor = openslide.OpenSlide.detect_format(path)
    if vendor is None:
        return _open_dicom(path, mpp) if is_dicom(path) else open_flat(path, mpp)
    try:
        handle = openslide.OpenSlide(path)
    except openslide.OpenSlideError as error:
        if is_dicom(path):
            return _open_dicom(path, mpp)
        raise UnreadableSlideError(
            f"{path.name}: this {vendor} file is damaged or of a kind that cannot be read "
            f"({without_folder(str(error), path)}). {_COPY_AGAIN}"
        ) from error
    try:
        resolution = find_resolution(path, stated_mpp(handle), "file's metadata", mpp)
    except ResolutionError:
        handle.close()
        raise
    stored = find_stored_levels(path, vendor, levels_of(handle))
    if stored is not None:
        handle.close()
        return DirectTiffSlide(path, vendor, stored, resolution)
    slide = OpenSlideSlide(path, handle, resolution)
    try:
        slide.check_decodes()
    except RegionError as error:
        slide.close()
        raise UnreadableSlideError(f"{error}. No part of it could be read: it may use a codec unknown here") from error
    return slide


def _open_dicom(path: Path, mpp: float | None) -> Slide:
    from inference.slides.dicom_reader import open_dicom  # pydicom loads slowly, and most slides need none of it

    return open_dicom(path, mpp)


def _check_file(path: Path) -> None:
    """Raises UnreadableSlideError where there is no file with something in it that may be read."""
    try:
        if path.is_dir():
            raise UnreadableSlideError(
                f"{path.name}: a folder, not a slide. Name the slides in it, or score the folder"
            )
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise UnreadableSlideError(
            f"{path.name}: no such file. Check the path, and that its disk is mounted"
        ) from error
    except PermissionError as error:
        raise UnreadableSlideError(f"{path.name}: this user may not read it. Grant read permission") from error
    except OSError as error:
        raise UnreadableSlideError(f"{path.name}: cannot be read ({error.strerror}). {_COPY_AGAIN}") from error
    if empty:
        raise UnreadableSlideError(f"{path.name}: the file is empty (0 bytes). {_COPY_AGAIN}")
