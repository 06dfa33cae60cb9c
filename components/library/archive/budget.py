"""Limit the work of one import: pixels, frames and seconds, in proportion to the size of its archive.

A ZIP of 2 kB can hold 80 megapixels, or 200,000 frames. Images beyond the budget are skipped and reported;
importing the archive again continues from there.
"""

from __future__ import annotations

import time

from components.images.decoding.probe import ImageInfo
from components.library.archive.columns import ManifestError

# For any archive, plus for each of its bytes. A photograph has about one pixel a byte, a flat drawing a hundred.
PIXELS, PIXELS_A_BYTE = 400_000_000, 200
FRAMES, FRAMES_A_BYTE = 20_000, 0.001
SECONDS, SECONDS_A_BYTE = 120.0, 2e-6

_SPENT = (
    "Opening the images of this archive takes more {what} than one import may use. Everything imported so far is kept; "
    "import the archive again to continue."
)


class ImportBudget:
    """Counts what the import of an archive uses."""

    def __init__(self, size: int) -> None:
        """Start the clock. `size` is that of the archive in bytes."""
        self._left = {"pixels": PIXELS + PIXELS_A_BYTE * size, "frames": FRAMES + FRAMES_A_BYTE * size}
        self._until = time.monotonic() + SECONDS + SECONDS_A_BYTE * size

    def require(self) -> None:
        """Raise ManifestError if a part of the budget is used up."""
        spent = [what for what, left in self._left.items() if left <= 0]
        if time.monotonic() > self._until:
            spent.append("seconds")
        if spent:
            raise ManifestError(_SPENT.format(what=spent[0]))

    def use(self, image: ImageInfo) -> None:
        """Count an image that was decoded."""
        self._left["pixels"] -= image.width * image.height * image.frames
        self._left["frames"] -= image.frames
