"""Outputs as input images of another request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.library.records import StoredOutput
from components.parameters import InputImage

if TYPE_CHECKING:
    from components.library.store import Library

STILL_FORMATS = frozenset({"png", "jpeg", "webp"})


def still_as_input(library: Library, output: StoredOutput) -> InputImage | None:
    """Return a PNG, JPEG or WebP output as an input image kept in the library; None if its file is missing.

    Return None for other formats too. Raises LibraryUnavailable.
    """
    path = library.file("original", output.sha256)
    if path is None or output.format not in STILL_FORMATS:
        return None
    name, kind = f"{output.id}.{path.suffix.lstrip('.')}", f"image/{output.format}"
    return library.keep_input(
        InputImage(path, name, kind, output.width, output.height, output.bytes, output.sha256, output.has_alpha)
    )
