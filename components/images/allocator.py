"""Lets memory go back to the system when it is freed. Only glibc needs it; elsewhere nothing happens.

glibc takes large blocks from the system and gives them back, but learns from the first that is freed to keep later
ones in the heaps of the threads: after a few images at once the process stays hundreds of megabytes large.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 1 << 20  # bytes; Pillow takes its memory in blocks of up to 16 MB


def return_large_blocks() -> None:
    """Take every large block from the system itself from now on, so that it goes back the moment it is freed."""
    with contextlib.suppress(OSError, AttributeError):
        _libc().mallopt(_M_MMAP_THRESHOLD, _LARGE)


def trim() -> None:
    """Give back what lies unused at the ends of the heaps."""
    with contextlib.suppress(OSError, AttributeError):
        _libc().malloc_trim(0)


def _libc() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError
    return ctypes.CDLL(None)
