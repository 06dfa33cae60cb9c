"""Reads JSON that arrives in pieces: pictures go to files as they come, the rest is kept and parsed.

A picture is the string of a member ``b64_json``, or of ``url`` when that is a base64 data URL. Such strings
are by far the largest part of an answer; here they are never held whole, neither as bytes nor as text. The
scanner knows just enough of JSON to find them, whatever the order of keys, the whitespace, the escapes and
the places where the pieces are cut; the JSON itself is judged by ``json.loads`` on what remains.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from components.client.files import ImageFile

_STRUCTURAL = re.compile(rb'["{}\[\]:,]')
_STRING_END = re.compile(rb'["\\]')
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CUT_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_SHORT_ESCAPES = {b"/": b"/", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_DATA_URL = re.compile(rb"data:[^,]*;base64\Z", re.IGNORECASE)
_LONGEST_PREFIX = 200
_DEEPEST = 100


class BadJson(ValueError):
    """The text is not JSON, or not one that an API would send."""


class CutJson(BadJson):
    """The text is JSON as far as it goes, but stops in the middle."""


class TooMuchJson(ValueError):
    """There is more JSON besides the pictures than any answer needs."""


@dataclass(frozen=True)
class Entry:
    """A JSON object that held a picture: its other members, and the file that the picture is in.

    ``image`` is None when the string was empty. ``number`` counts the pictures of the text from 0.
    """

    number: int
    members: dict[str, Any]
    image: ImageFile | None


class _Mode(Enum):
    STRUCTURE = auto()
    STRING = auto()
    PREFIX = auto()  # the first bytes of a string that may turn out to be a picture
    IMAGE = auto()


@dataclass
class _Object:
    """An object that is open at the moment: where it starts in the rest, and the pictures seen directly in
    it.
    """

    start: int
    images: list[tuple[int, ImageFile | None]] = field(default_factory=list)


class JsonScanner:
    """``feed`` takes the pieces, ``entries`` collects objects whose picture is complete, ``finish`` gives the
    JSON without them.

    ``new_file`` makes the file for the next picture; with None no string is taken for a picture. ``limit`` is
    the most that the rest may have, in bytes.
    """

    def __init__(self, new_file: Callable[[], ImageFile] | None, *, limit: int) -> None:
        self.entries: list[Entry] = []
        self._new_file = new_file
        self._limit = limit
        self._rest = bytearray()
        self._mark = f"picture-{secrets.token_hex(8)}-"
        self._count = 0
        self._mode = _Mode.STRUCTURE
        self._open: list[_Object | None] = []  # None for an array
        self._string_start = 0
        self._after_escape = False
        self._last_string = b""
        self._key = b""
        self._prefix = b""
        self._held = b""
        self._image: ImageFile | None = None

    def feed(self, data: bytes) -> None:
        """Takes the next piece. Raises BadJson, TooMuchJson, NotBase64Text, OSError."""
        position = 0
        while position < len(data):
            position = self._steps[self._mode](self, data, position)
        if len(self._rest) > self._limit:
            raise TooMuchJson(f"more than {self._limit} bytes besides the pictures")

    def rest(self) -> bytes:
        """What has come so far without the pictures."""
        return bytes(self._rest)

    def finish(self) -> Any:
        """The JSON value without its pictures. Raises BadJson when it is none, CutJson when it stops in the
        middle.
        """
        if self._mode is not _Mode.STRUCTURE or self._open:
            raise CutJson("it stops in the middle")
        return self._parse(self._rest)

    def discard(self) -> None:
        """Removes the file of a picture that is not complete, and those not taken from ``entries``."""
        for image in [self._image, *(entry.image for entry in self.entries), *self._unclosed()]:
            if image is not None:
                image.discard()

    def _unclosed(self) -> list[ImageFile | None]:
        return [image for opened in self._open if opened for _, image in opened.images]

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
                self._descend(_Object(len(self._rest) - 1))
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
        if len(self._open) > _DEEPEST:
            raise BadJson("it is nested too deeply")

    def _ascend(self) -> None:
        self._key = b""
        if not self._open:
            raise BadJson("it closes what it never opened")
        closed = self._open.pop()
        if closed is None or not closed.images:
            return
        members = self._parse(self._rest[closed.start :])
        self.entries += [Entry(number, members, image) for number, image in closed.images]

    def _begin_string(self) -> None:
        self._string_start = len(self._rest)
        takes_pictures = self._new_file is not None and self._key in (b"b64_json", b"url")
        self._mode = _Mode.PREFIX if takes_pictures and self._open and self._open[-1] else _Mode.STRING
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
        short = len(self._rest) - self._string_start <= _LONGEST_PREFIX
        self._last_string = bytes(self._rest[self._string_start : -1]) if short else b""
        if b"\\" in self._last_string:
            self._last_string = _unescape(self._last_string)

    def _prefix_step(self, data: bytes, position: int) -> int:
        """Decides by the first bytes of the string; they are handed on to what it turns out to be."""
        quote = data.find(b'"', position)
        stop = min(len(data) if quote < 0 else quote, position + _LONGEST_PREFIX - len(self._prefix))
        self._prefix += data[position:stop]
        complete = stop == quote or len(self._prefix) >= _LONGEST_PREFIX
        head = _unescape(_CUT_ESCAPE.sub(b"", self._prefix))
        looks_like_url = b"data:".startswith(head[:5].lower()) or head[:5].lower() == b"data:"
        before, comma, _ = head.partition(b",")
        if looks_like_url and not comma and not complete:
            return stop
        held, self._prefix = self._prefix, b""
        if _DATA_URL.match(before) and b"," in held:
            self._mode = _Mode.IMAGE
            self._image_text(held.partition(b",")[2])
        elif self._key == b"b64_json":
            self._mode = _Mode.IMAGE
            self._image_text(held)
        else:
            self._mode = _Mode.STRING
            start = 0
            while start < len(held):
                start = self._string(held, start)
        return stop

    def _image_step(self, data: bytes, position: int) -> int:
        quote = data.find(b'"', position)
        end = len(data) if quote < 0 else quote
        self._image_text(data[position:end])
        if quote < 0:
            return end
        self._end_image()
        return quote + 1

    def _image_text(self, text: bytes) -> None:
        if self._held or b"\\" in text:
            text = self._held + text
            cut = _CUT_ESCAPE.search(text)
            self._held = cut[0] if cut else b""
            text = _unescape(text[: len(text) - len(self._held)])
        if not text:
            return
        if self._image is None:
            assert self._new_file is not None
            self._image = self._new_file()
        self._image.write_base64(text)

    def _end_image(self) -> None:
        if self._held:
            raise BadJson("a string ends inside an escape")
        if self._image is not None:
            self._image.end_base64()
        holder = self._open[-1]
        assert holder is not None
        holder.images.append((self._count, self._image))
        self._image = None
        self._rest += f'{self._mark}{self._count}"'.encode()
        self._count += 1
        self._mode = _Mode.STRUCTURE

    def _parse(self, text: bytearray) -> Any:
        try:
            return _encodable(json.loads(text, object_hook=self._without_marks, parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as exc:
            raise BadJson(str(exc)) from None

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


def _unescape(text: bytes) -> bytes:
    """JSON escapes resolved, as far as they stand for ASCII; others occur neither in keys nor in base64."""
    if b"\\" not in text:
        return text
    # PHP escapes every slash, and .NET every plus sign: take the frequent ones in one go.
    text = text.replace(b"\\/", b"/").replace(b"\\u002B", b"+").replace(b"\\u002b", b"+")
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(_resolve, text)


def _resolve(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode("utf-8", "replace")
    return _SHORT_ESCAPES.get(found[2], found[2])


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _encodable(value: Any) -> Any:
    """A string without lone surrogates, which JSON can spell but neither a file nor a database can take."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value
