"""What a mask's drawing begins with: a coverage, as if it had been painted, kept as a file of the library."""

from __future__ import annotations

import secrets

from PIL import Image

from components.images import mask_work as work
from components.images.opening import KNOWN_PIXELS, decode, decoding_all
from components.library.files import digest
from components.parameters import InputImage
from components.ui.drawing import Step
from components.ui.easel import drawing_of
from components.ui.workbench import workbench

PURPOSE = "mask"


def rebase(image: InputImage, painted: Image.Image) -> None:
    """Make this coverage (L, of the picture's size, 255 painted) the base of the drawing, nothing drawn over it yet."""
    library = workbench().library
    scratch = library.scratch / f"base-{secrets.token_hex(8)}.png"  # of its own: two people may work on one picture
    painted.save(scratch, "PNG", compress_level=1)
    sha256 = digest(scratch)
    stored = library.files.adopt(scratch, "input", sha256, "png")
    drawing = drawing_of(image, PURPOSE)
    drawing.add(Step((), drawing.now.scale, sha256 if stored else None), load=True)


def set_mask(image: InputImage, mask: InputImage) -> None:
    """Start from the mask of an earlier run, fitted to this picture's size. Raises OSError when its file is gone."""
    with decoding_all(mask.path, copies=2):
        opened = decode(mask.path, max_pixels=KNOWN_PIXELS)
        painted = work.mask_from_upload(opened, (image.width, image.height), reading="alpha")
    rebase(image, painted)
