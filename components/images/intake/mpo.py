"""Cut a phone's JPEG with several images inside (MPO) down to its first one, without touching a pixel.

Phones put a gain map, a depth map or a second view behind the image, and a table of them (a segment APP2 that
begins with "MPF") into it. Pillow, which many servers read images with, does not call such a file a JPEG.
"""

from __future__ import annotations

import struct

_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_APP2 = 0xE2
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}


def first_image(data: bytes) -> bytes | None:
    """Return the first image of an MPO as a JPEG of its own; None for malformed data."""
    table = _table(data)
    if table is None:
        return None
    place, length = table
    size = _first_size(data[place + 8 : place + 2 + length])  # after marker, length and "MPF\0"
    if size is None or not 0 < size <= len(data) or data[size - 2 : size] != bytes((0xFF, _END)):
        end = data.find(bytes((0xFF, _END, 0xFF, _START)), place)
        if end < 0:
            return None
        size = end + 2
    return data[:place] + data[place + 2 + length : size]


def _table(data: bytes) -> tuple[int, int] | None:
    """Return where the segment with the table begins, and its length; None if none precedes the first scan."""
    if data[:2] != bytes((0xFF, _START)):
        return None
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _WITHOUT_LENGTH or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in (_SCAN, _END):
            return None
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _APP2 and data[place + 4 : place + 8] == b"MPF\0":
            return place, length
        place += 2 + length
    return None


def _first_size(table: bytes) -> int | None:
    """Return the length of the first image in bytes, from the table's entry B002 (CIPA DC-007, "MP Entry")."""
    order = {b"II": "<", b"MM": ">"}.get(table[:2])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(order + "I", table, 4)
        (count,) = struct.unpack_from(order + "H", table, directory)
        for number in range(min(count, 64)):
            tag, _, _, offset = struct.unpack_from(order + "HHII", table, directory + 2 + 12 * number)
            if tag == 0xB002:
                size: int = struct.unpack_from(order + "I", table, offset + 4)[0]
                return size
    except struct.error:
        return None
    return None
