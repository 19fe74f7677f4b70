"""Where received slides are kept: a folder a series, whole files only, and pictures of the glass apart.

FOLDER/slides/SERIES/NAME.dcm     the series' largest scan, named by the slide: its path on the list
FOLDER/slides/SERIES/UID.dcm      its other levels, which readers find beside it
FOLDER/restricted/SERIES/UID.dcm  labels and overviews, for their owner alone: they may show a patient's name
FOLDER/incoming/                  what is under way
"""

import errno
import filecmp
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from models.disk import alone_in, to_disk
from worklist.intake.dicomweb.attributes import (
    OUT_OF_RESOURCES,
    PROCESSING_FAILURE,
    InstanceRefusedError,
    SlideFacts,
    is_uid,
    read_facts,
)
from worklist.intake.events import SlideArrival

_UNNAMED: Final = "slide"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9ÆØÅæøå._-]+|^\.+")
_OWNER_ONLY: Final = 0o700
_LEFT_OVER_S: Final = 24 * 3600.0
"""What a process that was killed left under way is thrown away after a day (A)."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Landing:
    """The folder."""

    folder: Path

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder for what is under way, which is gone afterwards. Raises OSError."""
        place = self.folder / "incoming"
        place.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        for old in place.iterdir():
            if time.time() - old.stat().st_mtime > _LEFT_OVER_S:
                shutil.rmtree(old, ignore_errors=True)
        made = Path(tempfile.mkdtemp(dir=place))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def holds(self, series: str, instance: str) -> bool:
        """Whether an instance is here already."""
        places = [self._slides(series) / f"{instance}.dcm", self._restricted(series) / f"{instance}.dcm"]
        return any(place.exists() for place in places) or any(
            it.instance == instance for it in self.slide_facts(series)
        )

    def slide_facts(self, series: str) -> list[SlideFacts]:
        """What the series' largest scan tells; nothing where none is here."""
        slide = self._slide(series)
        return [read_facts(slide)] if slide else []

    def keep(self, incoming: Path, study: str | None = None) -> SlideFacts:
        """Moves a file to its place, whole or not at all; the same again changes nothing.

        study: the only one that it may be of. Raises InstanceRefusedError and OSError.
        """
        facts = read_facts(incoming)
        if study is not None and facts.study != study:
            words = f"is of another study than {study}, to which it was sent"
            raise InstanceRefusedError(PROCESSING_FAILURE, words, facts.sop_class, facts.instance)
        try:
            to_disk(incoming)
            self._place(incoming, facts)
        except OSError as error:
            full = error.errno in _FULL
            words = "no room left on the disk" if full else f"cannot be written ({error.strerror})"
            reason = OUT_OF_RESOURCES if full else PROCESSING_FAILURE
            raise InstanceRefusedError(reason, words, facts.sop_class, facts.instance) from error
        return facts

    def arrival(self, facts: SlideFacts, source: str, arrived_utc: datetime) -> SlideArrival | None:
        """The series as a slide that arrived; None while only pictures of the glass are here."""
        path = self._slide(facts.series)
        if path is None:
            return None
        return SlideArrival(
            path=path,
            source=source,
            accession_number=facts.accession_number,
            slide_id=facts.slide_id,
            block=facts.block,
            stain=facts.stain,
            scanner=facts.scanner,
            arrived_utc=arrived_utc,
            problem=facts.problem,
        )

    def _slides(self, series: str) -> Path:
        return self.folder / "slides" / series

    def _slide(self, series: str) -> Path | None:
        """The series' slide; all other files there are named by their UID."""
        return next((path for path in self._slides(series).glob("*.dcm") if not is_uid(path.stem)), None)

    def _restricted(self, series: str) -> Path:
        return self.folder / "restricted" / series

    def _place(self, incoming: Path, facts: SlideFacts) -> None:
        if facts.picture == "of the glass":
            place = self._restricted(facts.series)
            place.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
            place.parent.chmod(_OWNER_ONLY)
            incoming.chmod(0o600)
            _put(incoming, place / f"{facts.instance}.dcm", facts)
            return
        place = self._slides(facts.series)
        place.mkdir(parents=True, exist_ok=True)
        with alone_in(place):
            slide = self._slide(facts.series) or place / _name(facts)
            standing = read_facts(slide) if slide.exists() else None
            if standing is None or standing.instance == facts.instance:
                _put(incoming, slide, facts)
            elif facts.pixels > standing.pixels and not (place / f"{facts.instance}.dcm").exists():
                beside = place / f"{standing.instance}.dcm"
                if not beside.exists():
                    os.link(slide, beside)
                incoming.replace(slide)
                to_disk(place)
            else:
                _put(incoming, place / f"{facts.instance}.dcm", facts)


def _name(facts: SlideFacts) -> str:
    """What people call the slide; never of the form of a UID."""
    name = _NOT_IN_A_NAME.sub("_", facts.slide_id or _UNNAMED)
    return f"{_UNNAMED}-{name}.dcm" if is_uid(name) else f"{name}.dcm"


def _put(incoming: Path, place: Path, facts: SlideFacts) -> None:
    """Moves a file to its place, unless the same is there."""
    if not place.exists():
        incoming.replace(place)
        to_disk(place.parent)
    elif not filecmp.cmp(incoming, place, shallow=False):
        words = "another file of this instance number (UID) is here already; it stands"
        raise InstanceRefusedError(PROCESSING_FAILURE, words, facts.sop_class, facts.instance)
