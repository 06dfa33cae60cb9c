"""Read JSON in pieces: images go to files as they arrive, the rest is kept and parsed.

An image is the string of a member that ``image_keys`` names, such as ``b64_json``, or of ``url`` when that is a base64
data URL. These strings are by far
the largest part of a response, and are never held in memory, neither as bytes nor as text. The scanner knows just
enough JSON to find them, whatever the order of keys, the whitespace, the escapes and the cuts between pieces;
``json.loads`` checks the rest.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from components.client.reading.image_file import ImageFile
from components.client.reading.image_string import ImageString, cut_escape, unescape

_STRUCTURAL = re.compile(rb'["{}\[\]:,]')
_STRING_END = re.compile(rb'["\\]')
_DATA_URL = re.compile(rb"data:[^,]*;base64\Z", re.IGNORECASE)
IMAGE_KEYS = frozenset({b"b64_json"})
_MAX_PREFIX = 200
_MAX_USAGE_BYTES = 64 * 1024
_MAX_DEPTH = 100


class InvalidJson(ValueError):
    """The text is not JSON, or not JSON that an API would send."""


class TruncatedJson(InvalidJson):
    """The text is JSON that stops in the middle."""


class JsonTooLarge(ValueError):
    """There is more JSON besides the images than any response needs."""


@dataclass(frozen=True)
class ScannedObject:
    """A JSON object that held an image: its other members, and the image's file.

    ``image`` is None when the string was empty or broken; ``problem`` then says how (InvalidBase64Text, or OSError from
    the disk). ``number`` counts the images of the text from 0.
    """

    number: int
    members: dict[str, Any]
    image: ImageFile | None
    problem: Exception | None = None


class _Mode(Enum):
    STRUCTURE = auto()
    STRING = auto()
    PREFIX = auto()  # the first bytes of a string that may be an image
    IMAGE = auto()


@dataclass
class _Object:
    """An open object: where it starts in the rest, its key, and the images directly in it."""

    start: int
    key: bytes
    images: list[tuple[int, ImageString]] = field(default_factory=list)


class JsonScanner:
    """``feed`` takes the pieces, ``entries`` collects objects with a complete image, ``finish`` returns the JSON.

    A broken image does not end the scan; its entry has the problem. ``new_file`` makes the file for the next image;
    None treats no string as an image. ``limit`` is the maximum size of the rest in bytes. ``usage`` is the outermost
    object of that name so far: a response that breaks off was paid for all the same.
    """

    def __init__(
        self, new_file: Callable[[], ImageFile] | None, *, limit: int, image_keys: frozenset[bytes] = IMAGE_KEYS
    ) -> None:
        self.entries: list[ScannedObject] = []
        self.usage: dict[str, Any] | None = None
        self._usage_depth = _MAX_DEPTH + 1
        self._new_file = new_file
        self._limit = limit
        self._image_keys = image_keys
        self._rest = bytearray()
        self._mark = f"image-{secrets.token_hex(8)}-"
        self._count = 0
        self._mode = _Mode.STRUCTURE
        self._open: list[_Object | None] = []  # None for an array
        self._string_start = 0
        self._after_escape = False
        self._last_string = b""
        self._key = b""
        self._prefix = b""
        self._image: ImageString | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raise InvalidJson, JsonTooLarge."""
        position = 0
        while position < len(data):
            position = self._steps[self._mode](self, data, position)
        if len(self._rest) > self._limit:
            raise JsonTooLarge(f"more than {self._limit} bytes besides the images")

    def rest(self) -> bytes:
        """Return what has arrived so far, without the images."""
        return bytes(self._rest)

    def finish(self) -> Any:
        """Return the JSON value without its images. Raise InvalidJson, TruncatedJson."""
        if self._mode is not _Mode.STRUCTURE or self._open:
            raise TruncatedJson("it stops in the middle")
        return self._parse(self._rest)

    def close_entries(self) -> None:
        """Add the complete images of objects that never ended: nothing more will arrive."""
        for opened in self._open:
            if opened is not None:
                self.entries += [_entry(*image, {}) for image in opened.images]
                opened.images.clear()

    def discard(self) -> None:
        """Delete the file of an incomplete image, and those still in ``entries``."""
        unclosed = [image.file for opened in self._open if opened for _, image in opened.images]
        current = [self._image.file] if self._image else []
        for file in [*current, *(entry.image for entry in self.entries), *unclosed]:
            if file is not None:
                file.discard()

    def _structure(self, data: bytes, position: int) -> int:
        found = _STRUCTURAL.search(data, position)
        end = found.end() if found else len(data)
        self._rest += data[position:end]
        if found is None:
            return end
        match found[0]:
            case b'"':
                self._begin_string()
            case b":":
                self._key = self._last_string
            case b"{":
                self._descend(_Object(len(self._rest) - 1, self._key))
            case b"[":
                self._descend(None)
            case b"}" | b"]":
                self._ascend()
            case _:
                self._key = b""
        return end

    def _descend(self, opened: _Object | None) -> None:
        self._key = b""
        self._open.append(opened)
        if len(self._open) > _MAX_DEPTH:
            raise InvalidJson("it is nested too deeply")

    def _ascend(self) -> None:
        self._key = b""
        if not self._open:
            raise InvalidJson("it has an unmatched bracket")
        closed = self._open.pop()
        if closed is None:
            return
        is_usage = closed.key == b"usage" and len(self._rest) - closed.start <= _MAX_USAGE_BYTES
        if not (closed.images or is_usage):
            return
        try:
            members = self._parse(self._rest[closed.start :])
        except InvalidJson:
            members = {}  # `finish` rejects the document; the image in it is paid for
        self.entries += [_entry(*image, members) for image in closed.images]
        if is_usage and members and len(self._open) <= self._usage_depth:
            self.usage, self._usage_depth = members, len(self._open)

    def _begin_string(self) -> None:
        self._string_start = len(self._rest)
        takes_images = self._new_file is not None and (self._key == b"url" or self._key in self._image_keys)
        self._mode = _Mode.PREFIX if takes_images and self._open and self._open[-1] else _Mode.STRING
        self._prefix = b""

    def _string(self, data: bytes, position: int) -> int:
        if self._after_escape:
            self._after_escape = False
            self._rest += data[position : position + 1]
            return position + 1
        found = _STRING_END.search(data, position)
        end = found.end() if found else len(data)
        self._rest += data[position:end]
        if found and found[0] == b"\\":
            self._after_escape = True
        elif found:
            self._end_string()
        return end

    def _end_string(self) -> None:
        self._mode = _Mode.STRUCTURE
        short = len(self._rest) - self._string_start <= _MAX_PREFIX
        self._last_string = bytes(self._rest[self._string_start : -1]) if short else b""
        if b"\\" in self._last_string:
            self._last_string = unescape(self._last_string)

    def _prefix_step(self, data: bytes, position: int) -> int:
        """Recognize the string by its first bytes, and pass them on."""
        quote = data.find(b'"', position)
        stop = min(len(data) if quote < 0 else quote, position + _MAX_PREFIX - len(self._prefix))
        self._prefix += data[position:stop]
        complete = stop == quote or len(self._prefix) >= _MAX_PREFIX
        head = unescape(self._prefix.removesuffix(cut_escape(self._prefix)))
        looks_like_url = b"data:".startswith(head[:5].lower()) or head[:5].lower() == b"data:"
        before, comma, _ = head.partition(b",")
        if looks_like_url and not comma and not complete:
            return stop
        held, self._prefix = self._prefix, b""
        if _DATA_URL.match(before) and b"," in held:
            self._begin_image(held.partition(b",")[2])
        elif self._key in self._image_keys:
            self._begin_image(held)
        else:
            self._mode = _Mode.STRING
            start = 0
            while start < len(held):
                start = self._string(held, start)
        return stop

    def _image_step(self, data: bytes, position: int) -> int:
        assert self._image is not None
        quote = data.find(b'"', position)
        end = len(data) if quote < 0 else quote
        self._image.take(data[position:end])
        if quote < 0:
            return end
        if self._image.awaits_escaped:
            self._image.take(b'"')
        else:
            self._end_image()
        return quote + 1

    def _begin_image(self, text: bytes) -> None:
        assert self._new_file is not None
        self._mode = _Mode.IMAGE
        self._image = ImageString(self._new_file)
        self._image.take(text)

    def _end_image(self) -> None:
        image, holder = self._image, self._open[-1]
        assert image is not None
        assert holder is not None
        image.end()
        holder.images.append((self._count, image))
        self._image = None
        self._rest += f'{self._mark}{self._count}"'.encode()
        self._count += 1
        self._mode = _Mode.STRUCTURE

    def _parse(self, text: bytearray) -> Any:
        try:
            return _encodable(json.loads(text, object_hook=self._without_marks, parse_constant=_no_number))
        except UnicodeDecodeError:
            raise InvalidJson("it is not UTF-8") from None
        except (ValueError, RecursionError):
            raise InvalidJson("it breaks the rules of JSON") from None

    def _without_marks(self, members: dict[str, Any]) -> dict[str, Any]:
        return {
            _encodable(name): _encodable(value)
            for name, value in members.items()
            if not (isinstance(value, str) and value.startswith(self._mark))
        }

    _steps: dict[_Mode, Callable[[JsonScanner, bytes, int], int]] = {  # noqa: RUF012 - never changed
        _Mode.STRUCTURE: _structure,
        _Mode.STRING: _string,
        _Mode.PREFIX: _prefix_step,
        _Mode.IMAGE: _image_step,
    }


def _entry(number: int, image: ImageString, members: dict[str, Any]) -> ScannedObject:
    return ScannedObject(number, members, image.file, image.problem)


def _no_number(name: str) -> None:
    """Return None for NaN and Infinity: invalid JSON that some servers write beside a paid image."""


def _encodable(value: Any) -> Any:
    """Replace lone surrogates, which JSON can contain but neither a file nor a database can."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value
