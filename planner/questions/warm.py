"""A process that has loaded the planner and splits off one for each question: `python -m planner.questions.warm`.

To load what simulates and draws takes seconds, to answer for a small laboratory one. Each question gets a process that
is new, and a copy of this one as it was before any question; this one itself answers none. It ends with whoever
started it, however that ends: its standard input is a socket from there. What it split off goes on.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

LONGEST_PATH: Final = 4096
REST_S: Final = 60.0
"""One that ended is not started again sooner, so that one that cannot start does not keep the machine busy."""
GOODBYE_S: Final = 1.0
"""How long it is waited for at the end; it ends of itself, once it has split off what was asked before."""
_STANDARD: Final = (0, 1, 2)


class WarmProcess:
    """Within the `with`, it is started when somebody comes who may ask; at the end it ends. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._allowed = False
        self._begun_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def __enter__(self) -> Self:
        self._allowed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._allowed = False
            self._end()

    @property
    def pid(self) -> int | None:
        """Of the process, where it runs."""
        with self._lock:
            return self._process.pid if self._process is not None and self._process.poll() is None else None

    def get_ready(self) -> None:
        """Starts it unless it runs. Where it cannot be started, questions are answered all the same, only later."""
        with self._lock:
            runs = self._process is not None and self._process.poll() is None
            if runs or not self._allowed or time.monotonic() - self._begun_s < REST_S * (self._begun_s > 0):
                return
            self._end()
            self._begun_s = time.monotonic()
            try:
                self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self._process = subprocess.Popen(
                        [sys.executable, "-m", "planner.questions.warm"],
                        stdin=theirs.fileno(),
                        stdout=subprocess.DEVNULL,
                        cwd=Path(__file__).resolve().parents[2],
                        start_new_session=True,
                    )
            except OSError:
                self._end()

    def answer(self, folder: Path, alive: int) -> bool:
        """Has it answer the question in the folder, with the file that says so open; False where it is not there."""
        with self._lock:
            if self._line is None or self._process is None or self._process.poll() is not None:
                return False
            try:
                socket.send_fds(self._line, [os.fsencode(folder)], [alive])
            except OSError:
                return False
            return True

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):  # while it loads, it does not hear that nobody is there any more
                self._process.wait(GOODBYE_S)
        self._line = self._process = None


WARM: Final = WarmProcess()
"""That of this server."""


def main() -> None:
    """Loads the planner, then splits off a process for each question that comes, until nobody is there to ask."""
    from planner.questions.process import main as answer_question

    _warm_up()
    gc.freeze()  # what is shared with the copies is not looked through by them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that ended are not kept as ended and never asked after
    with socket.socket(fileno=_STANDARD[0]) as line:
        while True:
            told, handles, _, _ = socket.recv_fds(line, LONGEST_PATH, 1)
            if not told:
                return
            if os.fork() == 0:
                break
            for handle in handles:
                os.close(handle)
        line.detach()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder = Path(os.fsdecode(told))
    _stand_alone(folder)
    answer_question(folder)


def _warm_up() -> None:
    """Goes the whole way to an answer once, of which nothing is kept: code is loaded on the way, and compiled."""
    from planner.replications.replicate import replicate
    from planner.report.compose import run_page
    from planner.report.page_file import page_to_json
    from planner.scenario.load import load_scenario

    page_to_json(run_page(replicate(load_scenario("small-lab"), 2, jobs=1), []))


def _stand_alone(folder: Path) -> None:
    """This process becomes one of its own, which speaks to the question's folder alone."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in zip((nothing, log, log), _STANDARD, strict=True):
        os.dup2(source, target)


if __name__ == "__main__":
    main()
