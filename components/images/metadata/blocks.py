"""Blocks of a file (chunks, segments, extensions, elements), edits to it, and what the formats have in common."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import BinaryIO, NamedTuple

PIECE = 1 << 20  # bytes read or returned at once, at most
MAX_BLOCKS = 20_000  # blocks read of one file; an image of 100 MB has fewer


class MalformedFile(ValueError):
    """A file that does not follow its format."""


class Block(NamedTuple):
    """Hold where a block begins and ends, in bytes, and how it begins: its type and the keyword that may follow."""

    start: int
    end: int
    head: bytes


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
    manifest: bytes  # the pattern of the head of signed provenance (C2PA)

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        """Yield the blocks up to the pixels, or to the file's end."""
        raise NotImplementedError

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        """Return the edits that put a recipe in and remove older ones."""
        raise NotImplementedError

    def texts(self, file: BinaryIO) -> Iterator[bytes | str]:
        """Yield what may be recipes, the newest first."""
        return (block.head.removeprefix(self.ours) for block in self.blocks(file) if block.head.startswith(self.ours))

    def has_manifest(self, file: BinaryIO) -> bool:
        """Return whether signed provenance is in the file."""
        return any(re.match(self.manifest, block.head, re.DOTALL) for block in self.blocks(file))

    def replacement(self, blocks: list[Block], recipe: bytes) -> list[Edit]:
        """Return the edits that put a recipe's block behind the leading blocks, and remove older ones."""
        others = (block for block in blocks if not block.head.startswith(self.ours))
        before = [block.end for block in takewhile(lambda block: block.head.startswith(self.leading), others)]
        require(bool(before), "The file does not begin as it should.")
        older = [Edit(block.start, block.end, b"") for block in blocks if block.head.startswith(self.ours)]
        return [Edit(max(before), max(before), recipe), *older]


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
        for start in range(0, len(edit.new), PIECE):
            yield edit.new[start : start + PIECE]
        place = edit.end


def take(file: BinaryIO, place: int, count: int) -> bytes:
    """Return `count` bytes from a place on. Raise MalformedFile where the file ends earlier."""
    file.seek(place)
    data = file.read(count)
    if len(data) != count:
        raise MalformedFile("The file ends early.")
    return data


def require(is_right: bool, otherwise: str) -> None:
    """Raise MalformedFile unless something is as it must be."""
    if not is_right:
        raise MalformedFile(otherwise)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield the data in pieces of at most `size` bytes."""
    return (data[start : start + size] for start in range(0, len(data), size))
