"""Return freed memory to the system. Only glibc needs this; with other C libraries nothing happens.

glibc maps large blocks from the system and returns them, but learns from the first that is freed to keep later
ones in the heaps of the threads: after a few images at once the process stays hundreds of megabytes large.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 1 << 20  # bytes; Pillow takes its memory in blocks of up to 16 MB


def return_large_blocks() -> None:
    """Make malloc map every large block by itself, so that the system has it back as soon as it is freed."""
    with contextlib.suppress(OSError, AttributeError):
        _libc().mallopt(_M_MMAP_THRESHOLD, _LARGE)


def trim() -> None:
    """Return unused memory at the ends of the heaps to the system."""
    with contextlib.suppress(OSError, AttributeError):
        _libc().malloc_trim(0)


def _libc() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError
    return ctypes.CDLL(None)
