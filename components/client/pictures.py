"""An answer with pictures, plain or streamed, as events: each picture in a file before anyone hears of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.client import errors
from components.client.answer import Answer, Intake, Means, read_into_intake
from components.client.errors import ApiError
from components.client.events import Completed, Event, ImageArrived, PartialImage
from components.client.files import ImageFile, SavedFile
from components.client.links import LinkFetcher
from components.client.masking import scrub, scrub_all
from components.client.retry import FIRST_DELAY, MAX_RETRIES
from components.client.scanner import Entry, JsonScanner
from components.client.sse import EventStream, StreamEvent
from components.client.usage import summed


@dataclass(frozen=True)
class _Save:
    """A picture whose file is being brought to the disk, and what will be said once it is there."""

    file: ImageFile
    future: asyncio.Future[SavedFile]
    event: Callable[[SavedFile], Event | None]


class PictureReader:
    """Reads one answer. ``wanted`` is the number of pictures asked for, ``folder`` where the files go."""

    def __init__(self, answer: Answer, *, wanted: int, folder: Path, means: Means) -> None:
        self._answer = answer
        self._wanted = wanted
        self._folder = folder
        self._means = means
        self._worker = means.worker
        self._intake: Intake | None = None
        self._saves: deque[_Save] = deque()
        self._pictures: list[dict[str, Any]] = []  # what the answer says of each whole picture
        self._links: list[tuple[str, dict[str, Any]]] = []

    async def events(self) -> AsyncGenerator[Event, None]:
        """PartialImage and ImageArrived as they are on the disk, at last Completed.

        Raises ApiError, after the pictures that came whole. Left early or cancelled, it removes every file
        that it has not told of.
        """
        failure: ApiError | None = None
        document: dict[str, Any] = {}
        try:
            try:
                async with contextlib.aclosing(self._steps()) as steps:
                    async for intake in steps:
                        self._take(intake)
                        async for event in self._saved(only_ready=True):
                            yield event
                        # A server need not close a stream that has nothing more to say.
                        if isinstance(intake, EventStream) and (intake.done or self._is_complete):
                            break
                document = self._document()
            except ApiError as exc:
                failure = exc
            async for event in self._saved(only_ready=False):
                yield event
            if failure is not None:
                raise failure
            async with contextlib.aclosing(self._linked()) as linked:
                async for event in linked:
                    yield event
            usage = document.get("usage")
            yield Completed(
                self._answer.request_id,
                usage if isinstance(usage, dict) else None,
                scrub_all(document, self._answer.connection.api_key),
            )
        finally:
            await self._worker.run(self._discard)

    @property
    def _is_complete(self) -> bool:
        return len(self._pictures) >= self._wanted

    async def _steps(self) -> AsyncGenerator[Intake, None]:
        """The intake after every piece, and whenever a file has come to the disk meanwhile.

        The next piece of a stream may be minutes away; a preview must not wait for it.
        """
        upcoming: asyncio.Future[Intake | None] | None = None
        async with contextlib.aclosing(self._intakes()) as intakes:
            try:
                while True:
                    if self._saves:
                        upcoming = upcoming or asyncio.ensure_future(anext(intakes, None))
                        waiting: list[asyncio.Future[Any]] = [upcoming, self._saves[0].future]
                        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                        if not upcoming.done():
                            assert self._intake is not None
                            yield self._intake
                            continue
                    intake = await (upcoming or anext(intakes, None))
                    upcoming = None
                    if intake is None:
                        return
                    yield intake
            finally:
                if upcoming is not None:
                    upcoming.cancel()
                    await asyncio.gather(upcoming, return_exceptions=True)

    async def _intakes(self) -> AsyncGenerator[Intake, None]:
        def begun(intake: Intake) -> None:
            self._intake = intake

        steps = read_into_intake(self._answer, lambda: ImageFile(self._folder), begun)
        async with contextlib.aclosing(steps):
            try:
                async for intake in steps:
                    yield intake
            except ApiError:
                # What came whole before the failure, in the very same piece, still counts.
                if self._intake is not None:
                    self._take(self._intake)
                raise

    def _discard(self) -> None:
        """Removes the files that nobody was told of. Runs in a thread, since a file may just be fsynced."""
        if self._intake is not None:
            self._intake.discard()
        for save in self._saves:
            save.file.discard()

    def _take(self, intake: Intake) -> None:
        # One by one, so that after an error the rest is still there to be discarded.
        if isinstance(intake, JsonScanner):
            while intake.entries:
                self._picture(intake.entries.pop(0))
        else:
            while intake.events:
                self._event(intake.events.pop(0))

    def _event(self, event: StreamEvent) -> None:
        if event.type == "error" or event.data.get("error"):
            raise self._answer.refused(event.data)
        partial = event.type.endswith("partial_image") or "partial_image_index" in event.data
        for entry in event.entries:
            if partial:
                self._partial(entry)
            else:
                self._picture(entry)

    def _partial(self, entry: Entry) -> None:
        index = entry.members.get("partial_image_index")
        number = index if isinstance(index, int) else entry.number
        self._save(entry.image, lambda saved: _previewed(number, saved), preview=True)

    def _picture(self, entry: Entry) -> None:
        index = len(self._pictures)
        revised = entry.members.get("revised_prompt")
        prompt = revised if isinstance(revised, str) else None
        self._save(entry.image, lambda saved: _arrived(index, saved, prompt))
        self._pictures.append(entry.members)

    def _save(
        self, file: ImageFile | None, event: Callable[[SavedFile], Event | None], *, preview: bool = False
    ) -> None:
        if file is None:
            raise self._answer.error(errors.EmptyAnswer, "A picture in it has no data.")
        self._saves.append(_Save(file, self._worker.start(lambda: file.finish(preview=preview)), event))

    async def _saved(self, *, only_ready: bool) -> AsyncIterator[Event]:
        """What is on the disk, in order; else waits for all."""
        while self._saves and (self._saves[0].future.done() or not only_ready):
            save = self._saves[0]
            with self._answer.explained():
                try:
                    saved = await asyncio.shield(save.future)
                except OSError:
                    await self._worker.run(self._saves.popleft().file.discard)
                    raise
            self._saves.popleft()
            if (event := save.event(saved)) is not None:
                yield event

    def _document(self) -> dict[str, Any]:
        """The answer's JSON without pictures, once all of it has come. Raises ApiError when it is none."""
        if isinstance(self._intake, EventStream):
            return self._stream_document(self._intake)
        assert self._intake is not None
        with self._answer.explained():
            document = self._intake.finish()
        if isinstance(document, list):
            document = {"data": document}
        if not isinstance(document, dict):
            raise self._answer.error(errors.NotJsonAnswer, "It is not a JSON object.")
        if document.get("error"):
            raise self._answer.refused(document)
        self._find_links(document.get("data"))
        if not self._pictures and not self._links:
            raise self._answer.error(errors.EmptyAnswer, "There is no picture in it.")
        return document

    def _find_links(self, data: Any) -> None:
        for item in data if isinstance(data, list) else ():
            if isinstance(item, dict) and isinstance(item.get("url"), str) and item["url"]:
                self._links.append((item["url"], item))

    def _stream_document(self, intake: EventStream) -> dict[str, Any]:
        if not self._is_complete and not (intake.done and self._pictures):
            came = f"{len(self._pictures)} of {self._wanted} pictures" if self._pictures else "no picture"
            raise self._answer.error(errors.CutShort, f"The stream ended after {came}.")
        last = {name: value for name, value in self._pictures[-1].items() if name not in ("type", "created_at")}
        usage = summed([picture.get("usage") for picture in self._pictures])
        created = self._pictures[-1].get("created_at")
        return {
            **last,
            **({"created": created} if created is not None else {}),
            **({"usage": usage} if usage else {}),
            "data": self._pictures,
        }

    async def _linked(self) -> AsyncGenerator[Event, None]:
        """The pictures that the answer only links to; one that fails does not keep the others from coming."""
        if not self._links:
            return
        limits = self._means.limits
        fetcher = LinkFetcher(
            self._answer.endpoint,
            self._answer.connection.endpoint_name,
            connect_timeout=limits.connect_timeout,
            read_timeout=limits.read_timeout,
            limit=limits.max_response_bytes,
        )
        failure: ApiError | None = None
        try:
            for link, members in self._links:
                try:
                    file = await self._fetch(fetcher, link)
                except ApiError as exc:
                    exc.request_id = self._answer.request_id
                    exc.next_step = scrub(exc.next_step, self._answer.connection.api_key)
                    failure = failure or exc
                    continue
                self._picture(Entry(0, members, file))
                async for event in self._saved(only_ready=False):
                    yield event
        finally:
            await fetcher.aclose()
        if failure is not None:
            raise failure

    async def _fetch(self, fetcher: LinkFetcher, link: str) -> ImageFile:
        """The link's picture. Tried again after a failure that may pass: fetching costs nothing."""
        for attempt in range(MAX_RETRIES + 1):
            file = ImageFile(self._folder)
            try:
                with self._answer.explained():
                    await fetcher.fetch(link, file)
                return file
            except BaseException as exc:
                await self._worker.run(file.discard)
                if attempt == MAX_RETRIES or not _may_pass(exc):
                    raise
            await self._means.sleep(FIRST_DELAY * 2**attempt)
        raise AssertionError("the last attempt either returns or raises")


def _may_pass(exc: BaseException) -> bool:
    return (
        isinstance(exc, errors.LinkFailed)
        and not isinstance(exc, errors.ForbiddenLink)
        and (exc.status is None or exc.status >= 500)
    )


def _arrived(index: int, saved: SavedFile, revised_prompt: str | None) -> ImageArrived:
    return ImageArrived(index, saved.path, saved.sha256, saved.bytes, revised_prompt, saved.data)


def _previewed(number: int, saved: SavedFile) -> PartialImage | None:
    """None for one that the disk did not take: it is not worth the memory."""
    return PartialImage(number, saved.path) if saved.data is None else None
