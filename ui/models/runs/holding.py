"""A file that a process holds for as long as it lives, however it ends: whoever asks can tell whether it still does."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Holds the file, with this process's number in it; waits for whoever holds it. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds the file now."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def holder(path: Path) -> int | None:
    """The number of the process that holds the file; None where none does."""
    try:
        number = int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return number if is_held(path) else None
