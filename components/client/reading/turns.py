"""A response of /responses with an image that its tool made, plain or streamed, as events."""

from __future__ import annotations

from typing import Any

from components.client import errors
from components.client.errors import ApiError
from components.client.events import ResponseMetadata
from components.client.masking import scrub_all
from components.client.reading.images import ImageReader
from components.client.reading.json_scanner import JsonScanner, ScannedObject
from components.client.reading.sse import StreamEvent
from components.client.reading.usage import image_tool_usage
from components.parameters.turns import CALL

_MOST_WORDS = 400  # characters of a text that came in place of an image
_ENDED = frozenset({"completed", "incomplete", "failed", "cancelled"})
# What the call says of its image, under the names of a plain answer with images.
_OF_IMAGE = ("background", "output_format", "quality", "size", "svg_usage")


class TurnReader(ImageReader):
    """Reads one response. A stream has the image twice: with its call, and with the complete response."""

    image_keys = frozenset({b"result", b"partial_image_b64"})

    def _event(self, event: StreamEvent) -> None:
        response = event.data.get("response")
        if isinstance(response, dict):
            self._document = response
        if event.type == "error":
            raise self._answer.refused(event.data)
        for entry in event.entries:
            if "partial_image_index" in event.data:
                self._preview(entry)
            else:
                self._image(entry)

    def _image(self, entry: ScannedObject) -> None:
        seen = {str(one["id"]) for one in self._tally.seen if one.get("id")}
        if entry.image is not None and (str(entry.members.get("id")) in seen or self._tally.has(entry.image.sha256)):
            self._worker.start(entry.image.discard)
            return
        super()._image(entry)

    def _finish(self) -> None:
        """Read what a plain response says besides its image. Raise ApiError where no image came."""
        if isinstance(self._parser, JsonScanner):
            with self._answer.explained():
                document = self._parser.finish()
            if not isinstance(document, dict):
                raise self._answer.error(errors.NotJsonResponse, "It is not a JSON object.")
            self._document = document
        if self._document.get("error"):
            raise self._answer.refused(self._document)
        has_ended = self._stream is None or self._document.get("status") in _ENDED
        if has_ended and not self._tally.place_count:
            raise self._without_image()

    def _without_image(self) -> ApiError:
        """Return why there is no image: the call failed, or the model wrote something instead."""
        output = self._document.get("output")
        items = [one for one in output if isinstance(one, dict)] if isinstance(output, list) else []
        for item in items:
            if item.get("type") == CALL and isinstance(item.get("error"), dict):
                return self._answer.refused(item)
        words = " ".join(_words(items).split())[:_MOST_WORDS]
        what = f"The model answered in words: “{words}”" if words else "There is no image in it."
        return self._answer.error(errors.EmptyResponse, what)

    def _facts(self) -> ResponseMetadata:
        calls = self._tally.members
        if not calls and not self._document:
            return ResponseMetadata(None, {})
        last = calls[-1] if calls else {}
        answer = {name: last[name] for name in _OF_IMAGE if name in last}
        answer |= {"data": calls, "response": self._document}
        return ResponseMetadata(image_tool_usage(self._document), scrub_all(answer, self._answer.connection.secrets))


def _words(items: list[dict[str, Any]]) -> str:
    parts = [part for item in items for part in (item.get("content") or ()) if isinstance(part, dict)]
    return " ".join(str(part.get("text") or part.get("refusal") or "") for part in parts)
