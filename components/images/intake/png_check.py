"""Whether a PNG has its end. A decoder is content when all pixels are there; many servers are not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

_SIGNATURE = 8  # bytes


def has_end(data: bytes | Path) -> bool:
    """Whether a PNG's chunks are whole up to its last one, IEND."""
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        file.seek(_SIGNATURE)
        while len(header := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", header)
            if name == b"IEND":
                return len(file.read(4)) == 4  # its checksum
            file.seek(length + 4, io.SEEK_CUR)
    return False
