"""Whether a file has its end. A decoder is content when all pixels are there; many servers are not."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

JPEG_END = b"\xff\xd9"
_PNG = b"\x89PNG\r\n\x1a\n"
_TAIL = 65_536  # bytes at the end of a JPEG in which its end mark is looked for; phones put things behind it


def ends_well(data: bytes | Path) -> bool:
    """Whether a PNG has its chunk IEND, and a JPEG its end mark. True for all other files."""
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        head = file.read(len(_PNG))
        if head == _PNG:
            return _has_iend(file)
        if head.startswith(b"\xff\xd8"):
            file.seek(max(0, file.seek(0, io.SEEK_END) - _TAIL))
            return JPEG_END in file.read()
    return True


def _has_iend(file: BinaryIO) -> bool:
    while len(header := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", header)
        if name == b"IEND":
            return len(file.read(4)) == 4  # its checksum
        file.seek(length + 4, io.SEEK_CUR)
    return False
