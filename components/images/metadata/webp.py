"""Recipes in WebPs: one chunk of our own ("IWRC") at the end, which readers skip.

Only the extended layout (VP8X) allows such chunks, so a simple file gets its header. Version 0.1 wrote XMP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata import xmp
from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, MalformedFile, added, replacement, take

SIGNATURE = b"RIFF"
_OURS = b"IWRC"


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """Return the edits that put a recipe in. Raise MalformedFile."""
    blocks = list(_blocks(file))
    (place, _, chunk), *older = replacement(blocks, _chunk(_OURS, text.encode()), _OURS, (b"",))
    padding = b"\0" * (place % 2)  # missing where the file ends early by this byte
    edits = [*_layout(file, blocks[0]), Edit(place, place, padding + chunk), *older]
    length = blocks[-1].end - 8 + added(edits)
    if length >= 2**32 - 1:
        raise MalformedFile("The file would become too long.")
    return [*edits, Edit(4, 8, struct.pack("<I", length))]


def texts(file: BinaryIO) -> Iterator[bytes | str]:
    """Yield what may be recipes, the newest first. Raise MalformedFile."""
    blocks = [block for block in _blocks(file) if block.end - block.start <= xmp.LIMIT]
    for name in (_OURS, b"XMP "):
        for block in (block for block in blocks if block.head == name):
            length = int.from_bytes(take(file, block.start + 4, 4), "little")
            body = take(file, block.start + 8, length)
            yield body if name == _OURS else xmp.read(body).recipe


def has_manifest(file: BinaryIO) -> bool:
    """Return whether signed provenance (C2PA) is in it. Raise MalformedFile."""
    return any(block.head == b"C2PA" for block in _blocks(file))


def _blocks(file: BinaryIO) -> Iterator[Block]:
    name, length, kind = struct.unpack("<4sI4s", take(file, 0, 12))
    place, end = 12, 8 + length
    if (name, kind) != (SIGNATURE, b"WEBP"):
        raise MalformedFile("This is not a WebP.")
    take(file, end - 1, 1)  # raises where the file is shorter than it says
    for _ in range(MAX_BLOCKS):
        if place >= end:
            return
        name, length = struct.unpack("<4sI", take(file, place, 8))
        if place + 8 + length > end:
            raise MalformedFile("A chunk ends behind the file.")
        after = min(place + 8 + length + length % 2, end)
        yield Block(place, after, name)
        place = after
    raise MalformedFile("There are too many chunks.")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _layout(file: BinaryIO, first: Block) -> list[Edit]:
    """Return the edit that puts the extended layout's header before the pixels, if it is missing."""
    name, place = first.head, first.start
    if name == b"VP8X":
        return []
    data = take(file, place + 8, 10)
    bits, alpha = int.from_bytes(data[1:5], "little"), 0
    if name == b"VP8L" and data[0] == 0x2F:
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1  # each edge less 1
    elif name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = ((edge & 0x3FFF) - 1 for edge in struct.unpack("<HH", data[6:]))
    else:
        raise MalformedFile("The image does not come first.")
    if min(width, height) < 0:
        raise MalformedFile("The image has no pixels.")
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return [Edit(place, place, _chunk(b"VP8X", struct.pack("<I", alpha << 4) + size))]
