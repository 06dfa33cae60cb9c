"""Recipes in GIFs: one comment before the first frame, "image-workbench:" and the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, ImageFormat, pieces, require, take
from components.images.metadata.recipe_json import KEYWORD

_COMMENT, _APPLICATION = b"!\xfe", b"!\xff"


class Gif(ImageFormat):
    """GIF. An extension's head is all that it holds."""

    signature = b"GIF8"
    ours = _COMMENT + KEYWORD.encode() + b":"
    leading = (signature, _APPLICATION)  # the loop count, which old programs expect first
    manifest = _APPLICATION + b"C2PA_GIF"

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        parts = pieces((self.ours + text.encode()).removeprefix(_COMMENT), 255)
        comment = _COMMENT + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"
        return [Edit(0, 6, b"GIF89a"), *self.replacement(list(self.blocks(file)), comment)]

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        header = take(file, 0, 13)
        require(header.startswith((b"GIF87a", b"GIF89a")), "This is not a GIF.")
        start = 13 + (3 << (header[10] & 7) + 1 if header[10] & 0x80 else 0)  # behind the palette
        yield Block(0, start, header)
        left = MAX_BLOCKS  # of extensions and their parts, so that at most 5 MB are held
        while (introducer := take(file, start, 1)) == b"!":
            head, place = [take(file, start, 2)], start + 2
            while count := take(file, place, 1)[0]:
                head.append(take(file, place + 1, count))
                place += 1 + count
                require(len(head) <= left, "There are too many blocks.")
            yield Block(start, place + 1, b"".join(head))
            start, left = place + 1, left - len(head)
        require(introducer in (b",", b";"), "There is something else where a frame should begin.")
