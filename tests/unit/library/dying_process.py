"""A process that kills itself at one of its steps on the disk and the database."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from components.library import Library

FILE_STEPS = frozenset({"os.rename", "os.link", "os.remove"})


def die_at(
    last: int, library: Library, is_step: Callable[[str, Any], bool] = lambda name, _: name in FILE_STEPS
) -> Callable[[], int]:
    """Kill this process at its step `last`, 0 for never; return a function that counts the steps so far.

    A step is a statement, a commit, or what `is_step` takes of the interpreter's audit events.
    """
    steps = 0

    def step(*_: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(library.engine, "before_cursor_execute", step)
    event.listen(library.engine, "commit", step)
    sys.addaudithook(lambda name, arguments: step() if is_step(name, arguments) else None)
    return lambda: steps
