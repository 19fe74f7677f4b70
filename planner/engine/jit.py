"""Compiles the kernel with numba where numba is; elsewhere the reference engine does the work in plain Python."""

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

numba: Any = importlib.import_module("numba") if importlib.util.find_spec("numba") else None

Function = TypeVar("Function", bound=Callable[..., Any])

HAS_NUMBA = numba is not None

_OPTIONS = {"cache": True, "error_model": "numpy", "_nrt": False}
"""The kernel makes no arrays, so it need not count references to them: counting costs it nine tenths of its time."""


def cache_folder() -> Path:
    """Where compiled code is kept: a folder for each state of the engine's sources.

    numba looks only at the file of the function called from outside; a change in another would leave stale code.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "forrang" / "kernel" / state


def both_ways(function: Function) -> Function:
    """The function as it is, for Python, which compiled code may call too."""
    if numba is None:
        return function
    compiled: Function = numba.extending.register_jitable(forceinline=True)(function)
    return compiled


def jit(function: Function) -> Function:
    """The function compiled on its first call, and kept on disk for the next process; as it is without numba."""
    if numba is None:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        compiled: Function = numba.njit(**_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


def is_compiled(function: Callable[..., Any]) -> bool:
    """Whether the next call need not compile: it was compiled in this process, or its machine code is in the cache."""
    return bool(getattr(function, "signatures", ())) or any(cache_folder().glob("**/*.nbc"))
