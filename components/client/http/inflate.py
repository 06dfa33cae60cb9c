"""Compressed bodies, undone piece by piece: a small body can blow up a thousandfold, so no piece is large."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

_STEP = 1024 * 1024  # the most bytes that one piece has
_PLAIN = ("identity", "")
_KNOWN = ("gzip", "x-gzip", "deflate")


class UnknownEncoding(ValueError):
    """The body is compressed in a way that was not asked for and is not known here; the message names it."""


class NotCompressed(ValueError):
    """The body is not what its ``content-encoding`` says."""


def inflater(content_encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """A function that takes the body's pieces in order and yields them decoded, by its ``content-encoding``.

    Raises UnknownEncoding; the function raises NotCompressed.
    """
    encoding = content_encoding.strip().lower()
    if encoding in _PLAIN:
        return lambda raw: iter((raw,))
    if encoding not in _KNOWN:
        raise UnknownEncoding(encoding[:40])
    return _Inflater().take


class _Inflater:
    """gzip, or deflate with or without zlib's header: servers disagree about the latter."""

    def __init__(self) -> None:
        self._inflater: Any = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._began = False

    def take(self, raw: bytes) -> Iterator[bytes]:
        """The next decoded pieces. Raises NotCompressed."""
        while raw:
            try:
                piece = self._inflater.decompress(raw, _STEP)
            except zlib.error:
                if self._began:
                    raise NotCompressed("it is broken in the middle") from None
                self._inflater, self._began = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            self._began = True
            raw = self._inflater.unconsumed_tail
            if piece:
                yield piece
            elif not raw:
                return
