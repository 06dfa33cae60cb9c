"""Keep the inputs of open forms from being removed as unused."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.library.store import Library

# Seconds before an input is marked as held again.
HELD_SECONDS = 600.0


def hold_inputs(library: Library, contents: Iterable[str]) -> None:
    """Keep inputs, by their SHA-256, from being removed for another day. Cheap enough for every rerun."""
    now = time.time()
    for sha256 in contents:
        path = library.files.find("input", sha256)
        with suppress(OSError):
            if path is not None and abs(now - path.stat().st_mtime) > HELD_SECONDS:
                os.utime(path)
