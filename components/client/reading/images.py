"""An answer with images, plain or streamed, as events: each image in a file before anyone hears of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.client import errors
from components.client.errors import ApiError, BadAnswer, ConnectionLost, NoAnswerInTime
from components.client.events import AnswerFacts, Completed, Event, ImageArrived, PartialImage
from components.client.masking import scrub_all
from components.client.reading import body as answers
from components.client.reading.body import Intake, ReadContext, ResponseReader, read_into_intake, until_quiet
from components.client.reading.image_file import ImageFile, SavedFile
from components.client.reading.json_scanner import JsonScanner, ScannedObject
from components.client.reading.linked_images import fetch_all, links_in
from components.client.reading.sse import EventStream, StreamEvent
from components.client.reading.tally import ImageTally

# After the last image these change nothing any more; an error that the server itself reports does.
_ONLY_THE_END_IS_MISSING = (BadAnswer, ConnectionLost, NoAnswerInTime)


@dataclass(frozen=True)
class _Save:
    """An image whose file is being brought to the disk, and what will be said once it is there."""

    file: ImageFile
    future: asyncio.Future[SavedFile]
    place: int | None  # None for a preview
    event: Callable[[SavedFile], Event | None]


class PictureReader:
    """Reads one answer. ``wanted`` is the number of images asked for, ``folder`` where the files go."""

    def __init__(self, answer: ResponseReader, *, wanted: int, folder: Path, means: ReadContext) -> None:
        self._answer = answer
        self._folder = folder
        self._means = means
        self._worker = means.worker
        self._intake: Intake | None = None
        self._saves: deque[_Save] = deque()
        self._tally = ImageTally(answer, wanted)
        self._links: list[tuple[int, str, dict[str, Any]]] = []  # with the place of each
        self._document: dict[str, Any] = {}  # the answer's JSON without images

    async def events(self) -> AsyncGenerator[Event, None]:
        """PartialImage and ImageArrived as they are on the disk, AnswerFacts, at last Completed.

        Raises ApiError, after the images that came whole. Left early or cancelled, it removes every file that it has
        not told of.
        """
        try:
            failure: ApiError | None = None
            async with contextlib.aclosing(self._read()) as events:
                try:
                    async for event in events:
                        yield event
                except ApiError as exc:
                    failure = exc
            async for event in self._saved(only_ready=False):
                yield event
            if self._links:
                yield self._facts()
                async with contextlib.aclosing(self._linked()) as linked:
                    async for event in linked:
                        yield event
            failure = failure or self._tally.missing(self._stream)
            facts = self._facts()
            if failure is not None:
                if facts.usage or facts.answer:
                    yield facts
                raise self._tally.told(failure, facts.usage, is_plain=self._stream is None)
            yield Completed(self._answer.request_id, facts.usage, facts.answer)
        finally:
            await self._worker.run(self._discard)

    @property
    def _stream(self) -> EventStream | None:
        return self._intake if isinstance(self._intake, EventStream) else None

    async def _read(self) -> AsyncGenerator[Event, None]:
        """The events of all that comes over the wire. Raises ApiError."""
        steps = until_quiet(
            read_into_intake(self._answer, lambda: ImageFile(self._folder), self._begun),
            seconds=self._patience,
            # The next piece of a stream may be minutes away; a preview on the disk must not wait for it.
            others=lambda: [self._saves[0].future] if self._saves else [],
        )
        told = 0
        try:
            async with contextlib.aclosing(steps):
                async for _ in steps:
                    self._take()
                    async for event in self._saved(only_ready=True):
                        yield event
                    if self._stream is not None and len(self._tally.members) > told:
                        told = len(self._tally.members)
                        yield self._facts()
                    if self._stream is not None and self._stream.done:
                        break
            self._take()
            self._finish()
        except ApiError as exc:
            with contextlib.suppress(ApiError):  # the first failure is the one to tell of
                self._take()
            ended = self._stream is not None and self._tally.is_complete
            if not (ended and isinstance(exc, _ONLY_THE_END_IS_MISSING)):
                raise

    def _begun(self, intake: Intake) -> None:
        self._intake = intake

    def _patience(self) -> float | None:
        """How long to wait for the next piece: a stream that has brought everything need not be closed."""
        if self._stream is None or not (self._tally.is_complete and self._tally.all_differ):
            return None
        return min(answers.QUIET_AFTER_LAST, self._means.limits.read_timeout)

    def _discard(self) -> None:
        """Removes the files that nobody was told of. Runs in a thread, since a file may just be fsynced."""
        if self._intake is not None:
            self._intake.discard()
        for save in self._saves:
            save.file.discard()

    def _take(self) -> None:
        # One by one, so that after an error the rest is still there to be discarded.
        if isinstance(self._intake, JsonScanner):
            while self._intake.entries:
                self._image(self._intake.entries.pop(0))
        elif self._intake is not None:
            while self._intake.events:
                self._event(self._intake.events.pop(0))

    def _event(self, event: StreamEvent) -> None:
        self._tally.count_usage(event.data)
        if event.type == "error" or event.data.get("error"):
            raise self._answer.refused(event.data)
        if event.type.endswith("partial_image") or "partial_image_index" in event.data:
            for entry in event.entries:
                self._preview(entry)
            return
        for entry in event.entries:
            self._image(entry)
        if not event.entries:
            links = links_in([event.data])
            for link, members in links:
                self._link(link, members)
            if not links and "b64_json" in event.data:
                self._tally.lacking()
        for link, members in links_in(event.data.get("data")):  # a plain answer as one event
            self._link(link, members)

    def _preview(self, entry: ScannedObject) -> None:
        """A preview that is broken is left out: it is not what was asked for."""
        index = entry.members.get("partial_image_index")
        number = index if isinstance(index, int) else entry.number
        if entry.image is not None:
            self._save(entry.image, None, lambda saved: _previewed(number, saved))

    def _image(self, entry: ScannedObject) -> None:
        place = self._tally.place()
        self._tally.seen.append(entry.members)
        if entry.image is None:
            self._tally.broken(place, entry)
            return
        self._tally.came(entry.members, entry.image)
        self._save_image(entry.image, place, entry.members)

    def _link(self, link: str, members: dict[str, Any]) -> None:
        self._links.append((self._tally.place(), link, members))
        self._tally.came(members, None)

    def _save_image(self, file: ImageFile, place: int, members: dict[str, Any]) -> None:
        revised = members.get("revised_prompt")
        prompt = revised if isinstance(revised, str) else None
        self._save(file, place, lambda saved: _arrived(place, saved, prompt))

    def _save(self, file: ImageFile, place: int | None, event: Callable[[SavedFile], Event | None]) -> None:
        future = self._worker.start(lambda: file.finish(preview=place is None))
        self._saves.append(_Save(file, future, place, event))

    async def _saved(self, *, only_ready: bool) -> AsyncIterator[Event]:
        """What is on the disk, in order; else waits for all. A file that the disk lost does not stop the others."""
        while self._saves and (self._saves[0].future.done() or not only_ready):
            save = self._saves[0]
            try:
                saved = await asyncio.shield(save.future)
            except OSError as exc:
                await self._worker.run(self._saves.popleft().file.discard)
                if save.place is not None:
                    self._tally.broken(save.place, ScannedObject(save.place, {}, None, exc))
                continue
            self._saves.popleft()
            self._tally.arrived += save.place is not None
            if (event := save.event(saved)) is not None:
                yield event

    def _finish(self) -> None:
        """Reads the plain answer's JSON, once all of it has come. Raises ApiError when it is none or has no image."""
        if not isinstance(self._intake, JsonScanner):
            return
        with self._answer.explained():
            document = self._intake.finish()
        if isinstance(document, list):
            document = {"data": document}
        if not isinstance(document, dict):
            raise self._answer.error(errors.NotJsonAnswer, "It is not a JSON object.")
        self._document = document
        if document.get("error"):
            raise self._answer.refused(document)
        data = document.get("data")
        with_data = list(self._tally.seen)
        for link, members in links_in(data):
            if members not in with_data:
                self._link(link, members)
        for item in data if isinstance(data, list) else ():
            if item not in with_data and not links_in([item]):
                self._tally.lacking()
        if not self._tally.place_count:
            raise self._answer.error(errors.EmptyAnswer, "There is no image in it.")

    def _facts(self) -> AnswerFacts:
        """What the answer says besides its images, as far as it has come."""
        document = self._document if self._stream is None else self._stream_document()
        usage = self._tally.usage or document.get("usage")
        if not usage and isinstance(self._intake, JsonScanner):
            usage = self._intake.usage  # all that is left of JSON that broke off
        usage = usage if isinstance(usage, dict) and usage else None
        return AnswerFacts(usage, scrub_all(document, self._answer.connection.api_key))

    def _stream_document(self) -> dict[str, Any]:
        """A stream's images put together as the plain answer would have told of them."""
        members = self._tally.members
        if not members:
            return {}
        last = {name: value for name, value in members[-1].items() if name not in ("type", "created_at")}
        created, usage = members[-1].get("created_at"), self._tally.usage
        return {
            **last,
            **({"created": created} if created is not None else {}),
            **({"usage": usage} if usage else {}),
            "data": members,
        }

    async def _linked(self) -> AsyncGenerator[Event, None]:
        links = [link for _, link, _ in self._links]
        async with contextlib.aclosing(fetch_all(links, self._answer, self._folder, self._means)) as fetched:
            async for number, file in fetched:
                place, _, members = self._links[number]
                if isinstance(file, ApiError):
                    self._tally.failed(place, file)
                    continue
                self._save_image(file, place, members)
                async for event in self._saved(only_ready=False):
                    yield event


def _arrived(index: int, saved: SavedFile, revised_prompt: str | None) -> ImageArrived:
    return ImageArrived(index, saved.path, saved.sha256, saved.bytes, revised_prompt, saved.data)


def _previewed(number: int, saved: SavedFile) -> PartialImage | None:
    """None for one that the disk did not take: it is not worth the memory."""
    return PartialImage(number, saved.path) if saved.data is None else None
