"""Check whether a PNG is complete. Decoders accept one whose pixels are all there; many servers do not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

_SIGNATURE = 8  # bytes


def has_end(data: bytes | Path) -> bool:
    """Return whether a PNG's chunks are complete up to the last one, IEND."""
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        file.seek(_SIGNATURE)
        while len(header := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", header)
            if name == b"IEND":
                return len(file.read(4)) == 4  # its checksum
            file.seek(length + 4, io.SEEK_CUR)
    return False
