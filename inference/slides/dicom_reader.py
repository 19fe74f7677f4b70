"""DICOM whole-slide images that OpenSlide refuses: frames in a grid, read one by one.

DICOM PS3.3 A.32.8 (VL Whole Slide Microscopy) and C.8.12; PS3.5 A.4 (encapsulated frames). Files in the wild leave
out attributes that the standard requires; each thing that is taken as given in their place is an assumption.
"""

import logging
import struct
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import pydicom
from pydicom.encaps import parse_basic_offsets, parse_fragments
from pydicom.errors import InvalidDicomError

from inference.errors import UnreadableSlideError
from inference.slides.codecs import DecodingError, JpegCodec, PillowCodec, RawCodec, TileCodec
from inference.slides.dicom_layout import fits_by_column, frame_order
from inference.slides.resolution import find_resolution
from inference.slides.slide import Level, Pixels
from inference.slides.tiled import StoredLevel, TiledSlide

logging.getLogger("pydicom").propagate = False
logging.getLogger("pydicom").addHandler(logging.NullHandler())

_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_JPEG = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
_UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_JFIF, _ADOBE = b"\xff\xe0", b"\xff\xee"
_HEADER_BYTES = 1024
_UM_PER_MM = 1000.0
_READING = Lock()


@dataclass(frozen=True)
class _Grid:
    """The slide's size, its frames' size, and which frame lies at each place of the grid (-1: none)."""

    width: int
    height: int
    tile: tuple[int, int]
    frames: Sequence[int]


def open_dicom(path: Path, mpp: float | None) -> TiledSlide:
    """Opens one DICOM file as a slide of one level.

    Raises UnreadableSlideError where it is no whole-slide image, or stored in a way that is not known here.
    """
    with _READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as file:
                data = pydicom.dcmread(file, stop_before_pixels=True)
                return _open(path, file, data, mpp)
        except (
            InvalidDicomError,
            EOFError,
            OSError,
            ValueError,
            TypeError,
            KeyError,
            struct.error,
            NotImplementedError,
        ) as error:
            raise _refusal(path, str(error).replace(str(path), path.name) or "damaged") from error
        except (AttributeError, IndexError) as error:
            raise _refusal(path, f"an attribute that every slide needs is missing: {error}") from error


def series_of(path: Path) -> str:
    """The DICOM series a file belongs to; "" where it is no DICOM file or does not say."""
    with _READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
            return str(data.get("SeriesInstanceUID", ""))
        except (InvalidDicomError, EOFError, OSError, ValueError, TypeError, struct.error, NotImplementedError):
            return ""


def _open(path: Path, file: BinaryIO, data: pydicom.Dataset, mpp: float | None) -> TiledSlide:
    assumptions = _check_kind(path, data)
    offsets, counts = _frames(path, file, data)
    codec, assumed_colour = _codec(path, file, data, offsets, counts)

    def frame(number: int) -> Pixels | None:
        file.seek(offsets[number])
        tile = (int(data.Columns), int(data.Rows))
        try:
            return codec.decode(file.read(counts[number]), tile, max(codec.scales(tile)))
        except DecodingError:
            return None

    grid, assumed_grid = _grid(path, data, frame)
    if max(grid.frames) >= len(offsets):
        raise _refusal(path, f"it holds {len(offsets)} frames and names {max(grid.frames) + 1}")
    stored = StoredLevel(
        Level(grid.width, grid.height, 1.0),
        grid.tile,
        [offsets[number] if number >= 0 else 0 for number in grid.frames],
        [counts[number] if number >= 0 else 0 for number in grid.frames],
        codec,
    )
    resolution = find_resolution(path, _spacing(data), "file's pixel spacing", mpp)
    return TiledSlide(path, "dicom", [stored], resolution, assumptions + assumed_grid + assumed_colour)


def _check_kind(path: Path, data: pydicom.Dataset) -> list[str]:
    """Refuses what is no brightfield volume image; returns what was assumed."""
    if str(data.get("SOPClassUID", "")) != _WHOLE_SLIDE:
        name = getattr(data.get("SOPClassUID"), "name", "unknown kind")
        raise _refusal(path, f"its content is {name}, not VL Whole Slide Microscopy")
    if int(data.BitsAllocated) != 8 or int(data.SamplesPerPixel) not in {1, 3}:
        raise _refusal(path, f"{data.BitsAllocated} bits and {data.SamplesPerPixel} channels are not 8-bit colour")
    image_type = [str(part) for part in data.get("ImageType") or ()]
    if not image_type:
        return ["the file has no ImageType: taken as the scan itself (VOLUME), not a label or an overview"]
    if len(image_type) > 2 and image_type[2] != "VOLUME":
        raise _refusal(path, f"its ImageType says {image_type[2]}, so it is not the scan itself")
    return []


