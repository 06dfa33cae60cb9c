"""Recipes in PNGs: one text chunk (iTXt) right after the header, with the keyword "image-workbench"."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from components.images.metadata.edits import MOST, Edit, MalformedFile, size_of, take
from components.images.metadata.text import KEYWORD, LIMIT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = KEYWORD.encode() + b"\0"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_FRAME = 12  # bytes around a chunk's data: length, name, checksum
_ROOM = 1000  # bytes for a chunk's keyword, language and translated keyword


class _Chunk(NamedTuple):
    name: bytes
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + _FRAME + self.length


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """What puts a recipe into a PNG. Raises Odd for a file that is none, or not whole."""
    header, *rest = _chunks(file)
    if (header.name, header.length) != (b"IHDR", 13):
        raise MalformedFile("A PNG begins with its header.")
    # Neither compressed nor in a language, and the keyword has no translation.
    data = b"iTXt" + _KEYWORD + b"\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    older = [Edit(chunk.start, chunk.end, b"") for chunk in rest if _is_ours(file, chunk)]
    return [Edit(header.end, header.end, chunk), *older]


def texts(file: BinaryIO) -> Iterator[bytes]:
    """What may be recipes, in the order of the file; an empty one for what is no text. Raises Odd where it ends."""
    for chunk in _chunks(file):
        if _is_ours(file, chunk):
            yield _text(file, chunk) if chunk.length <= LIMIT + _ROOM else b""


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    size, place = size_of(file), len(SIGNATURE)
    if take(file, 0, place) != SIGNATURE:
        raise MalformedFile("This is no PNG.")
    for _ in range(MOST):
        length, name = struct.unpack(">I4s", take(file, place, 8))
        chunk = _Chunk(name, place, length)
        if chunk.end > size:
            raise MalformedFile("A chunk ends behind the file.")
        yield chunk
        if name == b"IEND":
            return
        place = chunk.end
    raise MalformedFile("There are too many chunks.")


def _is_ours(file: BinaryIO, chunk: _Chunk) -> bool:
    return (
        chunk.name in _TEXTS
        and chunk.length >= len(_KEYWORD)
        and take(file, chunk.start + 8, len(_KEYWORD)) == _KEYWORD
    )


def _text(file: BinaryIO, chunk: _Chunk) -> bytes:
    data = take(file, chunk.start + 8, chunk.length)[len(_KEYWORD) :]
    if chunk.name == b"tEXt":
        return data
    if chunk.name == b"zTXt":
        return _inflated(data[1:])
    body = b"".join(data[2:].split(b"\0", 2)[2:])  # behind the language and the translated keyword
    return _inflated(body) if data[:1] == b"\1" else body


def _inflated(data: bytes) -> bytes:
    """At most a little over the limit, which is refused when it is read."""
    try:
        return zlib.decompressobj().decompress(data, LIMIT + 1)
    except zlib.error:
        return b""
