"""Check whether a PNG is complete. Decoders accept one whose pixels are all there; many servers do not."""

from __future__ import annotations

import io
from pathlib import Path

from components.images.metadata.blocks import MalformedFile
from components.images.metadata.png import Png


def has_end(data: bytes | Path) -> bool:
    """Return whether a PNG's chunks are complete up to the last one, IEND."""
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        try:
            return any(block.head == b"IEND" for block in Png().blocks(file))
        except MalformedFile:
            return False
