"""A recipe in a JPEG: XMP in APP1, over several segments where it is long (XMP specification part 3, 1.1.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from components.images.recipes import xmp
from components.images.recipes.notation import Odd, Piece, read_at

SIGNATURE = b"\xff\xd8\xff"
PACKET = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
EXIF = b"Exif\0"

_APP0, _APP1, _START_OF_SCAN, _END = 0xE0, 0xE1, 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_MOST_SEGMENTS = 100_000
_MOST_DATA = 65_533  # bytes of a segment besides its length
_GUID = 32  # bytes, in hexadecimal
_EXTENSION_HEAD = len(EXTENSION) + _GUID + 8  # and the whole's length, and the part's place in it
_PART = 65_400


@dataclass(frozen=True)
class _Segment:
    """A segment before the first scan: its marker, where it stands with its marker, and where its data begins."""

    marker: int
    place: range
    data: int

    def read(self, file: BinaryIO) -> bytes:
        return read_at(file, self.data, self.place.stop - self.data)

    def starts(self, file: BinaryIO, name: bytes) -> bool:
        """Whether it is of APP1 and of this kind."""
        is_long = self.place.stop - self.data >= len(name)
        return self.marker == _APP1 and is_long and read_at(file, self.data, len(name)) == name


def _segments(file: BinaryIO, size: int) -> Iterator[_Segment]:
    """The segments before the first scan that are whole. Raises Odd when this is no JPEG."""
    if read_at(file, 0, 2) != SIGNATURE[:2]:
        raise Odd("This is no JPEG.")
    place = 2
    for _ in range(_MOST_SEGMENTS):
        if place + 4 > size:
            return
        first, marker, *length = read_at(file, place, 4)
        if first != 0xFF or marker in {_START_OF_SCAN, _END, 0x00}:
            return
        if marker == 0xFF:  # may stand before a marker, any number of times
            place += 1
            continue
        end = place + 2 + (0 if marker in _ALONE else int.from_bytes(bytes(length), "big"))
        if end > size or (marker not in _ALONE and end < place + 4):
            return
        yield _Segment(marker, range(place, end), min(end, place + 4))
        place = end


@dataclass
class _Metadata:
    """What there is of XMP in a JPEG."""

    packets: list[tuple[_Segment, bytes]]
    extensions: list[tuple[_Segment, bytes]]
    place: int  # where a new packet goes: after JFIF and EXIF


def _metadata(file: BinaryIO, size: int) -> _Metadata:
    held = _Metadata([], [], 2)
    at_start = True
    total = 0
    for segment in _segments(file, size):
        if segment.starts(file, PACKET) or segment.starts(file, EXTENSION):
            data = segment.read(file)
            total += len(data)
            if total > xmp.MOST_PACKET:
                raise Odd("There is more metadata than anybody writes.")
            name, held_in = (PACKET, held.packets) if data.startswith(PACKET) else (EXTENSION, held.extensions)
            held_in.append((segment, data[len(name) :]))
        elif segment.marker == _APP0 or segment.starts(file, EXIF):
            held.place = segment.place.stop if at_start else held.place
        else:
            at_start = False
    return held


def planned(file: BinaryIO, size: int, text: str) -> list[Piece]:
    """The file with a recipe in it, and without an older one. Raises Odd."""
    held = _metadata(file, size)
    gone: list[tuple[range, bytes]] = []  # what stands there, and what comes in its place
    theirs: tuple[range, bytes] | None = None  # the first packet that somebody else wrote, without our part
    guids = {xmp.noted(packet) for _, packet in held.packets}
    for segment, packet in held.packets:
        rest = xmp.without_ours(packet)
        if rest is not None and theirs is None:
            theirs = (segment.place, rest)
        elif rest is None or rest != packet:
            gone.append((segment.place, b"" if rest is None else _segment(PACKET + rest)))
    gone += [(segment.place, b"") for segment, data in held.extensions if data[:_GUID] in guids]
    made = _made(text, theirs[1] if theirs else None)
    if theirs is not None and made is not None:
        gone.append((theirs[0], made))
    else:
        made = _made(text, None)
        if made is None:
            raise Odd("The recipe is too long.")
        gone.append((range(held.place, held.place), made))
        gone += [(theirs[0], _segment(PACKET + theirs[1]))] if theirs else []
    pieces: list[Piece] = []
    kept = 0
    for place, instead in sorted(gone, key=lambda one: (one[0].start, one[0].stop)):
        pieces += [range(kept, place.start), instead]
        kept = place.stop
    return [*pieces, range(kept, size)]


def _segment(data: bytes) -> bytes:
    return bytes((0xFF, _APP1)) + (len(data) + 2).to_bytes(2, "big") + data


def _made(text: str, theirs: bytes | None) -> bytes | None:
    """The segments with the recipe, in a packet with theirs or alone; None where theirs cannot take it."""
    packet = _packet(xmp.inline(text), theirs)
    if packet is not None and len(PACKET + packet) <= _MOST_DATA:
        return _segment(PACKET + packet)
    if theirs is not None and b"HasExtendedXMP" in theirs:
        return None  # there can be one extension only
    whole = xmp.alone(xmp.inline(text))
    guid = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
    packet = _packet(xmp.note(guid), theirs)
    if packet is None or len(PACKET + packet) > _MOST_DATA:
        return None
    segments = [_segment(PACKET + packet)]
    for start in range(0, len(whole), _PART):
        head = EXTENSION + guid + len(whole).to_bytes(4, "big") + start.to_bytes(4, "big")
        segments.append(_segment(head + whole[start : start + _PART]))
    return b"".join(segments)


def _packet(part: bytes, theirs: bytes | None) -> bytes | None:
    return xmp.alone(part) if theirs is None else xmp.merged(theirs, part)


def found(file: BinaryIO, size: int) -> str | None:
    """The text of the recipe in it. Raises Odd."""
    held = _metadata(file, size)
    for _, packet in held.packets:
        if text := xmp.recipe_of(packet):
            return text
    wholes: dict[bytes, dict[int, bytes]] = {}
    for _, data in held.extensions:
        if len(data) >= _GUID + 8:
            place = int.from_bytes(data[_GUID + 4 : _GUID + 8], "big")
            wholes.setdefault(data[:_GUID], {})[place] = data[_GUID + 8 :]
    for parts in wholes.values():
        if text := xmp.recipe_of(b"".join(parts[place] for place in sorted(parts))):
            return text
    return None
