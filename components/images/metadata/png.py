"""Recipes in PNGs: one text chunk (iTXt) right after the header, with the keyword "image-workbench"."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import Block, Edit, ImageFormat, chunks, require, take
from components.images.metadata.recipe_json import KEYWORD, LIMIT


class Png(ImageFormat):
    """PNG. A text chunk's head is its keyword and type, any other's its type."""

    signature = b"\x89PNG\r\n\x1a\n"
    ours = KEYWORD.encode() + b"\0"
    leading = (b"IHDR",)

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        data = b"iTXt" + self.ours + b"\0\0\0\0" + text.encode()  # not compressed, no language, no translated keyword
        chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
        return self.replacement(list(self.blocks(file)), chunk)

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        require(take(file, 0, 16) == self.signature + b"\0\0\0\x0dIHDR")
        for block in chunks(file, len(self.signature), sys.maxsize, is_riff=False):
            if block.head in (b"iTXt", b"tEXt", b"zTXt"):
                start = min(block.data_start + len(self.ours), block.data_end)
                keyword = take(file, block.data_start, start - block.data_start)
                block = block._replace(head=keyword + block.head, data_start=start)
            yield block
            if block.head == b"IEND":
                return

    def text(self, head: bytes, data: bytes) -> bytes:
        compressed, body = head.endswith(b"zTXt"), data[head.endswith(b"zTXt") :]
        if head.endswith(b"iTXt"):
            compressed, body = data[:1] == b"\1", data[2:].split(b"\0", 2)[-1]
        try:  # a little over the limit at most, which `parsed` refuses
            return zlib.decompressobj().decompress(body, LIMIT + 1) if compressed else body
        except zlib.error:
            return b""
