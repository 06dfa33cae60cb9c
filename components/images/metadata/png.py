"""Recipes in PNGs: one text chunk (iTXt) right after the header, with the keyword "image-workbench"."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, MalformedFile, replacement, take
from components.images.metadata.recipe_json import KEYWORD, LIMIT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = KEYWORD.encode() + b"\0"
_MAX_CHUNK = LIMIT + 1000  # bytes: the JSON, and the language and translated keyword that may precede it


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """Return the edits that put a recipe in. Raise MalformedFile."""
    data = b"iTXt" + _KEYWORD + b"\0\0\0\0" + text.encode()  # not compressed, no language, no translated keyword
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return replacement(_blocks(file), chunk, _KEYWORD, (b"IHDR",))


def texts(file: BinaryIO) -> Iterator[bytes]:
    """Yield what may be recipes, however another program has rewritten the chunk. Raise MalformedFile."""
    for block in _blocks(file):
        if block.head == _KEYWORD and block.end - block.start <= _MAX_CHUNK:
            chunk = take(file, block.start + 4, block.end - block.start - 8)
            yield _text(chunk[:4], chunk[4 + len(_KEYWORD) :])


def has_manifest(file: BinaryIO) -> bool:
    """Return whether signed provenance (C2PA) is in it. Raise MalformedFile."""
    return any(block.head == b"caBX" for block in _blocks(file))


def _blocks(file: BinaryIO) -> Iterator[Block]:
    if take(file, 0, 16) != SIGNATURE + b"\0\0\0\x0dIHDR":
        raise MalformedFile("This is not a PNG.")
    place = len(SIGNATURE)
    for _ in range(MAX_BLOCKS):
        length, name = struct.unpack(">I4s", take(file, place, 8))
        end = place + 12 + length
        take(file, end - 1, 1)  # raises where the chunk ends behind the file
        is_text = name in (b"iTXt", b"tEXt", b"zTXt")
        yield Block(place, end, take(file, place + 8, min(length, len(_KEYWORD))) if is_text else name)
        if name == b"IEND":
            return
        place = end
    raise MalformedFile("There are too many chunks.")


def _text(name: bytes, data: bytes) -> bytes:
    if name == b"iTXt":
        compressed, body = data[:1] == b"\1", data[2:].split(b"\0", 2)[-1]
    else:
        compressed, body = name == b"zTXt", data[name == b"zTXt" :]
    try:  # a little over the limit at most, which `parsed` refuses
        return zlib.decompressobj().decompress(body, LIMIT + 1) if compressed else body
    except zlib.error:
        return b""
