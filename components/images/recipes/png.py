"""A recipe in a PNG: an iTXt chunk right after the header (PNG specification, 11.3.3.4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from components.images.recipes.notation import KEYWORD, MOST_BYTES, Odd, Piece, read_at

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_NAME = KEYWORD.encode() + b"\0"
_AROUND = 12  # bytes of a chunk besides its data: length, type and checksum
_MOST_CHUNKS = 500_000


@dataclass(frozen=True)
class _Chunk:
    """A chunk that is whole: its type and where it stands with all of its `_AROUND`."""

    kind: bytes
    place: range


def _chunks(file: BinaryIO, size: int) -> Iterator[_Chunk]:
    """The chunks up to the end, or to the first that is not whole. Raises Odd when the header is not the first."""
    place = len(SIGNATURE)
    for number in range(_MOST_CHUNKS):
        if place + _AROUND > size:
            return
        head = read_at(file, place, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if number == 0 and (kind, length) != (b"IHDR", 13):
            raise Odd("A PNG begins with its header.")
        end = place + _AROUND + length
        if end > size:
            return
        yield _Chunk(kind, range(place, end))
        if kind == b"IEND":
            return
        place = end


def _is_ours(file: BinaryIO, chunk: _Chunk) -> bool:
    data = chunk.place.start + 8
    return chunk.kind in TEXTS and read_at(file, data, min(len(_NAME), len(chunk.place) - 8)) == _NAME


def planned(file: BinaryIO, size: int, text: str) -> list[Piece]:
    """The file with a recipe in it, and without an older one. Raises Odd."""
    if read_at(file, 0, len(SIGNATURE)) != SIGNATURE:
        raise Odd("This is no PNG.")
    pieces: list[Piece] = []
    kept = 0
    for chunk in _chunks(file, size):
        if chunk.kind == b"IHDR" and not pieces:
            pieces += [range(chunk.place.stop), _made(text)]
            kept = chunk.place.stop
        elif _is_ours(file, chunk):
            pieces.append(range(kept, chunk.place.start))
            kept = chunk.place.stop
    if not pieces:
        raise Odd("This PNG has no header.")
    return [*pieces, range(kept, size)]


def _made(text: str) -> bytes:
    # After the keyword: not compressed, no method, no language, no translated keyword.
    body = b"iTXt" + _NAME + b"\0\0\0\0" + text.encode()
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def found(file: BinaryIO, size: int) -> str | None:
    """The text of the recipe in it. Raises Odd."""
    for chunk in _chunks(file, size):
        if len(chunk.place) <= MOST_BYTES + 256 and _is_ours(file, chunk):
            return _text(chunk.kind, read_at(file, chunk.place.start + 8, len(chunk.place) - _AROUND)[len(_NAME) :])
    return None


def _text(kind: bytes, data: bytes) -> str:
    """What a text chunk says after its keyword. Tools that write a PNG anew may choose another kind of chunk."""
    if kind == b"tEXt":
        return data.decode("latin-1")
    if kind == b"zTXt":
        return _inflated(data[1:]).decode("latin-1")
    compressed, rest = data[:1] == b"\x01", data[2:]
    parts = rest.split(b"\0", 2)
    if len(parts) < 3:
        raise Odd("A text chunk that is not whole.")
    try:
        return (_inflated(parts[2]) if compressed else parts[2]).decode()
    except UnicodeDecodeError:
        raise Odd("A text chunk that is no UTF-8.") from None


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST_BYTES)
    except zlib.error:
        raise Odd("A compressed text that is broken.") from None
