"""Compiles the kernel with numba where numba is; elsewhere the reference engine does the work in plain Python."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

try:
    import numba
    from numba.extending import register_jitable
except ImportError:  # no numba for this platform or this Python
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])

HAS_NUMBA = numba is not None


def cache_folder() -> Path:
    """Where compiled code is kept: a folder for each state of the engine's sources.

    numba looks only at the file of the function that is called from outside, so a change in another file would leave stale code.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "forrang" / "kernel" / state


def both_ways(function: Function) -> Function:
    """The function as it is, for Python, which compiled code may call too."""
    return function if numba is None else register_jitable(forceinline=True)(function)


def jit(function: Function) -> Function:
    """The function compiled on its first call, and kept on disk for the next process; as it is without numba."""
    if numba is None:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        compiled: Function = numba.njit(cache=True, _nrt=False)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


def is_compiled(function: Callable[..., Any]) -> bool:
    """Whether the next call will not have to compile: it has been compiled in this process, or lies in the cache."""
    if getattr(function, "signatures", ()):
        return True
    return any(cache_folder().glob(f"**/{getattr(function, '__name__', '')}*.nbc")) or any(
        cache_folder().glob(f"**/*.{getattr(function, '__name__', '')}-*.nbi")
    )
