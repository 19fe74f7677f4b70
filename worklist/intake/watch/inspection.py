"""Reading a slide's head: whether it can be read, and what its barcode or its attributes say of its case.

A hostile or damaged file can crash or stall the library that reads it, so this is done in a process of its own.
"""

import multiprocessing
import re
import resource
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Protocol

from worklist.intake.names import Told, told_by_text

_MEMORY_BYTES: Final = 8 * 10**9
"""Of addresses; a slide's head takes far less (A)."""
_SECONDS: Final = 60.0
"""Longest that one slide's head may take, from a slow share (A)."""
_TIFF: Final = frozenset({".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif"})
_SCANNERS: Final = (
    "aperio.ScanScope ID",
    "hamamatsu.NDP.S/N",
    "hamamatsu.Product",
    "leica.device-model",
    "ventana.UnitNumber",
    "tiff.Model",
)
"""Properties of OpenSlide that tell the scanner, the most telling first."""


@dataclass(frozen=True)
class Inspection:
    """What a slide's head says."""

    told: Told | None = None
    """By its barcode or attributes; None where it has none."""
    unreadable: str | None = None
    """Why it cannot be read, and what to do."""


class Inspector(Protocol):
    """Reads the heads of slides."""

    def __call__(self, files: Sequence[Path]) -> Inspection:
        """The head of a slide; the first file stands for it."""
        ...


def inspect_slide(files: Sequence[Path], patterns: Sequence[re.Pattern[str]]) -> Inspection:
    """Reads a slide's head in this process. files: of a DICOM slide all of its series; the first stands for all."""
    from inference.errors import SlideError
    from inference.slides.open import open_slide
    from worklist.intake.watch.tiff_extent import lies_within

    path = files[0]
    is_dicom = path.suffix.lower() == ".dcm"
    try:
        told = _dicom(files) if is_dicom else _properties(path, patterns)
        with open_slide(path):
            pass
        is_whole = path.suffix.lower() not in _TIFF or lies_within(path)
    except (SlideError, _CutShortError) as error:
        return Inspection(unreadable=str(error))
    except OSError as error:
        return Inspection(unreadable=f"{path.name}: cannot be read ({error.strerror}); check its disk and its rights")
    if not is_whole:
        return Inspection(unreadable=f"{path.name}: the file is cut short; copy it again from the scanner")
    return Inspection(told)


class _CutShortError(Exception):
    """A file of a DICOM series ends before its pixels do."""


def _dicom(files: Sequence[Path]) -> Told:
    """What a series says; one that says too little can still be read, one that is cut short is not complete."""
    from worklist.intake.dicomweb.attributes import InstanceRefusedError, read_facts

    found = []
    for file in files:
        try:
            facts = read_facts(file)
        except InstanceRefusedError as error:
            if "cut short" in str(error):
                raise _CutShortError(f"{file.name}: the file {error}") from error
            found.append(Told(problem=f"its DICOM attributes say too little ({error})"))
        else:
            numbers = (facts.accession_number, facts.slide_id, facts.block, facts.stain, facts.scanner)
            found.append(Told(*numbers, problem=facts.problem))
    return found[0]


def _properties(path: Path, patterns: Sequence[re.Pattern[str]]) -> Told | None:
    import openslide

    try:
        with openslide.OpenSlide(path) as slide:
            properties: Mapping[str, str] = dict(slide.properties)
    except openslide.OpenSlideError:
        return None
    scanner = next((properties[name] for name in _SCANNERS if properties.get(name)), None)
    barcodes = [value.strip() for name, value in properties.items() if "barcode" in name.lower() and value.strip()]
    for barcode in barcodes:
        told = told_by_text(barcode, patterns)
        if told is not None:
            return Told(told.accession_number, barcode, told.block, told.stain, scanner)
    problem = "its barcode fits no pattern for slides" if barcodes else None
    return Told(scanner=scanner, problem=problem) if scanner or problem else None


class InspectionProcess:
    """A process that reads heads one after the other, and is replaced where a file crashes or stalls it."""

    def __init__(self, patterns: Sequence[re.Pattern[str]], seconds: float = _SECONDS) -> None:
        self._patterns = tuple(patterns)
        self._seconds = seconds
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __call__(self, files: Sequence[Path]) -> Inspection:
        """Reads one slide's head; a crash or a stall is its fault, and is told as such."""
        pipe = self._started()
        try:
            pipe.send(tuple(files))
            if pipe.poll(self._seconds):
                inspection = pipe.recv()
                if isinstance(inspection, Inspection):
                    return inspection
            why = f"takes longer than {self._seconds:g} s"
        except (EOFError, OSError):
            why = "crashes the program that reads it"
        self.close()
        return Inspection(unreadable=f"{files[0].name}: reading it {why}; copy it again, or scan the slide again")

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def _started(self) -> Connection:
        if self._pipe is None:
            spawning = multiprocessing.get_context("spawn")
            self._pipe, theirs = spawning.Pipe()
            self._process = spawning.Process(target=_answer, args=(theirs, self._patterns), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe


def _answer(pipe: Connection, patterns: Sequence[re.Pattern[str]]) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send(inspect_slide(pipe.recv(), patterns))
