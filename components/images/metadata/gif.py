"""Recipes in GIFs: one comment before the first frame, "image-workbench:" and the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import MAX_BLOCKS, Block, Edit, MalformedFile, replacement, take
from components.images.metadata.recipe_json import KEYWORD

SIGNATURE = b"GIF8"
_COMMENT, _APPLICATION = b"!\xfe", b"!\xff"
_OURS = _COMMENT + KEYWORD.encode() + b":"


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """Return the edits that put a recipe in, behind the loop count, which old programs expect first.

    Raise MalformedFile.
    """
    data = (_OURS + text.encode()).removeprefix(_COMMENT)
    pieces = (data[start : start + 255] for start in range(0, len(data), 255))
    comment = _COMMENT + b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"
    return [Edit(0, 6, b"GIF89a"), *replacement(_blocks(file), comment, _OURS, (SIGNATURE, _APPLICATION))]


def texts(file: BinaryIO) -> Iterator[bytes]:
    """Yield what may be recipes. Raise MalformedFile."""
    return (block.head.removeprefix(_OURS) for block in _blocks(file) if block.head.startswith(_OURS))


def has_manifest(file: BinaryIO) -> bool:
    """Return whether signed provenance (C2PA) is in it. Raise MalformedFile."""
    return any(block.head.startswith(_APPLICATION + b"C2PA_GIF") for block in _blocks(file))


def _blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the header with its palette, and the extensions before the first frame with all that they hold."""
    header = take(file, 0, 13)
    if not header.startswith((b"GIF87a", b"GIF89a")):
        raise MalformedFile("This is not a GIF.")
    start = 13 + (3 << (header[10] & 7) + 1 if header[10] & 0x80 else 0)
    yield Block(0, start, header)
    left = MAX_BLOCKS  # of extensions and their parts, so that at most 5 MB are held
    while (introducer := take(file, start, 1)) == b"!":
        head, place = [take(file, start, 2)], start + 2
        while count := take(file, place, 1)[0]:
            head.append(take(file, place + 1, count))
            place += 1 + count
            if len(head) > left:
                raise MalformedFile("There are too many blocks.")
        yield Block(start, place + 1, b"".join(head))
        start, left = place + 1, left - len(head)
    if introducer not in (b",", b";"):  # a frame, or the end of a GIF without one
        raise MalformedFile("There is something else where a frame should begin.")
