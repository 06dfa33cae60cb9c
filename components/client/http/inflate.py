"""Decompress bodies piece by piece. A small body can grow a thousandfold, so pieces are bounded."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

_STEP = 1024 * 1024  # the most bytes that one piece has
_PLAIN = ("identity", "")
_KNOWN = ("gzip", "x-gzip", "deflate")


class UnknownEncoding(ValueError):
    """The body has a compression that is not supported; the message names it."""


class CorruptBody(ValueError):
    """The body is not what its ``content-encoding`` says."""


def inflater(content_encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Return a function that decodes the body's pieces in order, by its ``content-encoding``.

    Raise UnknownEncoding; the function raises CorruptBody.
    """
    encoding = content_encoding.strip().lower()
    if encoding in _PLAIN:
        return lambda raw: iter((raw,))
    if encoding not in _KNOWN:
        raise UnknownEncoding(encoding[:40])
    return _Inflater().take


class _Inflater:
    """Decoder for gzip, and for deflate with or without zlib's header: servers differ."""

    def __init__(self) -> None:
        self._inflater: Any = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._began = False

    def take(self, raw: bytes) -> Iterator[bytes]:
        """Yield the next decoded pieces. Raise CorruptBody."""
        while raw:
            try:
                piece = self._inflater.decompress(raw, _STEP)
            except zlib.error:
                if self._began:
                    raise CorruptBody("it is broken in the middle") from None
                self._inflater, self._began = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            self._began = True
            raw = self._inflater.unconsumed_tail
            if piece:
                yield piece
            elif not raw:
                return
