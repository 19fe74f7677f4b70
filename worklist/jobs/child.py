"""The worker's side of its scoring process: what is under way in it, and how much memory and time that may take."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worklist.jobs.child_main import Broken, Done, Message, Taken, main
from worklist.jobs.scorer import Scorer

_LOOK_S: Final = 0.1
"""How often memory and time are looked at; memory fills at a few GB a second, so a file gets so far past its limit."""


@dataclass(frozen=True)
class Limits:
    """What reading slides may take."""

    memory_gb: float = 6.0
    """Of the scoring process, 10^9 bytes, without the files and programs that it has mapped. A slide of
    100,000 x 80,000 px took under 1.5 GB (M, bench_gigapixel); four times that is A."""
    slide_minutes: float = 30.0
    """From the moment a slide is taken, others beside it or not. A."""


class ScoringChild:
    """A process that scores slides, started at once; it ends with `kill`, or with this process."""

    def __init__(self, scorer: Scorer, limits: Limits) -> None:
        self._limits = limits
        self._pipe, theirs = multiprocessing.Pipe()
        spawning = multiprocessing.get_context("spawn")
        self._process = spawning.Process(target=main, args=(theirs, scorer), name="forrang-scoring")
        self._process.start()
        theirs.close()
        self._since: dict[Path, float] = {}
        self._why: str | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    @property
    def under_way(self) -> frozenset[Path]:
        """Slides that were taken and have no result yet: if the process dies, one of them may be why."""
        return frozenset(self._since)

    def send(self, path: Path) -> None:
        """Gives it a slide to score; a process that has died says so at the next `hear`."""
        try:
            self._pipe.send(path)
        except OSError:
            return

    def hear(self, wait_s: float) -> list[Message] | None:
        """What it has told since, waiting so long for the first of it; None once it has died and all is told."""
        told: list[Message] = []
        try:
            while self._pipe.poll(0 if told else wait_s):
                message: Message = self._pipe.recv()
                told.append(message)
                self._note(message)
        except (EOFError, OSError):
            return told or None
        return told

    def why_it_died(self) -> str:
        """In words, once `hear` gave None."""
        self._process.join(5)
        if self._why is not None:
            return self._why
        code = self._process.exitcode or 0
        if code == -signal.SIGKILL:
            return "was killed, perhaps by the system for want of memory"
        return f"crashed ({signal.Signals(-code).name})" if code < 0 else f"ended by itself (status {code})"

    def kill(self) -> None:
        """Ends it at once; results are whole or not there."""
        self._ended.set()
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _note(self, message: Message) -> None:
        if isinstance(message, Taken):
            self._since[message.path] = time.monotonic()
        elif isinstance(message, Done):
            self._since.pop(message.path, None)
        elif isinstance(message, Broken):
            self._since.clear()

    def _watch(self) -> None:
        """Kills it where it goes too far; a thread of its own, since the store may keep the worker waiting."""
        while not self._ended.wait(_LOOK_S) and self._process.exitcode is None:
            why = self._too_far()
            if why is not None:
                self._why = why
                self._process.kill()
                return

    def _too_far(self) -> str | None:
        if _memory_bytes(self.pid) > self._limits.memory_gb * 1e9:
            return f"took more than {self._limits.memory_gb:g} GB of memory"
        oldest = min(self._since.copy().values(), default=time.monotonic())
        if time.monotonic() - oldest > self._limits.slide_minutes * 60:
            return f"took longer than {self._limits.slide_minutes:g} minutes"
        return None


def _memory_bytes(pid: int) -> int:
    """The process's own memory; 0 where the system does not say (it is no Linux) or the process has gone."""
    try:
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text("ascii").split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
