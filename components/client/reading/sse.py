"""Server-sent events from bytes that arrive in pieces, with the images inside them going straight to files.

The rules are those of the HTML standard, "Interpreting an event stream": lines end with CR, LF or both, ``data`` lines
of one event are joined, an empty line ends the event, lines that start with a colon are comments. Each event's data is
JSON and goes through its own JsonScanner. Two leniencies: an event that the end of the stream cuts off before its empty
line counts when its JSON is complete; and an event that is not a JSON object is skipped, but its complete images are
kept, since the events beside it are paid for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import IMAGE_KEYS, InvalidJson, JsonScanner, JsonTooLarge, ScannedObject

_DONE = b"[DONE]"
_MAX_NAME_LENGTH = 1000
_PARTIAL = b"partial_image"  # in the type and in the index of a preview


@dataclass(frozen=True)
class StreamEvent:
    """One event: its type (from the JSON, else from the ``event`` line), its JSON without images, its images."""

    type: str
    data: dict[str, Any]
    entries: tuple[ScannedObject, ...] = ()


class EventStream:
    """``feed`` takes the pieces, ``events`` collects complete events, ``close`` ends the stream.

    ``done``: ``[DONE]`` arrived. ``malformed`` counts skipped events; ``problem`` is the first one's error.
    """

    def __init__(
        self, new_file: Callable[[], ImageFile] | None, *, limit: int, image_keys: frozenset[bytes] = IMAGE_KEYS
    ) -> None:
        self.events: list[StreamEvent] = []
        self.done = False
        self.malformed = 0
        self.problem: InvalidJson | JsonTooLarge | None = None
        self._new_file = new_file
        self._limit = limit
        self._image_keys = image_keys
        self._scanner: JsonScanner | None = None
        self._event_problem: InvalidJson | JsonTooLarge | None = None  # of the event that is being read
        self._event = b""
        self._field = b""  # the line's name, before its colon
        self._value: Callable[[bytes], None] | None = None  # takes the value, after the colon
        self._skip_blank = False  # the blank after the colon
        self._skip_line_feed = False  # the second half of CR LF

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        position = 0
        while position < len(data):
            if self._skip_line_feed:
                self._skip_line_feed = False
                if data[position] == 10:
                    position += 1
                    continue
            feed = data.find(b"\n", position)
            carriage = data.find(b"\r", position, feed if feed >= 0 else len(data))
            end = carriage if carriage >= 0 else feed
            self._take(data[position : end if end >= 0 else len(data)])
            if end < 0:
                return
            self._skip_line_feed = end == carriage
            position = end + 1
            self._end_line()

    def close(self) -> None:
        """Mark the end of the stream. What is complete in the last event counts."""
        if self._field or self._value:
            self._end_line()
        self._dispatch()

    def discard(self) -> None:
        """Delete the files of images that are incomplete or were not taken."""
        if self._scanner is not None:
            self._scanner.discard()
        for event in self.events:
            for entry in event.entries:
                if entry.image is not None:
                    entry.image.discard()

    def _take(self, text: bytes) -> None:
        """Take the next piece of the current line."""
        if self._value is None:
            name, colon, text = text.partition(b":")
            self._field = (self._field + name)[:_MAX_NAME_LENGTH]
            if not colon:
                return
            self._value = self._taker(self._field)
            self._skip_blank = True
        if text and self._skip_blank:
            self._skip_blank = False
            text = text[1:] if text[:1] == b" " else text
        if text:
            self._value(text)

    def _taker(self, name: bytes) -> Callable[[bytes], None]:
        if name == b"data":
            if self._scanner is not None:
                self._take_data(b"\n")
            else:
                self._scanner = JsonScanner(self._new_file, limit=self._limit, image_keys=self._image_keys)
            return self._take_data
        if name == b"event":
            self._event = b""
            return self._take_event
        return _ignore

    def _take_data(self, text: bytes) -> None:
        if self._scanner is None or self._event_problem is not None:
            return
        try:
            self._scanner.feed(text)
        except (InvalidJson, JsonTooLarge) as exc:
            self._event_problem = exc

    def _take_event(self, text: bytes) -> None:
        self._event = (self._event + text)[:_MAX_NAME_LENGTH]

    def _end_line(self) -> None:
        if self._value is None and not self._field:
            self._dispatch()
        self._field, self._value = b"", None

    def _dispatch(self) -> None:
        scanner, event, problem = self._scanner, self._event.decode("utf-8", "replace"), self._event_problem
        self._scanner, self._event, self._event_problem = None, b"", None
        if scanner is None:
            return
        if self.done:
            scanner.discard()
            return
        text = scanner.rest().strip()
        if text.startswith(_DONE):
            self.done = True
        elif text:
            try:
                if problem is not None:
                    raise problem
                data = scanner.finish()
                if not isinstance(data, dict):
                    raise InvalidJson("an event is not a JSON object")
            except (InvalidJson, JsonTooLarge) as exc:
                self._leave_out(scanner, event, exc)
                return
            kind = data.get("type")
            kind = kind if isinstance(kind, str) and kind else event
            self.events.append(StreamEvent(kind, data, tuple(scanner.entries)))

    def _leave_out(self, scanner: JsonScanner, event: str, problem: InvalidJson | JsonTooLarge) -> None:
        """Keep the complete images and the usage of a malformed event."""
        self.malformed += 1
        self.problem = self.problem or problem
        scanner.close_entries()
        entries, scanner.entries = tuple(scanner.entries), []
        scanner.discard()
        partial = _PARTIAL in scanner.rest() or _PARTIAL.decode() in event
        if entries and partial:
            for entry in entries:
                if entry.image is not None:
                    entry.image.discard()
        elif entries or scanner.usage:
            data = {"usage": scanner.usage} if scanner.usage else {}
            self.events.append(StreamEvent("", data, entries))


def _ignore(text: bytes) -> None:
    """Ignore comments, ``id`` and ``retry``."""
