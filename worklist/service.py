"""One worker beside the app, for the department with a single machine: kept running, and ended with the app.

The worker is a process of its own. Its standard input is a pipe from here, so that it notices when the app is gone,
however the app ended.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Final, Self

import structlog

GRACE_S: Final = 30.0
"""How long a worker may take to end: it gives the slides in hand 20 s, then gives them back. A."""

_STDERR: Final = 2
"""What a worker has to say is no output of the app."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Rests:
    """How long to wait before a worker that died is started anew, in seconds: twice as long each time. All A."""

    first_s: float = 1.0
    longest_s: float = 60.0
    well_after_s: float = 120.0
    """A worker that ran this long was well; the next rest is the first again."""

    def after(self, deaths: int) -> float:
        """The rest after that many deaths in a row, one or more."""
        return float(min(self.first_s * 2 ** min(deaths - 1, 30), self.longest_s))


class KeptWorker:
    """Within the `with`, the command runs; where it dies it is started again, at the end it is ended and waited for.

    A worker that ends of itself with status 0 was asked to, and is left alone.
    """

    def __init__(self, command: Sequence[str], rests: Rests | None = None, grace_s: float = GRACE_S) -> None:
        self._command = list(command)
        self._rests = rests or Rests()
        self._grace_s = grace_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="keeps the worker", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopping.set()
            process = self._process
        if process is not None:
            _end(process, self._grace_s)
        self._keeper.join()

    @property
    def pid(self) -> int | None:
        """Of the worker that runs now."""
        with self._lock:
            return None if self._process is None else self._process.pid

    @property
    def is_kept(self) -> bool:
        """Whether a worker that dies now would be started again."""
        return self._keeper.is_alive()

    def _keep(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            ended = self._run()
            if self._stopping.is_set():
                return
            if ended == 0:
                _log.info("the worker ended, as it was asked to; start another with `forrang worker --stay`")
                return
            deaths = 1 if time.monotonic() - begun > self._rests.well_after_s else deaths + 1
            rest = self._rests.after(deaths)
            _log.warning("the worker ended; it is started again", status=ended, in_seconds=rest)
            self._stopping.wait(rest)

    def _run(self) -> int | str:
        """One worker from its start to its end; its exit status, or why it could not be started.

        It is in a group of its own, so that Ctrl-C reaches it through here alone.
        """
        with self._lock:
            if self._stopping.is_set():
                return 0
            try:
                process = subprocess.Popen(  # noqa: S603
                    self._command, stdin=subprocess.PIPE, stdout=_STDERR, start_new_session=True
                )
            except OSError as error:
                return str(error)
            self._process = process
        with process:
            return process.wait()


def end_with_parent(grace_s: float = GRACE_S) -> None:
    """Watches standard input from now on: when its other end is gone, this process is told to end, then made to."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        _log.warning("the app is gone, so its worker ends")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="watches the app", daemon=True).start()


def end_on_sigterm() -> None:
    """Makes SIGTERM end this process through its `finally` clauses, with the status that a shell gives it."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    process.terminate()
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        _log.warning("the worker did not end in time; it is killed, and its slide is read again later")
        process.kill()
        process.wait()
