"""Recipes in JPEGs: segments (APP1) with our namespace's name; a recipe over 64 kB takes several.

Version 0.1 wrote XMP: a property in the first packet, or in an extended packet where the recipe was long.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO

from components.images.metadata import xmp
from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, MalformedFile, replacement, take

SIGNATURE = b"\xff\xd8\xff"
_SCAN = 0xDA
_APP0, _APP1 = b"\xff\xe0", b"\xff\xe1"
_OURS = _APP1 + xmp.NAMESPACE.encode() + b"\0"
_XMP = _APP1 + b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = _APP1 + b"http://ns.adobe.com/xmp/extension/\0"
_FURTHER_IMAGES = b"\xff\xe2MPF\0"  # a phone's table of where they are in the file
_MAX_BODY = 65_500 - len(_OURS)  # bytes of JSON in a segment


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """Return the edits that put a recipe in. Raise MalformedFile, also for a JPEG with further images."""
    blocks, data = list(_blocks(file)), text.encode()
    if any(block.head.startswith(_FURTHER_IMAGES) for block in blocks):
        raise MalformedFile("The table of further images would no longer be right.")
    bodies = (_OURS[2:] + data[start : start + _MAX_BODY] for start in range(0, len(data), _MAX_BODY))
    segments = b"".join(_APP1 + struct.pack(">H", len(body) + 2) + body for body in bodies)
    return replacement(blocks, segments, _OURS, (SIGNATURE[:2], _APP0, _APP1 + b"Exif\0"))


def texts(file: BinaryIO) -> Iterator[bytes | str]:
    """Yield what may be recipes, the newest first, as far as the file is intact."""
    blocks: list[Block] = []
    with suppress(MalformedFile):
        blocks.extend(_blocks(file))
    yield b"".join(_bodies(file, blocks, _OURS))
    for body in _bodies(file, blocks, _XMP):
        packet = xmp.read(body)
        yield packet.recipe
        if packet.extension:
            # Each part begins with the length of all and its own offset, which sorting goes by.
            parts = sorted(_bodies(file, blocks, _EXTENSION + packet.extension.encode(errors="replace")))
            extended = b"".join(part[8:] for part in parts)
            if {part[:4] for part in parts} == {struct.pack(">I", len(extended))}:
                yield xmp.read(extended).recipe


def has_manifest(file: BinaryIO) -> bool:
    """Return whether signed provenance (C2PA) is in it. Raise MalformedFile."""
    return any(block.head.startswith(b"\xff\xebJP") and b"c2pa" in block.head for block in _blocks(file))


def _blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the file's start, and the segments before the pixels."""
    if take(file, 0, 3) != SIGNATURE:
        raise MalformedFile("This is not a JPEG.")
    yield Block(0, 2, SIGNATURE)
    place = 2
    for _ in range(MAX_BLOCKS):
        filler, marker, length = struct.unpack(">BBH", take(file, place, 4))
        if filler != 0xFF or length < 2:
            raise MalformedFile("There is something else where a segment should begin.")
        if marker == _SCAN:
            return
        if marker == 0xFF:  # more filling
            place += 1
            continue
        end = place + 2 + length
        take(file, end - 1, 1)  # raises where the segment ends behind the file
        yield Block(place, end, bytes((filler, marker)) + take(file, place + 4, min(length - 2, 80)))
        place = end
    raise MalformedFile("There are too many segments.")


def _bodies(file: BinaryIO, blocks: Iterable[Block], head: bytes) -> list[bytes]:
    """Return what follows the head in all segments that begin with it; nothing if that is more than any recipe."""
    found = [block for block in blocks if block.head.startswith(head)]
    if sum(block.end - block.start for block in found) > xmp.LIMIT:
        return []
    return [take(file, block.start + 4, block.end - block.start - 4)[len(head) - 2 :] for block in found]
