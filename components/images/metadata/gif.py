"""Recipes in GIFs: a comment before the first frame, "image-workbench:" and the JSON in UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from components.images.metadata.edits import MOST, Edit, MalformedFile, take
from components.images.metadata.text import KEYWORD, LIMIT

SIGNATURE = b"GIF8"
_VERSIONS = (b"GIF87a", b"GIF89a")
_PREFIX = KEYWORD.encode() + b":"
_EXTENSION = 0x21
_COMMENT, _APPLICATION = 0xFE, 0xFF
_LONGEST = 255  # bytes of a sub-block


class _Block(NamedTuple):
    label: int
    start: int
    end: int
    data: bytes  # of one of our comments, up to a little over the limit; the beginning of others


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """What puts a recipe into a GIF, behind how often it is repeated, which old programs look for first.

    Raises Odd for a file that is none, or whose beginning is broken.
    """
    blocks = list(_blocks(file))
    older = [block for block in blocks if block.data.startswith(_PREFIX)]
    others = (block for block in blocks if block not in older)
    ends = [block.end for block in takewhile(lambda block: block.label == _APPLICATION, others)]
    place = ends[-1] if ends else _first_block(file)
    data = _PREFIX + text.encode()
    pieces = (data[start : start + _LONGEST] for start in range(0, len(data), _LONGEST))
    comment = bytes((_EXTENSION, _COMMENT)) + b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"
    return [
        Edit(0, 6, _VERSIONS[1]),
        Edit(place, place, comment),
        *(Edit(block.start, block.end, b"") for block in older),
    ]


def texts(file: BinaryIO) -> Iterator[bytes]:
    """What may be recipes, in the order of the file. Raises Odd where it is broken."""
    for block in _blocks(file):
        if block.data.startswith(_PREFIX):
            yield block.data.removeprefix(_PREFIX)


def _first_block(file: BinaryIO) -> int:
    """The place behind the header and the palette."""
    header = take(file, 0, 13)
    if not header.startswith(_VERSIONS):
        raise MalformedFile("This is no GIF.")
    flags = header[10]
    return 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _may_be_ours(data: bytearray) -> bool:
    """Whether more of a comment that begins like this is of use."""
    begins = data.startswith(_PREFIX) or len(data) < len(_PREFIX)
    return begins and len(data) <= LIMIT + len(_PREFIX)


def _blocks(file: BinaryIO) -> Iterator[_Block]:
    """The extensions before the first frame."""
    start, left = _first_block(file), MOST
    while (introducer := take(file, start, 1)[0]) == _EXTENSION:
        label, place = take(file, start + 1, 1)[0], start + 2
        data = bytearray()
        while count := take(file, place, 1)[0]:
            if label == _COMMENT and _may_be_ours(data):
                data += take(file, place + 1, count)
            place += 1 + count
            left -= 1
            if left < 0:
                raise MalformedFile("There are too many blocks.")
        yield _Block(label, start, place + 1, bytes(data))
        start, left = place + 1, left - 1
    if introducer not in b",;":  # a frame, or the end of a picture without one
        raise MalformedFile("Something else stands where a frame should.")