def _grid(path: Path, data: pydicom.Dataset, frame: Callable[[int], Pixels | None]) -> tuple[_Grid, list[str]]:
    tile = (int(data.Columns), int(data.Rows))
    count = int(data.get("NumberOfFrames", 1))
    assumed = []
    if "TotalPixelMatrixColumns" in data:
        width, height = int(data.TotalPixelMatrixColumns), int(data.TotalPixelMatrixRows)
    elif count == 1:
        width, height = tile
        assumed.append("the file does not say how large the whole image is: its only frame is taken as all of it")
    else:
        raise _refusal(path, "it does not say how large the whole image is (TotalPixelMatrixColumns)")
    if min(width, height, *tile) < 1:
        raise _refusal(path, f"its size is given as {width} x {height} px in frames of {tile[0]} x {tile[1]}")
    columns, rows = -(-width // tile[0]), -(-height // tile[1])
    organised = str(data.get("DimensionOrganizationType", ""))
    if organised == "TILED_SPARSE" or (not organised and _names_places(data)):
        return _Grid(width, height, tile, _sparse(path, data, tile, columns, rows)), assumed
    if count != columns * rows:
        raise _refusal(path, f"{count} frames do not make one full grid of {columns} x {rows}")
    by_column = not organised and fits_by_column(columns, rows, frame)
    if not organised and count > 1:
        order = "column by column" if by_column else "row by row"
        assumed.append(f"the file does not say in which order its frames lie: taken {order}, as their edges fit best")
    return _Grid(width, height, tile, frame_order(columns, rows, by_column=by_column)), assumed


def _names_places(data: pydicom.Dataset) -> bool:
    groups: Sequence[Any] = data.get("PerFrameFunctionalGroupsSequence") or []
    return len(groups) > 0 and "PlanePositionSlideSequence" in groups[0]


def _sparse(path: Path, data: pydicom.Dataset, tile: tuple[int, int], columns: int, rows: int) -> list[int]:
    frames = [-1] * (columns * rows)
    for number, groups in enumerate(data.PerFrameFunctionalGroupsSequence):
        place = groups.PlanePositionSlideSequence[0]
        x = int(place.ColumnPositionInTotalImagePixelMatrix) - 1
        y = int(place.RowPositionInTotalImagePixelMatrix) - 1
        index = y // tile[1] * columns + x // tile[0]
        if x % tile[0] or y % tile[1] or not 0 <= index < len(frames) or frames[index] >= 0:
            raise _refusal(path, "its frames overlap or lie off the grid")
        frames[index] = number
    return frames


def _frames(path: Path, file: BinaryIO, data: pydicom.Dataset) -> tuple[list[int], list[int]]:
    """Where each frame's bytes start in the file, and how many they are."""
    syntax = str(data.file_meta.TransferSyntaxUID)
    header = file.read(8 if syntax == _IMPLICIT else 12)
    if not header.startswith(_PIXEL_DATA):
        raise _refusal(path, "it holds no px")
    count = int(data.get("NumberOfFrames", 1))
    if syntax in {_IMPLICIT, _EXPLICIT}:
        size = int(data.Rows) * int(data.Columns) * int(data.SamplesPerPixel)
        return [file.tell() + size * frame for frame in range(count)], [size] * count
    if struct.unpack("<I", header[-4:])[0] != _UNDEFINED_LENGTH:
        raise _refusal(path, "its frames are not encapsulated")
    parse_basic_offsets(file)
    fragments, items = parse_fragments(file)
    if fragments != count:
        raise _refusal(path, f"its {count} frames lie in {fragments} pieces")
    counts = []
    for item in items:
        file.seek(item + 4)
        counts.append(int(struct.unpack("<I", file.read(4))[0]))
    return [item + 8 for item in items], counts


def _codec(
    path: Path, file: BinaryIO, data: pydicom.Dataset, offsets: Sequence[int], counts: Sequence[int]
) -> tuple[TileCodec, list[str]]:
    syntax = data.file_meta.TransferSyntaxUID
    photometric = str(data.PhotometricInterpretation)
    if str(syntax) in _JPEG_2000:
        return PillowCodec(), []
    if str(syntax) in _JPEG:
        file.seek(offsets[0])
        start = file.read(min(counts[0], _HEADER_BYTES))
        if photometric != "RGB":
            return JpegCodec(), []
        if _JFIF in start[:4] or _ADOBE in start:
            return JpegCodec(), [
                "the file calls its colours RGB, its JPEG frames say what they are: the frames were believed"
            ]
        return JpegCodec.of(b"", "RGB"), []
    grey = photometric == "MONOCHROME2"
    if str(syntax) in {_IMPLICIT, _EXPLICIT} and (grey or (photometric == "RGB" and not data.PlanarConfiguration)):
        return RawCodec(1 if grey else 3), []
    raise _refusal(path, f"{syntax.name} with {photometric} colours cannot be decoded here")


def _spacing(data: pydicom.Dataset) -> tuple[float, float] | None:
    """um per px along x and y; DICOM gives mm, rows first."""
    holders: list[Any] = [data]
    for groups in data.get("SharedFunctionalGroupsSequence") or ():
        holders = [*(groups.get("PixelMeasuresSequence") or ()), *holders]
    for holder in holders:
        spacing = holder.get("PixelSpacing")
        if spacing is not None and len(spacing) == 2:
            return float(spacing[1]) * _UM_PER_MM, float(spacing[0]) * _UM_PER_MM
    return None


def _refusal(path: Path, reason: str) -> UnreadableSlideError:
    return UnreadableSlideError(
        f"{path.name}: this DICOM file cannot be read as a slide: {reason}. "
        "Export the slide again, as VL Whole Slide Microscopy with JPEG or JPEG 2000 frames in a full grid"
    )
