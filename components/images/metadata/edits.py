"""Changes to a file that is too large to hold: where something goes in or out, and the new bytes in pieces."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

PIECE = 1 << 20  # bytes, the most that is read or given at once
MOST = 20_000  # chunks, segments or blocks that are looked at; a picture of 100 MB has fewer


class MalformedFile(ValueError):
    """A file that is not laid out as its format asks."""


class Edit(NamedTuple):
    """The bytes from `start` up to `end` give way to `new`; nothing goes out where the two are the same place."""

    start: int
    end: int
    new: bytes


def added(edits: Sequence[Edit]) -> int:
    """How many bytes longer the edits make a file; less than 0 where they make it shorter."""
    return sum(len(edit.new) - (edit.end - edit.start) for edit in edits)


def edited(file: BinaryIO, edits: Sequence[Edit]) -> Iterator[bytes]:
    """The file with its edits, which do not overlap, in pieces of at most 1 MiB."""
    place = 0
    for edit in sorted(edits):
        yield from _span(file, place, edit.start)
        for start in range(0, len(edit.new), PIECE):
            yield edit.new[start : start + PIECE]
        place = edit.end
    yield from _span(file, place, size_of(file))


def _span(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end and (piece := file.read(min(PIECE, end - start))):
        yield piece
        start += len(piece)


def size_of(file: BinaryIO) -> int:
    """The file's length in bytes."""
    return file.seek(0, io.SEEK_END)


def take(file: BinaryIO, place: int, count: int) -> bytes:
    """Exactly `count` bytes from a place on. Raises Odd where the file ends earlier."""
    file.seek(place)
    data = file.read(count)
    if len(data) != count:
        raise MalformedFile("The file ends early.")
    return data
