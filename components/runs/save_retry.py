"""What the library did not take when it was due, tried again until it does: pictures that came, a run's end."""

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
from components.library.maintenance.recovery import UNSAVED, lost_sentence, put_in_since
from components.runs.live import LiveRun
from components.runs.save_output import put_down
from components.runs.view import UnsavedView

log = logging.getLogger(__name__)

# Seconds to wait before each next try; the last one over and over, as long as the app goes on.
AGAIN = (1, 5, 15, 60, 300, 900)

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class SaveRetry:
    """What one run still has to write. Everything here happens in the runner's loop."""

    def __init__(
        self, library: Library, live: LiveRun, in_thread: InThread, file: Callable[[ImageArrived], Awaitable[object]]
    ) -> None:
        """`file` saves a picture and shows it, as at its first time."""
        self._library = library
        self._live = live
        self._in_thread = in_thread
        self._file = file
        self._pictures: dict[str, ImageArrived] = {}
        self._filed: set[str] = set()
        self._values: dict[str, Any] | None = None
        self.came_whole = False  # the server's answer came to its end, so that only these pictures are missing

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything that the library did not take."""
        return bool(self._pictures) or self._values is not None

    @property
    def has_end(self) -> bool:
        """Whether the run's end is among it."""
        return self._values is not None

    def add(self, token: str, event: ImageArrived) -> None:
        """A picture was refused; `token` names it in the run's view."""
        self._pictures[token] = event

    def add_end(self, values: dict[str, Any]) -> None:
        """The run's end was refused: these columns."""
        self._values = values

    async def go(self) -> None:
        """Try until all is written. Stopped with the app: the next start takes the pictures in and settles the run."""
        for wait in itertools.chain(AGAIN, itertools.repeat(AGAIN[-1])):
            if not self.is_waiting:
                return
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                await self.give_up()
                raise
            await self._file_pictures()
            await self._write_end()

    async def give_up(self) -> None:
        """The app stops: what is in memory alone goes to the disk if there is room by now, for the next start."""
        lost = []
        for event in self._pictures.values():
            try:
                await self._in_thread(lambda event=event: put_down(event))  # type: ignore[misc]
            except OSError as refusal:
                lost.append(event.index)
                log.error(
                    "Image %s of run %s is lost, %s bytes in memory alone: %s",
                    *(event.index + 1, self._live.view.id, len(event.data or b""), refusal),
                )
        error = (self._values or {}).get("error", self._live.view.error)
        if lost and error is not None:
            waiting = [place for place in error.get(UNSAVED, ()) if place not in lost]
            told = {**error, "next": lost_sentence(sorted(lost)), UNSAVED: waiting}
            self._values = {**(self._values or {}), "error": told}
        await self._write_end()
        if self._values is not None:
            log.error(
                "How run %s ended is not in the database, and %s characters of its answer may be lost.",
                *(self._live.view.id, len(self._live.view.text)),
            )

    async def _file_pictures(self) -> None:
        for token, event in tuple(self._pictures.items()):
            try:
                await self._in_thread(lambda event=event: self._prepare(event))  # type: ignore[misc]
                await self._file(event)
            except LibraryUnavailable:
                continue
            except Exception:
                log.exception("picture %s of run %s is left for the next start", event.index, self._live.view.id)
                del self._pictures[token]
                continue
            self._was_filed(token, event)
        if self._pictures:
            self._live.change(unsaved=self._unsaved())
        elif self._filed:
            self._values = {**(self._values or {}), **self._mended()}

    def _prepare(self, event: ImageArrived) -> None:
        """On a disk without hard links the file may be where it belongs already, without its row."""
        original = self._library.file("original", event.sha256)
        if not event.path.exists() and original is not None:
            self._library.run_scratch(self._live.view.id)  # the end has removed it, as nothing was in it
            with contextlib.suppress(OSError):  # the saving says it in better words
                shutil.copyfile(original, event.path)

    def _was_filed(self, token: str, event: ImageArrived) -> None:
        del self._pictures[token]
        self._live.memory.pop(token, None)
        self._filed.add(token)
        # Pages that were drawn before offer it by its token.
        original = self._library.file("original", event.sha256)
        if original is not None:
            self._live.files[token] = original

    def _unsaved(self) -> tuple[UnsavedView, ...]:
        return tuple(one for one in self._live.view.unsaved if one.token not in self._filed)

    def _mended(self) -> dict[str, Any]:
        """What the run's end is now that its pictures are in."""
        error = (self._values or {}).get("error", self._live.view.error)
        if self.came_whole and not self._unsaved():
            return {"state": "done", "error": None}
        if error is None:
            return {"error": None}
        return {"error": put_in_since({key: error[key] for key in error if key != UNSAVED}, len(self._filed))}

    async def _write_end(self) -> None:
        if self._values is None:
            return
        values = self._values
        with contextlib.suppress(LibraryUnavailable):
            await self._in_thread(lambda: self._library.update_run(self._live.view.id, **values))
            self._values = None
            # In one change, since who follows the run leaves when no picture is missing.
            self._live.change(**values, unsaved=self._unsaved(), is_written=True)
            if not self._pictures:
                self._library.discard_scratch(self._live.view.id)
