"""A recipe in a WebP: XMP in a chunk of its own, after the extended header says so (WebP container specification)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from components.images.recipes import xmp
from components.images.recipes.notation import Odd, Piece, read_at

SIGNATURE = b"RIFF"
_HEAD = 12  # bytes: RIFF, length, WEBP
_CHUNK_HEAD = 8
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10
_LOSSY_START = b"\x9d\x01\x2a"
_LOSSLESS_START = 0x2F
_MOST_CHUNKS = 200_000
_MOST_LENGTH = 2**32 - 2


@dataclass(frozen=True)
class _Chunk:
    """A chunk that is whole: its name and where its data stands, without its padding."""

    name: bytes
    data: range

    @property
    def place(self) -> range:
        """Where all of it stands, with its head and its padding to an even length."""
        return range(self.data.start - _CHUNK_HEAD, self.data.stop + len(self.data) % 2)


def _end(file: BinaryIO, size: int) -> int:
    """Where the RIFF ends; what follows belongs to nothing. Raises Odd."""
    head = read_at(file, 0, _HEAD)
    if head[:4] != SIGNATURE or head[8:] != b"WEBP":
        raise Odd("This is no WebP.")
    return min(size, _CHUNK_HEAD + int.from_bytes(head[4:8], "little"))


def _chunks(file: BinaryIO, end: int) -> Iterator[_Chunk]:
    place = _HEAD
    for _ in range(_MOST_CHUNKS):
        if place + _CHUNK_HEAD > end:
            return
        head = read_at(file, place, _CHUNK_HEAD)
        start = place + _CHUNK_HEAD
        chunk = _Chunk(head[:4], range(start, start + int.from_bytes(head[4:], "little")))
        if chunk.data.stop > end:
            return
        yield chunk
        place = chunk.place.stop


def planned(file: BinaryIO, size: int, text: str) -> list[Piece]:
    """The file with a recipe in it, and without an older one. Raises Odd."""
    end = _end(file, size)
    chunks = list(_chunks(file, end))
    if not chunks:
        raise Odd("This WebP has nothing in it.")
    body: list[Piece] = [_extended(file, chunks[0])]
    packet: bytes | None = None
    for chunk in chunks:
        if chunk.name == b"XMP " and packet is None and len(chunk.data) <= xmp.MOST_PACKET:
            rest = xmp.without_ours(read_at(file, chunk.data.start, len(chunk.data)))
            packet = xmp.merged(rest, xmp.inline(text)) if rest is not None else None
        elif chunk.name not in {b"VP8X", b"XMP "}:
            body += [range(chunk.place.start, min(chunk.place.stop, end)), b"\0" * max(0, chunk.place.stop - end)]
    body.append(_chunk(b"XMP ", packet or xmp.alone(xmp.inline(text))))
    length = 4 + sum(len(piece) for piece in body)
    if length > _MOST_LENGTH:
        raise Odd("This WebP is as long as one can be.")
    return [SIGNATURE + length.to_bytes(4, "little") + b"WEBP", *body, range(end, size)]


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def _extended(file: BinaryIO, first: _Chunk) -> bytes:
    """The extended header that says there is XMP: the one that is there, or one made of the simple picture's."""
    data = read_at(file, first.data.start, min(10, len(first.data)))
    if len(data) < 10:
        raise Odd("A WebP's first chunk is too short.")
    if first.name == b"VP8X":
        rest = read_at(file, first.data.start + 1, len(first.data) - 1) if len(first.data) < 100 else data[1:]
        return _chunk(b"VP8X", bytes((data[0] | _HAS_XMP,)) + rest)
    if first.name == b"VP8 " and data[3:6] == _LOSSY_START:
        width, height = (int.from_bytes(data[place : place + 2], "little") & 0x3FFF for place in (6, 8))
        flags = _HAS_XMP
    elif first.name == b"VP8L" and data[0] == _LOSSLESS_START:
        bits = int.from_bytes(data[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags = _HAS_XMP | (_HAS_ALPHA if bits >> 28 & 1 else 0)
    else:
        raise Odd("A WebP that begins with no picture.")
    if not width or not height:
        raise Odd("A WebP of no size.")
    return _chunk(
        b"VP8X", bytes((flags, 0, 0, 0)) + b"".join((one - 1).to_bytes(3, "little") for one in (width, height))
    )


def found(file: BinaryIO, size: int) -> str | None:
    """The text of the recipe in it. Raises Odd."""
    for chunk in _chunks(file, _end(file, size)):
        if chunk.name == b"XMP " and len(chunk.data) <= xmp.MOST_PACKET:
            text = xmp.recipe_of(read_at(file, chunk.data.start, len(chunk.data)))
            if text is not None:
                return text
    return None
