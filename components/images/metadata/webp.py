"""Recipes in WebPs: one chunk of our own ("IWRC") at the end, which readers skip.

Only the extended layout (VP8X) allows such chunks, so a simple file gets its header. Version 0.1 wrote XMP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import Block, Edit, ImageFormat, MalformedFile, added, chunks, require, take
from components.images.metadata.recipe_json import read_xmp


class Webp(ImageFormat):
    """WebP. A chunk's head is its type."""

    signature = b"RIFF"
    ours = b"IWRC"
    leading = (b"",)  # all

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        blocks = list(self.blocks(file))
        (place, _, chunk), *older = self.replacement(blocks, _chunk(self.ours, text.encode()))
        padding = b"\0" * (place % 2)  # missing where the file ends early by this byte
        edits = [*_layout(file, blocks[0]), Edit(place, place, padding + chunk), *older]
        length = blocks[-1].end - 8 + added(edits)
        require(length < 2**32 - 1)
        return [*edits, Edit(4, 8, struct.pack("<I", length))]

    def texts(self, file: BinaryIO) -> Iterator[bytes | str]:
        yield from super().texts(file)
        yield from (read_xmp(block.data(file))[0] for block in self.blocks(file) if block.head == b"XMP ")

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        name, length, kind = struct.unpack("<4sI4s", take(file, 0, 12))
        require((name, kind) == (self.signature, b"WEBP"))
        take(file, 8 + length - 1, 1)  # raises where the file is shorter than it says
        return chunks(file, 12, 8 + length, is_riff=True)


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
        raise MalformedFile
    require(min(width, height) >= 0)
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return [Edit(place, place, _chunk(b"VP8X", struct.pack("<I", alpha << 4) + size))]
