"""What runs in the scoring process: it is told paths, and tells results; a file that breaks it breaks nothing else.

It ends when the worker does, however that ends: the pipe between them closes then.
"""

import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from inference.results import SlideResult
from inference.words import in_words
from models.errors import ForrangError
from worklist.jobs.scorer import ModelReplacedError, Scorer
from worklist.settings import Settings
from worklist.trail.log import configure_logs

_WAIT_S: Final = 0.1
"""How long a path is waited for before the pipeline is told that none waits."""


@dataclass(frozen=True)
class Taken:
    """Reading the slide has begun."""

    path: Path


@dataclass(frozen=True)
class Started:
    """The slide was opened and has that many tiles."""

    path: Path
    name: str
    tiles: int


@dataclass(frozen=True)
class Tiles:
    """So many more of the slide's tiles came back."""

    path: Path
    count: int


@dataclass(frozen=True)
class Done:
    """The slide's result is there, whole."""

    path: Path
    result: SlideResult


@dataclass(frozen=True)
class Broken:
    """No slide can be scored at all."""

    message: str
    exit_status: int
    replaced: bool
    """The model is another one now; what should be scored with it begins anew."""


Message = Taken | Started | Tiles | Done | Broken


def main(pipe: Connection, scorer: Scorer) -> None:
    """Scores what comes along the pipe until it closes."""
    _behave()
    teller = _Teller(pipe)
    coming: queue.SimpleQueue[Path] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, coming), daemon=True).start()
    try:
        for path, result in scorer.results(_paths(coming, teller), teller):
            teller.tell(Done(path, result))
    except ForrangError as error:
        teller.tell(Broken(str(error), error.exit_status, isinstance(error, ModelReplacedError)))
    except Exception as error:  # noqa: BLE001 (whatever it is, the worker says it and gives the slides back)
        teller.tell(Broken(f"the scoring process broke: {in_words(error)}; see `forrang doctor`", 1, replaced=False))


def _behave() -> None:
    """Leaves it to the worker when to end, and asks to be the first to go when the machine runs out of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    configure_logs(Settings().log_format)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _listen(pipe: Connection, coming: "queue.SimpleQueue[Path]") -> None:
    """Takes paths from the worker; once it is gone, so is this process, at once: results are whole or not there."""
    with suppress(EOFError, OSError):
        while True:
            coming.put(pipe.recv())
    os._exit(0)


def _paths(coming: "queue.SimpleQueue[Path]", teller: "_Teller") -> Iterator[Path | None]:
    while True:
        try:
            path = coming.get(timeout=_WAIT_S)
        except queue.Empty:
            yield None
        else:
            teller.took(path)
            yield path


class _Teller:
    """Tells the worker what happens, from any thread; the pipeline numbers slides in the order they were taken."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._order: list[Path] = []

    def tell(self, message: Message) -> None:
        with self._lock, suppress(OSError):
            self._pipe.send(message)

    def took(self, path: Path) -> None:
        self._order.append(path)
        self.tell(Taken(path))

    def slide_started(self, number: int, name: str, tiles: int) -> None:
        self.tell(Started(self._order[number], name, tiles))

    def tiles_done(self, number: int, count: int) -> None:
        self.tell(Tiles(self._order[number], count))

    def slide_finished(self, number: int, result: SlideResult) -> None:
        """Told with the result."""
