"""One JSON string that holds an image, streamed into a file: escapes resolved, base64 checked."""

from __future__ import annotations

import re
from collections.abc import Callable

from components.client.reading.image_file import ImageFile, InvalidBase64Text

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
# An odd number of backslashes: two of them are a whole escape.
_CUT_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)\Z")
_SHORT_ESCAPES = {b"/": b"/", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class ImageString:
    """``take`` receives the pieces of the string, ``end`` follows its closing quote.

    ``file`` is None before any data, and once ``problem`` (InvalidBase64Text, or OSError from the disk) is set: the
    image is broken, and the rest of the string is dropped.
    """

    def __init__(self, new_file: Callable[[], ImageFile]) -> None:
        self.file: ImageFile | None = None
        self.problem: Exception | None = None
        self._new_file = new_file
        self._held = b""  # an escape that a piece cut in two

    @property
    def awaits_escaped(self) -> bool:
        """Return whether the last byte was a backslash: a quote after it does not end the string."""
        return self._held == b"\\"

    def take(self, text: bytes) -> None:
        """Take the next piece of the string, cut anywhere."""
        if self._held or b"\\" in text:
            text = self._held + text
            self._held = cut_escape(text)
            text = unescape(text[: len(text) - len(self._held)])
        if not text or self.problem is not None:
            return
        if self.file is None:
            self.file = self._new_file()
        try:
            self.file.write_base64(text)
        except (InvalidBase64Text, OSError) as exc:
            self._give_up(exc)

    def end(self) -> None:
        """Mark the string as complete."""
        if self._held:
            self._give_up(InvalidBase64Text("it ends inside an escape"))
        if self.file is not None:
            try:
                self.file.end_base64()
            except InvalidBase64Text as exc:
                self._give_up(exc)
        if self.file is not None and not self.file.bytes:  # nothing but blanks
            self.file.discard()
            self.file = None

    def _give_up(self, problem: Exception) -> None:
        self.problem = problem
        if self.file is not None:
            self.file.discard()
            self.file = None


def cut_escape(text: bytes) -> bytes:
    """Return the incomplete JSON escape at the end of the text, or an empty string."""
    cut = _CUT_ESCAPE.search(text)
    return cut[1] if cut else b""


def unescape(text: bytes) -> bytes:
    """Resolve JSON escapes for ASCII characters; others occur neither in keys nor in base64."""
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
