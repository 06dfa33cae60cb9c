"""Server-sent events out of bytes that arrive in pieces, with pictures inside them going straight to files.

The rules are those of the HTML standard, "Interpreting an event stream": lines end with CR, LF or both,
``data`` lines of one event are joined, an empty line ends the event, lines that begin with a colon are
comments. Each event's data is JSON here and goes through a JsonScanner of its own, so that a picture in it is
never held whole. Two leniencies: an event that the end of the stream cuts off before its empty line counts when
its JSON is whole; and an event that is no JSON object is left out, with what came whole in it kept, since the events
beside it are paid for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import BadJson, JsonScanner, ScannedObject, TooMuchJson

_DONE = b"[DONE]"
_LONGEST_NAME = 1000
_PARTIAL = b"partial_image"  # in the type and in the index of a preview


@dataclass(frozen=True)
class StreamEvent:
    """One event: its type (from the JSON, else from the ``event`` line), its JSON without pictures, and the
    pictures.
    """

    type: str
    data: dict[str, Any]
    entries: tuple[ScannedObject, ...] = ()


class EventStream:
    """``feed`` takes the pieces, ``events`` collects what is complete, ``close`` ends the stream. ``done``:
    ``[DONE]`` came. ``malformed`` counts the events that were left out, ``problem`` is what was wrong with the first.
    """

    def __init__(self, new_file: Callable[[], ImageFile] | None, *, limit: int) -> None:
        self.events: list[StreamEvent] = []
        self.done = False
        self.malformed = 0
        self.problem: BadJson | TooMuchJson | None = None
        self._new_file = new_file
        self._limit = limit
        self._scanner: JsonScanner | None = None
        self._event_problem: BadJson | TooMuchJson | None = None  # of the event that is being read
        self._event = b""
        self._field = b""  # what has come of the line before its colon
        self._value: Callable[[bytes], None] | None = None  # takes what comes behind the colon
        self._skip_blank = False  # the one blank behind the colon
        self._skip_line_feed = False  # the second half of CR LF

    def feed(self, data: bytes) -> None:
        """Takes the next piece."""
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
        """Says that nothing more will come. Whatever came whole of the last event counts."""
        if self._field or self._value:
            self._end_line()
        self._dispatch()

    def discard(self) -> None:
        """Removes the files of pictures that are not complete or were not taken."""
        if self._scanner is not None:
            self._scanner.discard()
        for event in self.events:
            for entry in event.entries:
                if entry.image is not None:
                    entry.image.discard()

    def _take(self, text: bytes) -> None:
        """The next piece of the current line."""
        if self._value is None:
            name, colon, text = text.partition(b":")
            self._field = (self._field + name)[:_LONGEST_NAME]
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
                self._scanner = JsonScanner(self._new_file, limit=self._limit)
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
        except (BadJson, TooMuchJson) as exc:
            self._event_problem = exc

    def _take_event(self, text: bytes) -> None:
        self._event = (self._event + text)[:_LONGEST_NAME]

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
                    raise BadJson("an event is no JSON object")
            except (BadJson, TooMuchJson) as exc:
                self._leave_out(scanner, event, exc)
                return
            kind = data.get("type")
            kind = kind if isinstance(kind, str) and kind else event
            self.events.append(StreamEvent(kind, data, tuple(scanner.entries)))

    def _leave_out(self, scanner: JsonScanner, event: str, problem: BadJson | TooMuchJson) -> None:
        """Keeps the images that came whole in an event that is not, and what it says of their cost."""
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
    """Comments, ``id`` and ``retry``: nothing that an answer needs."""
