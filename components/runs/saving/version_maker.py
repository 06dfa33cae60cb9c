"""Versions that this app makes of an ended run's outputs, when a person asks for them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from components.library import Library, StoredOutput
from components.parameters import Request
from components.runs.live import LiveRun
from components.runs.saving.cut_background import cut_background, cut_version
from components.runs.saving.mask_compare import KEPT_OUTSIDE, kept_version, restore_outside


class VersionMaker:
    """Makes each version once, and shows it with the runs in memory. All methods are thread-safe."""

    def __init__(self, library: Library, live: Mapping[str, LiveRun], running: Collection[str]) -> None:
        self._library = library
        self._live = live
        self._running = running
        self._lock = threading.Lock()  # two tabs may request the same at once

    def put_back(self, request: Request, output: StoredOutput, feather: int) -> StoredOutput | None:
        """Make a version of an ended run's output with the original outside the mask; `request` is the run's.

        Return the existing version if there is one, and None where it makes no sense. Raise LibraryUnavailable,
        OSError, and ValueError for files that cannot be opened.
        """
        with self._adding(output):
            return kept_version(self._library, output) or restore_outside(
                self._library, request, output, {KEPT_OUTSIDE: feather}
            )

    def cut_background(self, output: StoredOutput) -> StoredOutput:
        """Make a version of an ended run's output without its flat background, or return the existing one.

        Raise ImageRefused where there is no flat background, LibraryUnavailable, and OSError.
        """
        with self._adding(output):
            made = cut_version(self._library, output) if output.role == "image" else None
            return made or cut_background(self._library, output)

    @contextmanager
    def _adding(self, output: StoredOutput) -> Iterator[None]:
        """Keep another thread from making the same version, and show what was made."""
        with self._lock:
            yield
            if output.run_id not in self._running:  # while it runs, images that arrive are there
                self._library.discard_staging(output.run_id)
        if (live := self._live.get(output.run_id)) is not None:
            live.change(images=tuple(self._library.outputs(output.run_id)))
