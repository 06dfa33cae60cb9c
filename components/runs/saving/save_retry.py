"""Retry what the library did not take: images, and a run's end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import shutil
from collections.abc import Awaitable, Callable
from typing import Any

from components.client.events import ImageArrived
from components.library import Library, LibraryUnavailable
from components.library.maintenance.recovery import UNSAVED, error_after_recovery, lost_sentence
from components.runs.live import LiveRun
from components.runs.saving.save_output import put_down
from components.runs.view import UnsavedView

log = logging.getLogger(__name__)

# Seconds before each retry; the last one repeats while the app runs.
RETRY_DELAYS = (1, 5, 15, 60, 300, 900)

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class SaveRetry:
    """What one run still has to write. Used in the runner's loop."""

    def __init__(
        self, library: Library, live: LiveRun, in_thread: InThread, file: Callable[[ImageArrived], Awaitable[object]]
    ) -> None:
        """`file` saves an image and shows it, as on the first attempt."""
        self._library = library
        self._live = live
        self._in_thread = in_thread
        self._file = file
        self._images: dict[str, ImageArrived] = {}
        self._saved: set[str] = set()
        self._values: dict[str, Any] | None = None
        self.is_response_complete = False  # only the images in here are missing then

    @property
    def is_waiting(self) -> bool:
        """Return whether anything remains to be written."""
        return bool(self._images) or self._values is not None

    @property
    def has_end(self) -> bool:
        """Return whether the run's end remains to be written."""
        return self._values is not None

    def add(self, token: str, event: ImageArrived) -> None:
        """Queue an image; `token` names it in the run's view."""
        self._images[token] = event

    def add_end(self, values: dict[str, Any]) -> None:
        """Queue the run's end: these columns."""
        self._values = values

    async def go(self) -> None:
        """Retry until all is written. If the app stops, the next start saves the images and the run's end."""
        for wait in itertools.chain(RETRY_DELAYS, itertools.repeat(RETRY_DELAYS[-1])):
            if not self.is_waiting:
                return
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                await self.give_up()
                raise
            await self._save_images()
            await self._write_end()

    async def give_up(self) -> None:
        """Write what is only in memory to the disk, if there is room, for the next start; called when the app stops."""
        lost = []
        for event in self._images.values():
            try:
                await self._in_thread(lambda event=event: put_down(event))  # type: ignore[misc]
            except OSError as refusal:
                lost.append(event.index)
                log.error(
                    "Lost image %s of run %s, whose %s bytes were only in memory: %s",
                    *(event.index + 1, self._live.view.id, len(event.data or b""), refusal),
                )
        error = (self._values or {}).get("error", self._live.view.error)
        if lost and error is not None:
            waiting = [place for place in error.get(UNSAVED, ()) if place not in lost]
            changed = {**error, "next": lost_sentence(sorted(lost)), UNSAVED: waiting}
            self._values = {**(self._values or {}), "error": changed}
        await self._write_end()
        if self._values is not None:
            log.error(
                "Could not store how run %s ended; %s characters of its answer may be lost.",
                *(self._live.view.id, len(self._live.view.text)),
            )

    async def _save_images(self) -> None:
        for token, event in tuple(self._images.items()):
            try:
                await self._in_thread(lambda event=event: self._prepare(event))  # type: ignore[misc]
                await self._file(event)
            except LibraryUnavailable:
                continue
            except Exception:
                log.exception("Left image %s of run %s for the next start", event.index, self._live.view.id)
                del self._images[token]
                continue
            self._mark_saved(token, event)
        if self._images:
            self._live.change(unsaved=self._unsaved())
        elif self._saved:
            self._values = {**(self._values or {}), **self._fixed_end()}

    def _prepare(self, event: ImageArrived) -> None:
        """Copy a stored file back: on a disk without hard links it may be in place without its row."""
        original = self._library.file("original", event.sha256)
        if not event.path.exists() and original is not None:
            self._library.run_staging(self._live.view.id)  # the end removed the empty folder
            with contextlib.suppress(OSError):  # saving reports it better
                shutil.copyfile(original, event.path)

    def _mark_saved(self, token: str, event: ImageArrived) -> None:
        del self._images[token]
        self._live.memory.pop(token, None)
        self._saved.add(token)
        # Pages drawn before offer it by its token.
        original = self._library.file("original", event.sha256)
        if original is not None:
            self._live.files[token] = original

    def _unsaved(self) -> tuple[UnsavedView, ...]:
        return tuple(one for one in self._live.view.unsaved if one.token not in self._saved)

    def _fixed_end(self) -> dict[str, Any]:
        """Return the run's end now that its images are saved."""
        error = (self._values or {}).get("error", self._live.view.error)
        if self.is_response_complete and not self._unsaved():
            return {"state": "done", "error": None}
        if error is None:
            return {"error": None}
        return {"error": error_after_recovery({key: error[key] for key in error if key != UNSAVED}, len(self._saved))}

    async def _write_end(self) -> None:
        if self._values is None:
            return
        values = self._values
        with contextlib.suppress(LibraryUnavailable):
            await self._in_thread(lambda: self._library.update_run(self._live.view.id, **values))
            self._values = None
            # In one change: subscribers leave when no image is missing.
            self._live.change(**values, unsaved=self._unsaved(), is_written=True)
            if not self._images:
                self._library.discard_staging(self._live.view.id)
