"""The work of a call, counted: how long a call takes says more about the machine than about the code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

# What a regular expression does runs no line of Python. A search that looks at each pair of places in the longest text
# takes many minutes; one that looks at each place takes less than a second.
CPU_SECONDS = 60.0


class TooMuchWork(AssertionError):
    """A call ran more lines than it may."""


def within_lines(most: int, call: Callable[[], T]) -> T:
    """Return what a call returns, and fail as soon as it has run more than `most` lines of Python in this thread."""
    lines = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines > most:
                raise TooMuchWork(f"more than {most:,} lines of Python")
        return count

    before, began = sys.gettrace(), time.thread_time()
    sys.settrace(count)
    try:
        found = call()
    finally:
        sys.settrace(before)
    assert lines <= most  # the code may have caught the exception
    assert time.thread_time() - began < CPU_SECONDS, f"over {CPU_SECONDS:.0f} s of work in {lines:,} lines of Python"
    return found
