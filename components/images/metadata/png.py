"""Recipes in PNGs: one text chunk (iTXt) right after the header, with the keyword "image-workbench"."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, ImageFormat, MalformedFile, require, take
from components.images.metadata.recipe_json import KEYWORD, LIMIT

_MAX_CHUNK = LIMIT + 1000  # bytes: the JSON, and the language and translated keyword that may precede it


class Png(ImageFormat):
    """PNG. A text chunk's head is its keyword, any other's its type."""

    signature = b"\x89PNG\r\n\x1a\n"
    ours = KEYWORD.encode() + b"\0"
    leading = (b"IHDR",)
    manifest = b"caBX"

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        data = b"iTXt" + self.ours + b"\0\0\0\0" + text.encode()  # not compressed, no language, no translated keyword
        chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
        return self.replacement(list(self.blocks(file)), chunk)

    def texts(self, file: BinaryIO) -> Iterator[bytes]:
        for block in self.blocks(file):
            if block.head == self.ours and block.end - block.start <= _MAX_CHUNK:
                chunk = take(file, block.start + 4, block.end - block.start - 8)
                yield _text(chunk[:4], chunk[4 + len(self.ours) :])

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        require(take(file, 0, 16) == self.signature + b"\0\0\0\x0dIHDR", "This is not a PNG.")
        end = len(self.signature)
        for _ in range(MAX_BLOCKS):
            place, (length, name) = end, struct.unpack(">I4s", take(file, end, 8))
            end = place + 12 + length
            take(file, end - 1, 1)  # raises where the chunk ends behind the file
            is_text = name in (b"iTXt", b"tEXt", b"zTXt")
            yield Block(place, end, take(file, place + 8, min(length, len(self.ours))) if is_text else name)
            if name == b"IEND":
                return
        raise MalformedFile("There are too many chunks.")


def _text(name: bytes, data: bytes) -> bytes:
    """Return the text of a chunk, however another program has rewritten it."""
    if name == b"iTXt":
        compressed, body = data[:1] == b"\1", data[2:].split(b"\0", 2)[-1]
    else:
        compressed, body = name == b"zTXt", data[name == b"zTXt" :]
    try:  # a little over the limit at most, which `parsed` refuses
        return zlib.decompressobj().decompress(body, LIMIT + 1) if compressed else body
    except zlib.error:
        return b""
