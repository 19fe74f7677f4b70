"""Watches scanners' folders and takes every slide that is complete onto the list.

It polls: shares over SMB and NFS tell nobody of a change that another machine made. What was taken in is known from the
store alone, so that a restart, or a second watch of the same folder, loses nothing and doubles nothing.
"""

import filecmp
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import or_, select

from worklist.intake.apply import apply_slide
from worklist.intake.arrivals import path_refusal
from worklist.intake.change import intake
from worklist.intake.events import Applied, SlideArrival
from worklist.intake.names import Told, together, told_by_name
from worklist.intake.unmatched import match_known
from worklist.intake.watch.completeness import Look, Patience, is_given_up, looked, may_be_complete, tried
from worklist.intake.watch.inspection import Inspection, Inspector
from worklist.intake.watch.slide_files import Candidate, Stamp, find_candidates
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import CaseRow, SlideRow, UnmatchedSlideRow
from worklist.trail.identity_guard import mask_identity

_CHUNK = 500
"""Paths that are looked up together."""


@dataclass(frozen=True)
class Arrived:
    """A slide that was dealt with, and what became of it."""

    path: Path
    applied: Applied
    is_readable: bool = True


@dataclass(frozen=True)
class Seen:
    """What one look at the folders found."""

    arrived: tuple[Arrived, ...] = ()
    waiting: int = 0
    """Slides and files that are not complete yet."""
    known: int = 0
    """Slides that had come in before."""
    others: int = 0
    """Files that are no slides."""
    matched: int = 0
    """Slides of the unmatched list whose case has come."""
    unreadable: tuple[str, ...] = ()
    """Names of folders that cannot be read."""


