"""A file that a training run holds, with its process's number in it, so that whoever asks knows which to stop."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.holding import held, is_held


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Holds the file, with this process's number in it; waits for whoever holds it. Raises OSError."""
    with held(path):
        path.write_text(str(os.getpid()), "ascii")
        yield


def holder(path: Path) -> int | None:
    """The number of the process that holds the file; None where none does."""
    try:
        number = int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return number if is_held(path) else None
