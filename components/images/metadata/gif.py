"""Recipes in GIFs: one comment before the first frame, "image-workbench:" and the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, ImageFormat, pieces, require, take
from components.images.metadata.recipe_json import KEYWORD

_COMMENT, _APPLICATION = b"!\xfe", b"!\xff"


class Gif(ImageFormat):
    """GIF. An extension's data are parts of up to 255 bytes, its head is its type and the first of them."""

    signature = b"GIF8"
    ours = _COMMENT + KEYWORD.encode() + b":"
    leading = (signature, _APPLICATION)  # the loop count, which old programs expect first

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        parts = pieces((self.ours + text.encode()).removeprefix(_COMMENT), 255)
        comment = _COMMENT + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"
        return [Edit(0, 6, b"GIF89a"), *self.replacement(list(self.blocks(file)), comment)]

    def text(self, head: bytes, data: bytes) -> bytes:
        parts, place = [_COMMENT], 0
        while place < len(data):
            parts.append(data[place + 1 : place + 1 + data[place]])
            place += 1 + data[place]
        return b"".join(parts).removeprefix(self.ours)

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        header = take(file, 0, 13)
        require(header.startswith((b"GIF87a", b"GIF89a")))
        start = 13 + (3 << (header[10] & 7) + 1 if header[10] & 0x80 else 0)  # behind the palette
        yield Block(0, start, header)
        left = MAX_BLOCKS  # of extensions and their parts
        while (introducer := take(file, start, 1)) == b"!":
            head, place = take(file, start, 2), start + 2
            while count := take(file, place, 1)[0]:
                head += take(file, place + 1, count if len(head) < len(self.ours) else 0)
                place, left = place + 1 + count, left - 1
                require(left > 0)
            yield Block(start, place + 1, head, start + 2, place)
            start, left = place + 1, left - 1
        require(introducer in (b",", b";"))
