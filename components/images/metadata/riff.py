"""Recipes in WebPs: in the XMP packet, which only the extended layout (VP8X) has, so that it is made if need be.

Where the picture's own XMP leaves no place for a recipe, it goes into a chunk of our own, which readers skip.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from components.images.metadata import xmp
from components.images.metadata.edits import MOST, Edit, MalformedFile, added, size_of, take
from components.images.metadata.text import LIMIT

SIGNATURE = b"RIFF"
_HEADER, _LAYOUT, _XMP, _OWN = 12, b"VP8X", b"XMP ", b"IWRC"
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_FLAGS = {b"ICCP": 0x20, b"ALPH": _ALPHA_FLAG, b"EXIF": 0x08, _XMP: _XMP_FLAG, b"ANIM": 0x02}
_LONGEST = 2**32 - 2


class _Chunk(NamedTuple):
    name: bytes
    start: int
    length: int
    end: int  # with the byte that makes the length even; without it where it is missing at the file's end


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """What puts a recipe into a WebP. Raises Odd for a file that is none, or is odd."""
    chunks = list(_chunks(file))
    if not chunks:
        raise MalformedFile("The file has no picture.")
    changes = {chunk: b"" for chunk in chunks if chunk.name == _OWN}
    packets = [chunk for chunk in chunks if chunk.name == _XMP]
    old = _body(file, packets[0]) if packets else xmp.EMPTY
    bare = xmp.without(old)
    made = xmp.with_text(bare, text) if len(packets) < 2 else None
    kept = made or (b"" if bare == xmp.EMPTY else bare)
    if packets and kept != old:
        changes[packets[0]] = _chunk(_XMP, kept) if kept else b""
    end, last = chunks[-1].end, b""
    if end % 2 and chunks[-1] not in changes:
        last = b"\0"
    if made is None:
        last += _chunk(_OWN, text.encode())
    elif not packets:
        last += _chunk(_XMP, made)
    edits = [Edit(chunk.start, chunk.end, new) for chunk, new in changes.items()]
    left = made or [packet for packet in packets if changes.get(packet) != b""]
    edits += [Edit(end, end, last), _layout(file, chunks, has_packet=bool(left))]
    length = end - 8 + added(edits)
    if length > _LONGEST:
        raise MalformedFile("The file would become too long.")
    return [*edits, Edit(4, 8, struct.pack("<I", length))]


def texts(file: BinaryIO) -> Iterator[bytes | str]:
    """What may be recipes, in the order of the file. Raises Odd where it is broken."""
    for chunk in _chunks(file):
        if chunk.name == _OWN:
            yield _body(file, chunk) if chunk.length <= LIMIT else b""
        elif chunk.name == _XMP:
            found = xmp.read(_body(file, chunk))
            yield (found and found.recipe) or ""


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    name, length, kind = struct.unpack("<4sI4s", take(file, 0, _HEADER))
    end, place = 8 + length, _HEADER
    if (name, kind) != (SIGNATURE, b"WEBP") or end > size_of(file):
        raise MalformedFile("This is no WebP, or not a whole one.")
    for _ in range(MOST):
        if place >= end:
            return
        name, length = struct.unpack("<4sI", take(file, place, 8))
        if place + 8 + length > end:
            raise MalformedFile("A chunk ends behind the file.")
        chunk = _Chunk(name, place, length, min(place + 8 + length + length % 2, end))
        yield chunk
        place = chunk.end
    raise MalformedFile("There are too many chunks.")


def _body(file: BinaryIO, chunk: _Chunk) -> bytes:
    """A packet's bytes; none for one that is longer than any that is read."""
    return take(file, chunk.start + 8, chunk.length) if chunk.length <= xmp.MOST else b""


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _layout(file: BinaryIO, chunks: Sequence[_Chunk], *, has_packet: bool) -> Edit:
    """What makes the first chunk, which says how the file is laid out, tell of the packet."""
    first = chunks[0]
    if first.name == _LAYOUT:
        if first.length < 10:
            raise MalformedFile("The header is too short.")
        flags = take(file, first.start + 8, 1)[0] & ~_XMP_FLAG
        return Edit(first.start + 8, first.start + 9, bytes((flags | (_XMP_FLAG if has_packet else 0),)))
    width, height, flags = _simple(file, first)
    for name in {chunk.name for chunk in chunks} - {_XMP}:
        flags |= _FLAGS.get(name, 0)
    flags |= _XMP_FLAG if has_packet else 0
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return Edit(first.start, first.start, _chunk(_LAYOUT, bytes((flags, 0, 0, 0)) + size))


def _simple(file: BinaryIO, chunk: _Chunk) -> tuple[int, int, int]:
    """Width, height and flags of a picture that is nothing but its pixels."""
    if chunk.name == b"VP8 ":
        head = take(file, chunk.start + 8, 10)
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", head[6:]))
        whole, flags = head[3:6] == b"\x9d\x01\x2a", 0
    elif chunk.name == b"VP8L":
        head = take(file, chunk.start + 8, 5)
        bits = int.from_bytes(head[1:], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        whole, flags = head[0] == 0x2F, _ALPHA_FLAG if bits >> 28 & 1 else 0
    else:
        raise MalformedFile("The picture does not come first.")
    if not whole or not width or not height:
        raise MalformedFile("The picture does not begin as it should.")
    return width, height, flags
