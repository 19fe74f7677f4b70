"""Which files in a watched folder are slides, and which files belong to one.

Most slides are one file. A MIRAX slide is a .mrxs file and the folder of its name; a VMS slide is an index and the
pictures that it names; a DICOM slide is all files of a series in one folder, of which the largest stands for all, as
`inference.slides.find` has it.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.slides.find import OWN_RESULT, SLIDE_SUFFIXES

UNDER_WAY: Final = frozenset({".tmp", ".part", ".partial", ".filepart", ".crdownload", ".copying", ".incomplete"})
"""What copying programs end a name with until the file is whole, and then rename it."""

_INDEX_BYTES: Final = 1_000_000
"""A VMS index has some kB."""


@dataclass(frozen=True)
class Stamp:
    """What changes while a slide is being written: how many files it has, their size together, the newest time."""

    files: int
    size: int
    newest_ns: int


@dataclass(frozen=True)
class Candidate:
    """What may be a slide."""

    path: Path
    """The file that stands for the slide."""
    files: tuple[Path, ...]
    """All files that it may have been known by."""
    stamp: Stamp


@dataclass(frozen=True)
class Found:
    """What lies in a watched folder."""

    candidates: tuple[Candidate, ...]
    others: int
    """Files that are no slides and no part of one."""
    under_way: int
    """Files that are still being copied, as their names say."""
    unreadable: tuple[str, ...] = ()
    """Names of folders that cannot be read."""


SeriesOf = Callable[[Path, os.stat_result], str]
"""The DICOM series of a file; empty where it does not say."""


def find_candidates(folder: Path, series_of: SeriesOf) -> Found:
    """The slides in a folder and all folders in it, whole or not. Hidden ones and result folders are passed over."""
    unreadable: list[str] = []
    files: dict[Path, os.stat_result] = {}
    for path in _files(folder, unreadable):
        try:
            status = path.stat()
        except OSError:
            continue  # renamed or taken away since it was listed
        if stat.S_ISREG(status.st_mode):
            files[path] = status
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path, status in files.items():
        suffix = path.suffix.lower()
        if suffix in SLIDE_SUFFIXES:
            series = series_of(path, status) if suffix == ".dcm" else ""
            groups.setdefault((path.parent, series) if series else (path, ""), []).append(path)
    parts: set[Path] = set()
    candidates = []
    for group in groups.values():
        largest = max(group, key=lambda path: (files[path].st_size, path.name))
        belonging = set(group) | _belonging(largest, files)
        parts |= belonging
        all_of_it = [files[path] for path in belonging]
        stamp = Stamp(len(all_of_it), sum(it.st_size for it in all_of_it), max(it.st_mtime_ns for it in all_of_it))
        candidates.append(Candidate(largest, tuple(sorted(group)), stamp))
    rest = files.keys() - parts
    under_way = sum(path.suffix.lower() in UNDER_WAY for path in rest)
    candidates.sort(key=lambda it: it.path)
    return Found(tuple(candidates), len(rest) - under_way, under_way, tuple(unreadable))


def _files(folder: Path, unreadable: list[str]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError) or Path(error.filename) == folder:
            unreadable.append(Path(error.filename).name)

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if OWN_RESULT not in names:
            yield from (Path(place, name) for name in names if not name.startswith("."))


def _belonging(path: Path, files: Iterable[Path]) -> set[Path]:
    """Further files of the slide that this one stands for."""
    suffix = path.suffix.lower()
    if suffix == ".mrxs":
        return {it for it in files if it.parent == path.with_suffix("")}
    if suffix == ".vms":
        try:
            with path.open("rb") as file:
                index = file.read(_INDEX_BYTES).decode("latin-1")
        except OSError:
            return set()
        return {it for it in files if it.parent == path.parent and it.name in index}
    return set()
