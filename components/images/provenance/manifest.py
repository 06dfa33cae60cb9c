"""Whether an image file carries signed provenance (C2PA)."""

from __future__ import annotations

import re
from pathlib import Path

from components.images.metadata.blocks import MalformedFile
from components.images.metadata.files import FORMATS, format_of
from components.images.metadata.svg import WINDOW

# How the head of the block begins that holds the manifest.
_HEADS = {
    FORMATS["png"]: rb"caBX",
    FORMATS["jpeg"]: rb"\xff\xebJP.*c2pa",
    FORMATS["webp"]: rb"C2PA",
    FORMATS["gif"]: rb"!\xffC2PA_GIF",
}


def carries_manifest(path: Path) -> bool:
    """Return whether a file carries signed provenance (C2PA), which any change of its bytes breaks.

    Only the beginnings of its blocks are read, nothing is verified. Raise OSError.
    """
    with path.open("rb", buffering=0) as file:
        found = format_of(file.read(512))
        if found is FORMATS["svg"]:
            file.seek(0)
            return b"<c2pa:manifest" in file.read(WINDOW)
        try:
            return found is not None and any(
                re.match(_HEADS[found], block.head, re.DOTALL) for block in found.blocks(file)
            )
        except MalformedFile:
            return False
