"""Recipes in JPEGs: segments (APP1) with our namespace's name; a recipe over 64 kB takes several.

Version 0.1 wrote XMP: a property in the first packet, or in an extended packet where the recipe was long.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, ImageFormat, MalformedFile, pieces, require, take
from components.images.metadata.recipe_json import NAMESPACE, XMP_LIMIT, read_xmp

_SCAN = 0xDA
_APP0, _APP1 = b"\xff\xe0", b"\xff\xe1"
_XMP = _APP1 + b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = _APP1 + b"http://ns.adobe.com/xmp/extension/\0"
_FURTHER_IMAGES = b"\xff\xe2MPF\0"  # a phone's table of where they are in the file


class Jpeg(ImageFormat):
    """JPEG. A segment's head is its marker and how its data begins."""

    signature = b"\xff\xd8\xff"
    ours = _APP1 + NAMESPACE.encode() + b"\0"
    leading = (signature[:2], _APP0, _APP1 + b"Exif\0")

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        blocks = list(self.blocks(file))
        require(not any(block.head.startswith(_FURTHER_IMAGES) for block in blocks))  # which would no longer be right
        bodies = (self.ours[2:] + piece for piece in pieces(text.encode(), 65_500 - len(self.ours)))
        return self.replacement(blocks, b"".join(_APP1 + struct.pack(">H", len(body) + 2) + body for body in bodies))

    def texts(self, file: BinaryIO) -> Iterator[bytes | str]:
        blocks: list[Block] = []
        with suppress(MalformedFile):  # as far as the file is intact
            blocks.extend(self.blocks(file))

        def bodies(head: bytes) -> list[bytes]:
            """Return what follows the head in all segments that begin with it; nothing if it is too much."""
            found = [block for block in blocks if block.head.startswith(head)]
            fits = sum(block.end - block.start for block in found) <= XMP_LIMIT
            return [block.data(file)[len(head) - 2 :] for block in found if fits]

        yield b"".join(bodies(self.ours))
        for body in bodies(_XMP):
            recipe, extension = read_xmp(body)
            yield recipe
            # Each part begins with the length of all and its own offset, which sorting goes by.
            parts = sorted(bodies(_EXTENSION + extension.encode(errors="replace"))) if extension else []
            extended = b"".join(part[8:] for part in parts)
            if {part[:4] for part in parts} == {struct.pack(">I", len(extended))}:
                yield read_xmp(extended)[0]

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        require(take(file, 0, 3) == self.signature)
        yield Block(0, 2, self.signature)
        place = 2
        for _ in range(MAX_BLOCKS):
            filler, marker, length = struct.unpack(">BBH", take(file, place, 4))
            require(filler == 0xFF and length >= 2)
            if marker == _SCAN:
                return
            if marker == 0xFF:  # more filling
                place += 1
                continue
            end = place + 2 + length
            take(file, end - 1, 1)  # raises where the segment ends behind the file
            head = bytes((filler, marker)) + take(file, place + 4, min(length - 2, 80))
            yield Block(place, end, head, place + 4, end)
            place = end
        raise MalformedFile
