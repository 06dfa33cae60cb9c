"""Blocks of a file (chunks, segments, extensions, elements), and edits to a file that is too large for memory."""

from __future__ import annotations

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


def replacement(blocks: Iterable[Block], recipe: bytes, ours: bytes, leading: tuple[bytes, ...]) -> list[Edit]:
    """Return the edits that put a recipe's block behind the leading blocks, and remove older ones.

    `ours` is the head of a recipe's block; `leading` are the heads of those that must stay before it.
    """
    blocks = list(blocks)
    others = (block for block in blocks if not block.head.startswith(ours))
    place = max((block.end for block in takewhile(lambda block: block.head.startswith(leading), others)), default=None)
    if place is None:
        raise MalformedFile("The file does not begin as it should.")
    older = [Edit(block.start, block.end, b"") for block in blocks if block.head.startswith(ours)]
    return [Edit(place, place, recipe), *older]


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
