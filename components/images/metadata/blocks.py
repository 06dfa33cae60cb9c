"""Blocks of a file (chunks, segments, extensions, elements), edits to it, and what the formats have in common."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from components.images.metadata.recipe_json import XMP_LIMIT

PIECE = 1 << 20  # bytes read or returned at once, at most
MAX_BLOCKS = 20_000  # blocks read of one file; an image of 100 MB has fewer


class MalformedFile(ValueError):
    """A file that does not follow its format."""


class Block(NamedTuple):
    """Hold where a block and its data begin and end, in bytes, and its head: its type and any keyword."""

    start: int
    end: int
    head: bytes
    data_start: int = 0
    data_end: int = 0

    def data(self, file: BinaryIO) -> bytes:
        """Return the data; nothing where it is over 2 MB."""
        count = self.data_end - self.data_start
        return take(file, self.data_start, count) if count <= XMP_LIMIT else b""


class Edit(NamedTuple):
    """Replace the bytes from `start` up to `end` by `new`."""

    start: int
    end: int
    new: bytes


class ImageFormat:
    """A format that can carry a recipe. Each method raises MalformedFile."""

    signature: bytes  # how its files begin
    ours: bytes  # how the head of a recipe's block begins
    leading: tuple[bytes, ...]  # how the heads of the blocks begin that must stay before it

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        """Yield the blocks up to the pixels, or to the file's end."""
        raise NotImplementedError

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        """Return the edits that put a recipe in and remove older ones."""
        raise NotImplementedError

    def text(self, head: bytes, data: bytes) -> bytes | str:
        """Return what may be a recipe in a block with this head and data."""
        return data

    def texts(self, file: BinaryIO) -> Iterator[bytes | str]:
        """Yield what may be recipes, the newest first."""
        held = (block for block in self.blocks(file) if block.head.startswith(self.ours))
        return (self.text(block.head, block.data(file)) for block in held)

    def replacement(self, blocks: list[Block], recipe: bytes) -> list[Edit]:
        """Return the edits that put a recipe's block behind the leading blocks, and remove older ones."""
        others = (block for block in blocks if not block.head.startswith(self.ours))
        before = [block.end for block in takewhile(lambda block: block.head.startswith(self.leading), others)]
        require(bool(before))
        older = [Edit(block.start, block.end, b"") for block in blocks if block.head.startswith(self.ours)]
        return [Edit(max(before), max(before), recipe), *older]


def chunks(file: BinaryIO, place: int, end: int, *, is_riff: bool) -> Iterator[Block]:
    """Yield the chunks of a PNG or, with `is_riff`, of a WebP from a place up to `end`; the head is the type."""
    for _ in range(MAX_BLOCKS):
        if place >= end:
            return
        header = take(file, place, 8)
        length, name = struct.unpack("<4sI", header)[::-1] if is_riff else struct.unpack(">I4s", header)
        data_end = place + 8 + length
        after = min(data_end + (length % 2 if is_riff else 4), end)  # padding, or the checksum
        require(data_end <= end)
        take(file, after - 1, 1)  # raises where the chunk ends behind the file
        yield Block(place, after, name, place + 8, data_end)
        place = after
    raise MalformedFile


def added(edits: Iterable[Edit]) -> int:
    """Return how many bytes longer the edits make a file; negative where they make it shorter."""
    return sum(len(edit.new) - (edit.end - edit.start) for edit in edits)


def edited(file: BinaryIO, edits: Iterable[Edit]) -> Iterator[bytes]:
    """Yield the file with its edits, which do not overlap, in pieces of at most 1 MiB."""
    place = 0
    for edit in (*sorted(edits), Edit(sys.maxsize, sys.maxsize, b"")):
        file.seek(place)
        while place < edit.start and (piece := file.read(min(PIECE, edit.start - place))):
            yield piece
            place += len(piece)
        yield from pieces(edit.new, PIECE)
        place = edit.end


def take(file: BinaryIO, place: int, count: int) -> bytes:
    """Return `count` bytes from a place on. Raise MalformedFile where the file ends earlier."""
    file.seek(place)
    data = file.read(count)
    require(len(data) == count)
    return data


def require(is_right: bool) -> None:
    """Raise MalformedFile unless something is as it must be."""
    if not is_right:
        raise MalformedFile


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield the data in pieces of at most `size` bytes."""
    return (data[start : start + size] for start in range(0, len(data), size))
