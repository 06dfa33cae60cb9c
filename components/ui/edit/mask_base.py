"""The base of a mask's drawing: a coverage image that counts as painted, kept as a file of the library."""

from __future__ import annotations

import secrets

from PIL import Image

from components.library.files.content_store import digest
from components.parameters import InputImage
from components.ui.edit.canvas.page_state import drawing_of
from components.ui.edit.canvas.state import ObjectSelection, Step
from components.ui.process.workbench import workbench

PURPOSE = "mask"


def rebase(image: InputImage, painted: Image.Image, selection: ObjectSelection | None = None) -> None:
    """Make this coverage (L, of the image's size, 255 painted) the base of an otherwise empty drawing.

    `selection` is what made it. A selection of nothing leaves the drawing empty, since more clicks may follow.
    """
    sha256 = keep_coverage(painted) if selection is None or painted.getbbox() else None
    drawing = drawing_of(image, PURPOSE)
    drawing.add(Step((), drawing.now.scale, sha256, selection=selection), load=True)


def keep_coverage(painted: Image.Image) -> str | None:
    """Store a coverage in the library and return its SHA-256. Raise LibraryUnavailable."""
    library = workbench().library
    staged = library.staging / f"base-{secrets.token_hex(8)}.png"  # of its own: two people may work on one image
    painted.save(staged, "PNG", compress_level=1)
    sha256 = digest(staged)
    library.note_added(sha256)
    return sha256 if library.files.adopt(staged, "input", sha256, "png") else None
