"""Inputs that a form holds and no run used yet: they stay as long as the form does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.library.store import Library

# An input is marked as held at most so often, in seconds.
HELD_SECONDS = 600.0


def hold_inputs(library: Library, contents: Iterable[str]) -> None:
    """Keep inputs, by their SHA-256, from being removed as unused for a day; at little cost, so at every drawing."""
    now = time.time()
    for sha256 in contents:
        path = library.files.find("input", sha256)
        with suppress(OSError):
            if path is not None and abs(now - path.stat().st_mtime) > HELD_SECONDS:
                os.utime(path)
