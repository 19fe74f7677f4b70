"""What a DICOM instance says of itself: whose slide it is, which picture of it, and whether the file is whole.

DICOM PS3.3 A.32.8 (VL Whole Slide Microscopy), C.7.6.22 (specimen), C.8.12.4 (image type).
"""

import logging
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, Literal

import pydicom
from pydicom.encaps import parse_basic_offsets, parse_fragments
from pydicom.errors import InvalidDicomError

from worklist.trail.identity_guard import find_identity

WHOLE_SLIDE: Final = "1.2.840.10008.5.1.4.1.1.77.1.6"

# Failure reasons of STOW-RS (PS3.18, 10.5.3.1.2; PS3.4 B.2.3)
OUT_OF_RESOURCES: Final = 0xA700
NOT_UNDERSTOOD: Final = 0xC000
PROCESSING_FAILURE: Final = 0x0110
CLASS_NOT_TAKEN: Final = 0x0122

logging.getLogger("pydicom").propagate = False  # its warnings hold the values that they are about
logging.getLogger("pydicom").addHandler(logging.NullHandler())

_READING: Final = Lock()
"""Warnings are switched off for the whole process, so by one thread at a time."""
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_LONGEST_UID: Final = 64
_UNDEFINED: Final = 0xFFFFFFFF
_IMPLICIT: Final = "1.2.840.10008.1.2"
_STAINING: Final = "127790008"
_USING: Final = ("424361007", "G-C350")
_PARENT: Final = "111705"
"""SNOMED CT: staining, using substance (and its old code); DICOM: parent specimen identifier."""

_BROKEN: Final = (
    *(InvalidDicomError, EOFError, OSError, ValueError, TypeError, KeyError, AttributeError, struct.error),
    RecursionError,
)
"""What pydicom raises over a broken file."""

Picture = Literal["scan", "of the glass"]


class InstanceRefusedError(Exception):
    """An instance is not taken; the rest of its request is."""

    def __init__(self, reason: int, words: str, sop_class: str = "", instance: str = "") -> None:
        super().__init__(words)
        self.reason = reason
        """FailureReason of STOW-RS."""
        self.sop_class = sop_class
        self.instance = instance


@dataclass(frozen=True)
class SlideFacts:
    """What one instance tells; no patient."""

    study: str
    series: str
    instance: str
    sop_class: str
    picture: Picture
    """of the glass: a label or an overview, or a kind that is not known, which may show a patient's name."""
    pixels: int
    """Of the whole image."""
    accession_number: str | None
    slide_id: str | None
    block: str | None
    stain: str | None
    scanner: str | None
    problem: str | None
    """Why its case cannot be told."""


def is_uid(text: str) -> bool:
    """Whether it has the form of a UID, and so may be part of a path or an address."""
    return len(text) <= _LONGEST_UID and _UID.fullmatch(text) is not None


def read_facts(path: Path) -> SlideFacts:
    """Reads an instance's attributes, and checks that its pixel data is there to the end.

    Raises InstanceRefusedError: no DICOM, no whole-slide image, cut short, or without the numbers that it needs;
    OSError where the disk fails.
    """
    with _READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as file:
                data = pydicom.dcmread(file, stop_before_pixels=True)
                facts = _facts(data)
                _check_whole(file, data, path.stat().st_size, facts)
                return facts
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's fault, not the file's
            words = f"cannot be read as DICOM ({type(error).__name__}); export the slide again"
            raise InstanceRefusedError(NOT_UNDERSTOOD, words) from error
        except NotImplementedError as error:
            raise InstanceRefusedError(NOT_UNDERSTOOD, "is stored in a way that is not known here") from error


