"""Slides that are looked at, kept open between their tiles: a few at a time, each closed when nobody reads it."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from inference.errors import UnreadableSlideError
from inference.slides.open import open_slide
from inference.slides.slide import Slide

MOST_OPEN: Final = 8
"""Slides of as many readers, each of which holds up to 96 MB of decoded tiles. A."""

_Print = tuple[str, int, int, int]
"""Path, inode, size and time of change: a file that was put in another's place is another slide."""


@dataclass
class _Held:
    slide: Slide | None = None
    readers: int = 0
    lock: Lock = field(default_factory=Lock)
    """Held while it is opened, so that its first tiles wait for one opening."""


class OpenSlides:
    """Opens each slide once for all its tiles. Safe from several threads."""

    def __init__(self, most: int = MOST_OPEN, opening: Callable[[Path], Slide] = open_slide) -> None:
        self._most, self._opening = most, opening
        self._held: OrderedDict[_Print, _Held] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def reading(self, path: Path) -> Iterator[Slide]:
        """The slide at `path`, open for as long as it is read.

        Raises UnreadableSlideError and ResolutionError, with what to do; also for a slide that was deleted meanwhile.
        """
        key = _print_of(path)
        with self._lock:
            held = self._held.setdefault(key, _Held())
            self._held.move_to_end(key)
            held.readers += 1
        try:
            with held.lock:
                if held.slide is None:
                    held.slide = self._opening(path)
            yield held.slide
        finally:
            self._let_go(key, held)

    def close(self) -> None:
        """Closes all that nobody reads."""
        with self._lock:
            self._close_idle(keep=0)

    def _let_go(self, key: _Print, held: _Held) -> None:
        with self._lock:
            held.readers -= 1
            if held.slide is None and held.readers == 0:
                self._held.pop(key, None)
            self._close_idle(keep=self._most)

    def _close_idle(self, keep: int) -> None:
        """The least used first; one that is being read stays, even above the limit."""
        for key, held in list(self._held.items()):
            if len(self._held) <= keep:
                return
            if held.readers == 0:
                del self._held[key]
                if held.slide is not None:
                    held.slide.close()


def _print_of(path: Path) -> _Print:
    try:
        found = path.stat()
    except OSError as error:
        raise UnreadableSlideError(
            f"{path.name}: no such file any more ({error.strerror}). Check that its disk is mounted"
        ) from error
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns
