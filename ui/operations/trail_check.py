"""A check of the audit trail in a process of its own: it takes minutes on a long trail, and holds no page up.

There is one at a time; it goes on when the browser is closed, and what it found is there for whoever looks next.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

COMMAND: Final = (sys.executable, "-m", "cli", "audit", "verify")
"""As a person does it on the command line; the settings are those of this process."""


@dataclass(frozen=True)
class Checked:
    """A check, under way or at its end."""

    begun_utc: datetime
    anchor: str
    """The head that was to be held against; empty without one."""
    holds: bool | None
    """None while it is under way."""
    words: str
    """What was found."""


class TrailCheck:
    """The latest check of this process."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._latest: Checked | None = None

    def latest(self) -> Checked | None:
        """The check that is under way, or the last one; None before the first."""
        with self._lock:
            return self._latest

    def begin(self, begun_utc: datetime, anchor: str = "") -> bool:
        """Begins a check; False where one is under way already."""
        with self._lock:
            if self._latest is not None and self._latest.holds is None:
                return False
            self._latest = Checked(begun_utc, anchor, None, "")
        threading.Thread(target=self._run, name="waits for the check of the trail", daemon=True).start()
        return True

    def _run(self) -> None:
        with self._lock:
            it = self._latest
        if it is None:
            return
        command = [*self._command, *(("--anchor", it.anchor) if it.anchor else ())]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
            holds, words = done.returncode == 0, (done.stdout if done.returncode == 0 else done.stderr).strip()
        except OSError as error:
            holds, words = False, f"{error}"
        with self._lock:
            self._latest = Checked(it.begun_utc, it.anchor, holds, words)
