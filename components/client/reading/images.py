"""A response with images, plain or streamed, as events. Each image is in a file before its event."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.client import errors
from components.client.errors import ApiError
from components.client.events import Completed, Event, ImageArrived, PartialImage, ResponseMetadata
from components.client.masking import scrub_all
from components.client.reading import body
from components.client.reading.body import (
    ONLY_THE_END_IS_MISSING,
    BodyParser,
    ReadContext,
    ResponseReader,
    parse_body,
    until_idle,
)
from components.client.reading.image_file import ImageFile, SavedFile
from components.client.reading.json_scanner import IMAGE_KEYS, JsonScanner, ScannedObject
from components.client.reading.linked_images import fetch_all, links_in
from components.client.reading.sse import EventStream, StreamEvent
from components.client.reading.tally import ImageTally


@dataclass(frozen=True)
class _Save:
    """An image whose file is being synced to disk, and the event to yield then."""

    file: ImageFile
    future: asyncio.Future[SavedFile]
    place: int | None  # None for a preview
    event: Callable[[SavedFile], Event | None]


class ImageReader:
    """Reads one response. ``wanted`` is the number of requested images, ``folder`` where the files go.

    The response's document stands ``inside`` these members of the JSON, one in the other.
    """

    image_keys = IMAGE_KEYS

    def __init__(
        self, answer: ResponseReader, *, wanted: int, folder: Path, context: ReadContext, inside: Sequence[str] = ()
    ) -> None:
        self._answer = answer
        self._inside = inside
        self._folder = folder
        self._context = context
        self._worker = context.worker
        self._parser: BodyParser | None = None
        self._saves: deque[_Save] = deque()
        self._tally = ImageTally(answer, wanted)
        self._links: list[tuple[int, str, dict[str, Any]]] = []  # with the place of each
        self._document: dict[str, Any] = {}  # the response's JSON without images

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield PartialImage and ImageArrived once on disk, ResponseMetadata, and Completed.

        Raise ApiError after the complete images. When closed early or cancelled, delete every file that was not
        yielded.
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
                raise self._tally.with_kept(failure, facts.usage, is_plain=self._stream is None)
            yield Completed(self._answer.request_id, facts.usage, facts.answer)
        finally:
            await self._worker.run(self._discard)

    @property
    def _stream(self) -> EventStream | None:
        return self._parser if isinstance(self._parser, EventStream) else None

    async def _read(self) -> AsyncGenerator[Event, None]:
        """Yield the events of everything that arrives. Raise ApiError."""
        steps = until_idle(
            parse_body(self._answer, lambda: ImageFile(self._folder), self._set_parser, self.image_keys),
            seconds=self._patience,
            # The next piece of a stream may be minutes away; a preview on the disk must not wait for it.
            others=lambda: [self._saves[0].future] if self._saves else [],
        )
        reported = 0
        try:
            async with contextlib.aclosing(steps):
                async for _ in steps:
                    self._take()
                    async for event in self._saved(only_ready=True):
                        yield event
                    if self._stream is not None and len(self._tally.members) > reported:
                        reported = len(self._tally.members)
                        yield self._facts()
                    if self._stream is not None and self._stream.done:
                        break
            self._take()
            self._finish()
        except ApiError as exc:
            with contextlib.suppress(ApiError):  # the first failure is the one to report
                self._take()
            ended = self._stream is not None and self._tally.is_complete
            if not (ended and isinstance(exc, ONLY_THE_END_IS_MISSING)):
                raise

    def _set_parser(self, parser: BodyParser) -> None:
        self._parser = parser

    def _patience(self) -> float | None:
        """Return how long to wait for the next piece: a server need not close a complete stream."""
        if self._stream is None or not (self._tally.is_complete and self._tally.all_differ):
            return None
        return min(body.IDLE_AFTER_LAST, self._context.limits.read_timeout)

    def _discard(self) -> None:
        """Delete the files that were not yielded. Runs in a thread, since a file may be in fsync."""
        if self._parser is not None:
            self._parser.discard()
        for save in self._saves:
            save.file.discard()

    def _take(self) -> None:
        # One by one, so that after an error the rest can be discarded.
        if isinstance(self._parser, JsonScanner):
            while self._parser.entries:
                self._image(self._parser.entries.pop(0))
        elif self._parser is not None:
            while self._parser.events:
                self._event(self._parser.events.pop(0))

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
                self._tally.add_missing()
        for link, members in links_in(event.data.get("data")):  # a plain answer as one event
            self._link(link, members)

    def _preview(self, entry: ScannedObject) -> None:
        """Save a preview; leave out a broken one."""
        index = entry.members.get("partial_image_index")
        number = index if isinstance(index, int) else entry.number
        if entry.image is not None:
            self._save(entry.image, None, lambda saved: _previewed(number, saved))

    def _image(self, entry: ScannedObject) -> None:
        place = self._tally.place()
        self._tally.seen.append(entry.members)
        if entry.image is None:
            self._tally.add_broken(place, entry)
            return
        self._tally.add(entry.members, entry.image)
        self._save_image(entry.image, place, entry.members)

    def _link(self, link: str, members: dict[str, Any]) -> None:
        self._links.append((self._tally.place(), link, members))
        self._tally.add(members, None)

    def _save_image(self, file: ImageFile, place: int, members: dict[str, Any]) -> None:
        revised = members.get("revised_prompt")
        prompt = revised if isinstance(revised, str) else None
        self._save(file, place, lambda saved: _arrived(place, saved, prompt))

    def _save(self, file: ImageFile, place: int | None, event: Callable[[SavedFile], Event | None]) -> None:
        future = self._worker.start(lambda: file.finish(preview=place is None))
        self._saves.append(_Save(file, future, place, event))

    async def _saved(self, *, only_ready: bool) -> AsyncIterator[Event]:
        """Yield what is on disk, in order, or wait for all. A file that the disk lost does not stop the others."""
        while self._saves and (self._saves[0].future.done() or not only_ready):
            save = self._saves[0]
            try:
                saved = await asyncio.shield(save.future)
            except OSError as exc:
                await self._worker.run(self._saves.popleft().file.discard)
                if save.place is not None:
                    self._tally.add_broken(save.place, ScannedObject(save.place, {}, None, exc))
                continue
            self._saves.popleft()
            self._tally.arrived += save.place is not None
            if (event := save.event(saved)) is not None:
                yield event

    def _finish(self) -> None:
        """Read the complete JSON of a plain response. Raise ApiError when it is invalid or has no image."""
        if not isinstance(self._parser, JsonScanner):
            return
        with self._answer.explained():
            document = self._parser.finish()
        for name in self._inside:
            document = document.get(name) if isinstance(document, dict) else None
        if isinstance(document, list):
            document = {"data": document}
        if not isinstance(document, dict):
            raise self._answer.error(errors.NotJsonResponse, "It is not a JSON object.")
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
                self._tally.add_missing()
        if not self._tally.place_count:
            raise self._answer.error(errors.EmptyResponse, "There is no image in it.")

    def _facts(self) -> ResponseMetadata:
        """Return what the response says besides its images, as far as it has arrived."""
        document = self._document if self._stream is None else self._stream_document()
        usage = self._tally.usage or document.get("usage")
        if not usage and isinstance(self._parser, JsonScanner):
            usage = self._parser.usage  # all that is left of JSON that broke off
        usage = usage if isinstance(usage, dict) and usage else None
        return ResponseMetadata(usage, scrub_all(document, self._answer.connection.secrets))

    def _stream_document(self) -> dict[str, Any]:
        """Return a stream's images in the shape of a plain response."""
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
        async with contextlib.aclosing(fetch_all(links, self._answer, self._folder, self._context)) as fetched:
            async for number, file in fetched:
                place, _, members = self._links[number]
                if isinstance(file, ApiError):
                    self._tally.add_failed(place, file)
                    continue
                self._save_image(file, place, members)
                async for event in self._saved(only_ready=False):
                    yield event


def _arrived(index: int, saved: SavedFile, revised_prompt: str | None) -> ImageArrived:
    return ImageArrived(index, saved.path, saved.sha256, saved.bytes, revised_prompt, saved.data)


def _previewed(number: int, saved: SavedFile) -> PartialImage | None:
    """Return the event, or None when the disk did not take the preview: it is not worth the memory."""
    return PartialImage(number, saved.path) if saved.data is None else None
