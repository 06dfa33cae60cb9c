"""What one import may cost: pixels, frames and seconds, in proportion to the size of its archive.

A ZIP of 2 kB can hold 80 megapixels, or 200,000 frames. What is beyond the budget is left out, and says so; what was
taken in by then stays, and importing the archive again goes on from there.
"""

from __future__ import annotations

import time

from components.images.probe import ImageInfo
from components.library.archive.columns import ManifestError

# For any archive, and for each byte of it more. A photograph has about one pixel a byte, a flat drawing a hundred.
PIXELS, PIXELS_A_BYTE = 400_000_000, 200
FRAMES, FRAMES_A_BYTE = 20_000, 0.001
SECONDS, SECONDS_A_BYTE = 120.0, 2e-6

_SPENT = (
    "Opening the images of this archive takes more {what} than one import may use. What came in by now stays; import "
    "it again to go on."
)


class Budget:
    """Counts what an import of an archive of so many bytes has used."""

    def __init__(self, size: int) -> None:
        """Nothing is used yet, and the time begins now."""
        self._left = {"pixels": PIXELS + PIXELS_A_BYTE * size, "frames": FRAMES + FRAMES_A_BYTE * size}
        self._until = time.monotonic() + SECONDS + SECONDS_A_BYTE * size

    def require(self) -> None:
        """Raise Distrusted when something of it is used up."""
        spent = [what for what, left in self._left.items() if left <= 0]
        if time.monotonic() > self._until:
            spent.append("seconds")
        if spent:
            raise ManifestError(_SPENT.format(what=spent[0]))

    def use(self, picture: ImageInfo) -> None:
        """Count an image that was decoded."""
        self._left["pixels"] -= picture.width * picture.height * picture.frames
        self._left["frames"] -= picture.frames
