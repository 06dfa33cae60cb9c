"""A recipe in a GIF: a comment extension before the first frame (GIF89a, 24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from components.images.recipes.notation import KEYWORD, MOST_BYTES, Odd, Piece, read_at

SIGNATURE = b"GIF8"
VERSIONS = frozenset({b"GIF87a", b"GIF89a"})
_HEAD = 13  # bytes: signature, version, logical screen
_START = f"{KEYWORD}:".encode()
_EXTENSION, _COMMENT = 0x21, 0xFE
_LONGEST = 255  # bytes of a sub-block
_MOST_EXTENSIONS = 1_000


@dataclass(frozen=True)
class _Extension:
    """An extension block: its label and where it stands, from its introducer to its terminator."""

    label: int
    place: range


def _head_end(file: BinaryIO) -> int:
    """Where the blocks begin: after the header and the global colours. Raises Odd."""
    head = read_at(file, 0, _HEAD)
    if head[:6] not in VERSIONS:
        raise Odd("This is no GIF.")
    packed = head[10]
    return _HEAD + (3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0)


def _blocks_end(file: BinaryIO, place: int) -> int:
    """Where a chain of sub-blocks ends, after its terminator. Raises Odd."""
    most = place + MOST_BYTES + MOST_BYTES // _LONGEST + _LONGEST
    while place < most:
        length = read_at(file, place, 1)[0]
        place += 1 + length
        if length == 0:
            return place
    raise Odd("An extension without an end.")


def _extensions(file: BinaryIO, size: int) -> Iterator[_Extension]:
    """The extensions before the first frame. Raises Odd for one that is not whole."""
    place = _head_end(file)
    for _ in range(_MOST_EXTENSIONS):
        if place + 2 > size:
            return
        kind, label = read_at(file, place, 2)
        if kind != _EXTENSION:
            return
        end = _blocks_end(file, place + 2)
        if end > size:
            return
        yield _Extension(label, range(place, end))
        place = end


def _is_ours(file: BinaryIO, one: _Extension) -> bool:
    start = one.place.start + 3  # introducer, label, length of the first sub-block
    count = min(len(_START), len(one.place) - 3)
    return one.label == _COMMENT and read_at(file, start, count) == _START


def planned(file: BinaryIO, size: int, text: str) -> list[Piece]:
    """The file with a recipe in it, and without an older one. Raises Odd."""
    kept = _head_end(file)
    if kept > size:
        raise Odd("This GIF ends in its colours.")
    # Comments came with the later version; everything else means the same in both.
    pieces: list[Piece] = [b"GIF89a", range(6, kept), _made(text)]
    for one in _extensions(file, size):
        if _is_ours(file, one):
            pieces.append(range(kept, one.place.start))
            kept = one.place.stop
    return [*pieces, range(kept, size)]


def _made(text: str) -> bytes:
    data = _START + text.encode()
    blocks = [data[start : start + _LONGEST] for start in range(0, len(data), _LONGEST)]
    return bytes((_EXTENSION, _COMMENT)) + b"".join(bytes((len(one),)) + one for one in blocks) + b"\0"


def found(file: BinaryIO, size: int) -> str | None:
    """The text of the recipe in it. Raises Odd."""
    for one in _extensions(file, size):
        if _is_ours(file, one):
            data = read_at(file, one.place.start + 2, len(one.place) - 2)
            place, parts = 0, []
            while length := data[place]:
                parts.append(data[place + 1 : place + 1 + length])
                place += 1 + length
            return b"".join(parts)[len(_START) :].decode("utf-8", "replace")
    return None
