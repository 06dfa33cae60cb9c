"""Recipes in JPEGs: in the XMP packet, or in an extended one where they are long (over 64 kB).

Where the picture's own XMP leaves no place for a recipe, it goes into segments (APP1) that bear our namespace's name.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from components.images.metadata import xmp
from components.images.metadata.edits import MOST, Edit, MalformedFile, take
from components.images.metadata.text import LIMIT

SIGNATURE = b"\xff\xd8\xff"
_SCAN, _END, _APP0, _APP1, _APP2 = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_OWN = xmp.NAMESPACE.encode() + b"\0"
_EXIF = b"Exif\0"
_SEVERAL_PICTURES = b"MPF\0"
_LONGEST = 65_533  # bytes of a segment after its length
_PART = 65_400  # bytes of an extended packet in one segment, as Adobe does it
_HEAD = len(_EXTENSION) + 40  # name, GUID, length of the whole, place in the whole


class _Segment(NamedTuple):
    marker: int
    start: int  # of the marker
    body: int
    end: int
    head: bytes

    def is_a(self, name: bytes) -> bool:
        return self.marker == _APP1 and self.head.startswith(name)


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """What puts a recipe into a JPEG. Raises Odd for a file that is none, or is odd: a phone's with several pictures,
    for example, whose table of them would no longer fit."""
    segments = list(_segments(file))
    if any(segment.marker == _APP2 and segment.head.startswith(_SEVERAL_PICTURES) for segment in segments):
        raise MalformedFile("There are several pictures in the file.")
    packets = [segment for segment in segments if segment.is_a(_XMP)]
    old = _body(file, packets[0], _XMP) if packets else xmp.EMPTY
    note = xmp.our_note(old)
    gone = [
        segment for segment in segments if segment.is_a(_OWN) or (note and segment.is_a(_EXTENSION + note.encode()))
    ]
    leading = list(takewhile(lambda segment: segment.marker == _APP0 or segment.is_a(_EXIF), segments))
    place = leading[-1].end if leading else 2
    bare = xmp.without(old)
    made = _in_packet(bare, text) if len(packets) < 2 else None
    if made:
        first, last = (packets[0].start, packets[0].end) if packets else (place, place)
        changes = [Edit(first, last, made)]
    else:
        kept = b"" if bare == xmp.EMPTY else _segment(_XMP + bare)
        changes = [Edit(packets[0].start, packets[0].end, kept)] if packets and bare != old else []
        changes.append(Edit(place, place, b"".join(_split(_OWN, text.encode()))))
    return changes + [Edit(segment.start, segment.end, b"") for segment in gone]


def texts(file: BinaryIO) -> Iterator[bytes | str]:
    """What may be recipes, the newest first, as far as the file is whole."""
    segments: list[_Segment] = []
    with suppress(MalformedFile):
        segments.extend(_segments(file))
    names = []
    for segment in (segment for segment in segments if segment.is_a(_XMP)):
        found = xmp.read(_body(file, segment, _XMP))
        if found and found.recipe is not None:
            yield found.recipe
        if found and found.guid:
            names.append(found.guid)
    if own := [segment for segment in segments if segment.is_a(_OWN)]:
        yield _joined(file, own)
    for name in names:
        found = xmp.read(_extended(file, segments, name))
        yield (found and found.recipe) or ""


def _segments(file: BinaryIO) -> Iterator[_Segment]:
    """The segments before the pixels."""
    if take(file, 0, 2) != SIGNATURE[:2]:
        raise MalformedFile("This is no JPEG.")
    place = 2
    for _ in range(MOST):
        filler, marker = take(file, place, 2)
        if filler != 0xFF or marker == _END:
            raise MalformedFile("There is something else where a segment should begin.")
        if marker == _SCAN:
            return
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(take(file, place + 2, 2), "big")
        end = place + 2 + length
        if length < 2:
            raise MalformedFile("A segment ends before it begins.")
        take(file, end - 1, 1)  # it is all there
        yield _Segment(marker, place, place + 4, end, take(file, place + 4, min(length - 2, _HEAD)))
        place = end
    raise MalformedFile("There are too many segments.")


def _in_packet(packet: bytes, text: str) -> bytes | None:
    """The packet with the recipe as segments, with those of an extended one behind it if need be; None if unsafe."""
    grown = xmp.with_text(packet, text)
    if grown and len(_XMP) + len(grown) <= _LONGEST:
        return _segment(_XMP + grown)
    whole = xmp.extension(text)
    guid = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()  # the format asks for MD5
    noted = xmp.with_note(packet, guid) if len(whole) <= xmp.MOST else None
    if noted is None or len(_XMP) + len(noted) > _LONGEST:
        return None
    parts = (
        _segment(_EXTENSION + guid.encode() + struct.pack(">II", len(whole), start) + whole[start : start + _PART])
        for start in range(0, len(whole), _PART)
    )
    return _segment(_XMP + noted) + b"".join(parts)


def _segment(body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body


def _split(name: bytes, data: bytes) -> Iterator[bytes]:
    room = _LONGEST - len(name)
    for start in range(0, len(data), room):
        yield _segment(name + data[start : start + room])


def _body(file: BinaryIO, segment: _Segment, name: bytes) -> bytes:
    return take(file, segment.body, segment.end - segment.body)[len(name) :]


def _joined(file: BinaryIO, own: Sequence[_Segment]) -> bytes:
    if sum(segment.end - segment.body - len(_OWN) for segment in own) > LIMIT:
        return b""
    return b"".join(_body(file, segment, _OWN) for segment in own)


def _extended(file: BinaryIO, segments: Sequence[_Segment], guid: str) -> bytes:
    """The extended packet of this name, put together; empty where a part is missing or there are too many."""
    name = _EXTENSION + guid.encode("ascii", "replace")
    parts = {
        int.from_bytes(segment.head[-4:], "big"): segment
        for segment in segments
        if segment.is_a(name) and len(segment.head) == _HEAD
    }
    if len(guid) != 32 or sum(part.end - part.body - _HEAD for part in parts.values()) > xmp.MOST:
        return b""
    whole = b"".join(_body(file, part, part.head) for _, part in sorted(parts.items()))
    lengths = {int.from_bytes(part.head[-8:-4], "big") for part in parts.values()}
    return whole if lengths == {len(whole)} else b""
