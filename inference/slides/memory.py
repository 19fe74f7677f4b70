"""Keeps freed memory in the process, so that each row of tiles does not ask the kernel for its pages anew.

Rows of px are a few MB each: glibc by default gives such blocks back when they are freed, and every page of the next
one costs a page fault. On slides of 240-px tiles that was 40% of the time of reading.
"""

import ctypes
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""mallopt(3)."""
_LARGEST_BLOCK = 32 * 2**20
"""The most that glibc accepts as mmap threshold on 64-bit machines."""


@cache
def keep_freed_memory() -> bool:
    """Asks glibc, once a process, to keep up to 64 MB of freed memory an arena; elsewhere does nothing."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_BLOCK) and mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST_BLOCK))