def _facts(data: pydicom.Dataset) -> SlideFacts:
    uids = [str(data.get(name, "")) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
    study, series, instance = uids
    sop_class = str(data.get("SOPClassUID", ""))
    if not all(map(is_uid, uids)):
        words = "its study, series or instance number (UID) is missing or no UID"
        raise InstanceRefusedError(NOT_UNDERSTOOD, words, sop_class, instance)
    if sop_class != WHOLE_SLIDE:
        words = "is no VL Whole Slide Microscopy image, the only kind that is taken in"
        raise InstanceRefusedError(CLASS_NOT_TAKEN, words, sop_class, instance)
    kinds = [str(part) for part in data.get("ImageType") or ()]
    kind = kinds[2] if len(kinds) > 2 else "VOLUME" if not kinds else ""
    accession, problem = _number(data, "AccessionNumber", "accession number")
    slide_id, slide_problem = _number(data, "ContainerIdentifier", "slide number (ContainerIdentifier)")
    if accession is None and problem is None:
        problem = "its DICOM attributes hold no accession number"
    steps = list(_steps(data))
    return SlideFacts(
        study=study,
        series=series,
        instance=instance,
        sop_class=sop_class,
        picture="scan" if kind in ("VOLUME", "THUMBNAIL") else "of the glass",
        pixels=int(data.get("TotalPixelMatrixColumns") or 0) * int(data.get("TotalPixelMatrixRows") or 0),
        accession_number=accession,
        slide_id=slide_id,
        block=next((words for step in steps if (words := _content(step, (_PARENT,)))), None),
        stain=", ".join(dict.fromkeys(_stains(steps))) or None,
        scanner=_scanner(data),
        problem=problem or slide_problem,
    )


def _number(data: pydicom.Dataset, keyword: str, name: str) -> tuple[str | None, str | None]:
    """A number, or why it is left out."""
    told = " ".join(str(data.get(keyword) or "").split())[:64]
    if kind := find_identity(told):
        return None, f"its {name} holds {kind}, which may not be kept; correct it at the scanner"
    return told or None, None


def _steps(data: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    """The steps in which the specimens on the glass were prepared."""
    for specimen in data.get("SpecimenDescriptionSequence") or ():
        yield from specimen.get("SpecimenPreparationSequence") or ()


def _stains(steps: list[pydicom.Dataset]) -> Iterator[str]:
    for step in steps:
        items = step.get("SpecimenPreparationStepContentItemSequence") or ()
        if any(_code(item, "ConceptCodeSequence") == _STAINING for item in items):
            for item in items:
                if _code(item, "ConceptNameCodeSequence") in _USING:
                    yield _value(item)


def _content(step: pydicom.Dataset, names: tuple[str, ...]) -> str:
    items = step.get("SpecimenPreparationStepContentItemSequence") or ()
    told = next((_value(item) for item in items if _code(item, "ConceptNameCodeSequence") in names), "")
    return "" if find_identity(told) else told


def _code(item: pydicom.Dataset, keyword: str) -> str:
    concepts: Any = item.get(keyword) or ()
    return str(concepts[0].get("CodeValue", "")) if len(concepts) else ""


def _value(item: pydicom.Dataset) -> str:
    concepts: Any = item.get("ConceptCodeSequence") or ()
    return str(concepts[0].get("CodeMeaning", "") if len(concepts) else item.get("TextValue", ""))


def _scanner(data: pydicom.Dataset) -> str | None:
    parts = [str(data.get(name) or "") for name in ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber")]
    return " ".join(part for part in parts if part) or None


def _check_whole(file: BinaryIO, data: pydicom.Dataset, size: int, facts: SlideFacts) -> None:
    """Follows the lengths of the pixel data to its end; the pixels themselves are not read."""
    long = str(data.file_meta.TransferSyntaxUID) != _IMPLICIT
    header = file.read(12 if long else 8)
    cut = InstanceRefusedError(NOT_UNDERSTOOD, "is cut short; send it again", facts.sop_class, facts.instance)
    if len(header) < 8 or header[:4] != b"\xe0\x7f\x10\x00":
        raise cut
    length = struct.unpack("<I", header[-4:])[0]
    if length != _UNDEFINED:
        if file.tell() + length > size:
            raise cut
        return
    try:
        parse_basic_offsets(file)
        _, items = parse_fragments(file)
        file.seek(items[-1] + 4)
        end = items[-1] + 8 + struct.unpack("<I", file.read(4))[0]
        file.seek(end)
        closed = file.read(8) == b"\xfe\xff\xdd\xe0\0\0\0\0"
    except (IndexError, ValueError, EOFError, struct.error):
        raise cut from None
    if not closed:
        raise cut