@dataclass
class FolderWatch:
    """Folders that are looked at again and again. What it keeps in memory only saves work."""

    store: Store
    folders: Sequence[Path]
    patterns: Sequence[re.Pattern[str]]
    actor: Actor
    inspector: Inspector
    patience: Patience = field(default_factory=Patience)
    clock_s: Callable[[], float] = time.monotonic
    """Only runs forward."""
    _looks: dict[Path, Look] = field(default_factory=dict)
    _known: set[Path] = field(default_factory=set)
    _done: dict[Path, Stamp] = field(default_factory=dict)
    """Slides that are dealt with until their files change: refused ones, and unmatched ones that say no case."""
    _away: frozenset[str] = frozenset()
    """Folders that could not be read at the last look."""
    _series: dict[Path, tuple[int, int, str]] = field(default_factory=dict)

    def look(self, tell: Callable[[Arrived], None] = lambda _: None) -> Seen:
        """Looks once at all folders, and takes in what is complete; telling each at once. Raises StoreError."""
        now_s = self.clock_s()
        counts: Counter[str] = Counter()
        unreadable: list[str] = []
        fresh: dict[Path, tuple[Candidate, Path]] = {}
        for folder in self.folders:
            found = find_candidates(folder, self._series_of)
            counts += Counter(others=found.others, waiting=found.under_way)
            unreadable += found.unreadable
            for candidate in self._unknown(found.candidates):
                fresh[candidate.path] = (candidate, folder)
            counts["slides"] += len(found.candidates)
        self._ask_about_folders(unreadable)
        self._looks = looked(self._looks, (candidate for candidate, _ in fresh.values()), now_s)
        arrived = []
        for one in self._arrivals(fresh, now_s):
            tell(one)
            arrived.append(one)
        waiting = counts["waiting"] + len(fresh) - len(arrived)
        known = counts["slides"] - len(fresh)
        matched = match_known(self.store, self.actor)
        return Seen(tuple(arrived), waiting, known, counts["others"], matched, tuple(unreadable))

    def _arrivals(self, fresh: dict[Path, tuple[Candidate, Path]], now_s: float) -> Iterator[Arrived]:
        for candidate, folder in fresh.values():
            look = self._looks[candidate.path]
            inspection = self._inspected(candidate, look, now_s)
            if inspection is None:
                continue
            told = together(told_by_name(candidate.path, folder, self.patterns), inspection.told)
            applied = apply_slide(self.store, self._arrival(candidate, folder, told, inspection), self.actor)
            kept = applied.outcome != "refused" and applied.accession_number is not None
            if kept and inspection.unreadable is None:
                self._known.add(candidate.path)
            else:
                self._done[candidate.path] = candidate.stamp
            yield Arrived(candidate.path, applied, inspection.unreadable is None)

    def _inspected(self, candidate: Candidate, look: Look, now_s: float) -> Inspection | None:
        """What the slide's head says; None while it is not complete."""
        if may_be_complete(look, now_s, self.patience):
            if path_refusal(candidate.path):
                return Inspection()
            others = tuple(path for path in candidate.files if path != candidate.path)
            inspection = self.inspector((candidate.path, *others))
            if inspection.unreadable is None or is_given_up(look, now_s, self.patience):
                return inspection if _is_as(candidate, look.stamp) else None
            self._looks[candidate.path] = tried(look, now_s)
        elif look.stamp.size == 0 and is_given_up(look, now_s, self.patience):
            return Inspection(unreadable=f"{candidate.path.name}: the file is empty (0 bytes); copy it again")
        return None

    def _arrival(self, candidate: Candidate, folder: Path, told: Told, inspection: Inspection) -> SlideArrival:
        return SlideArrival(
            path=self._waits_as(candidate) or candidate.path,
            source=f"folder {folder.name}",
            accession_number=told.accession_number,
            slide_id=told.slide_id,
            block=told.block,
            stain=told.stain,
            scanner=told.scanner,
            arrived_utc=self.store.now(),
            problem=told.problem,
            unreadable=inspection.unreadable,
            # Two that cannot be read, such as two empty files, may be two slides.
            same_as=None if inspection.unreadable else self._same_file(candidate.path, told.accession_number),
        )

    def _waits_as(self, candidate: Candidate) -> Path | None:
        """The file under which a slide of several waits already, which a larger level of it does not change."""
        paths = [str(path) for path in candidate.files if not path_refusal(path)] if len(candidate.files) > 1 else []
        waiting = select(UnmatchedSlideRow.path).where(
            UnmatchedSlideRow.path.in_(paths), UnmatchedSlideRow.matched_utc.is_(None)
        )
        with self.store.reading() as session:
            first = session.scalar(waiting.order_by(UnmatchedSlideRow.id).limit(1)) if paths else None
        return None if first is None else Path(first)

    def _same_file(self, path: Path, accession_number: str | None) -> Path | None:
        """A slide of the case that is the same file under another name; only files of one size are compared."""
        if accession_number is None or path.suffix.lower() == ".mrxs":
            return None
        in_case = select(SlideRow.path).join(CaseRow).where(CaseRow.accession_number == accession_number)
        waiting = select(UnmatchedSlideRow.path).where(
            UnmatchedSlideRow.accession_number == accession_number, UnmatchedSlideRow.matched_utc.is_(None)
        )
        with self.store.reading() as session:
            known = [Path(it) for wanted in (in_case, waiting) for it in session.scalars(wanted)]
        for slide in known:
            try:
                if slide != path and filecmp.cmp(slide, path, shallow=False):
                    return slide
            except OSError:
                continue
        return None

    def _unknown(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those of which no file has come in before, as the store says."""
        new = [it for it in candidates if not self._known.intersection(it.files)]
        new = [it for it in new if self._done.get(it.path) != it.stamp]
        for start in range(0, len(new), _CHUNK):
            paths = [str(path) for it in new[start : start + _CHUNK] for path in it.files if not path_refusal(path)]
            self._known.update(self._kept(paths))
        return [it for it in new if not self._known.intersection(it.files)]

    def _kept(self, paths: Sequence[str]) -> Iterator[Path]:
        in_cases = select(SlideRow.path).where(SlideRow.path.in_(paths))
        settled = or_(
            UnmatchedSlideRow.matched_utc.is_not(None),
            UnmatchedSlideRow.accession_number.is_not(None) & UnmatchedSlideRow.unreadable.is_(None),
        )
        waiting = select(UnmatchedSlideRow.path).where(UnmatchedSlideRow.path.in_(paths), settled)
        with self.store.reading() as session:
            yield from (Path(path) for wanted in (in_cases, waiting) for path in session.scalars(wanted))

    def _series_of(self, path: Path, stat: os.stat_result) -> str:
        """The series of a DICOM file, read again only when the file has changed."""
        from inference.slides.dicom_reader import series_of  # pydicom loads slowly, and most folders need none of it

        known = self._series.get(path)
        if known is None or known[:2] != (stat.st_size, stat.st_mtime_ns):
            known = self._series[path] = (stat.st_size, stat.st_mtime_ns, series_of(path))
        return known[2]

    def _ask_about_folders(self, unreadable: Sequence[str]) -> None:
        before, self._away = self._away, frozenset(unreadable)
        if self._away - before:
            with intake(self.store, self.actor) as change:
                for name in sorted(self._away - before):
                    words = "cannot be read, so its slides do not come in. Check the share and its rights."
                    change.ask(
                        "watched folder", mask_identity(name), f"The watched folder {mask_identity(name)} {words}"
                    )


def _is_as(candidate: Candidate, stamp: Stamp) -> bool:
    """Whether the file is still as it was when it was found quiet."""
    try:
        stat = candidate.path.stat()
    except OSError:
        return False
    return stat.st_mtime_ns <= stamp.newest_ns and stat.st_size <= stamp.size
