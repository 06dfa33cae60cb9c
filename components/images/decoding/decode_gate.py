"""One gate for all decoding of images, which limits the bytes of pixels in memory at a time.

A file of 20 kB can decode to 80 megapixels. So all code that decodes first claims the memory of its peak, and waits
while others hold too much. An image that takes more than the full budget is refused before it is decoded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from components.images.decoding.allocator import return_large_blocks

# Bytes of pixels in memory at once; `configure` sets another budget from the settings.
BUDGET = 600_000_000

# Bytes per pixel at the peak of decoding, including the decoded image; measured on 40 megapixels with Pillow 13
# (tests/unit/images/decoding/test_decode_memory.py measures again). A WebP is decoded through canvases of its own and
# copied, a JPEG 2000 through four bytes a channel.
_DECODER = {"WEBP": 16.5, "JPEG2000": 20.0, "AVIF": 10.0, "HEIF": 12.5}
_USUAL = 4.5
_BYTES = {"1": 1.0, "L": 1.0, "P": 1.0, "I;16": 2.0, "I;16B": 2.0, "I;16L": 2.0, "LA": 4.0, "PA": 4.0}
_COEFFICIENTS = 6.0  # a progressive JPEG is held as coefficients too, two bytes each of three channels
_CANVAS = {"PNG": 4.0, "WEBP": 4.0, "GIF": 8.0}  # bytes more where frames are drawn over the frame before
# A conversion, rotation or copy of all pixels takes this many more bytes per pixel.
COPY = 4.0


class TooMuchMemory(ValueError):
    """Decoding an image would take more memory than the full budget. The message is for a person."""


class DecodeGate:
    """Admit as many claims at once as fit into a budget in bytes, first come, first served. Thread-safe."""

    def __init__(self, budget: int = BUDGET) -> None:
        """Start with a budget in bytes and no claims."""
        self.budget = budget
        self._used = 0
        self._waiting: deque[object] = deque()
        self._condition = threading.Condition()
        self._mine = threading.local()

    @contextmanager
    def claim(self, needed: float) -> Iterator[None]:
        """Hold `needed` bytes of the budget inside the block; wait until they are free.

        A claim inside another one of the same thread takes only what exceeds the outer claim, and does not wait: two
        threads that wait for one another would wait forever. Raise TooMuchMemory for more than the full budget.
        """
        held: float = getattr(self._mine, "held", 0)
        more = max(0, round(needed - held))
        if needed > self.budget:
            raise TooMuchMemory(
                f"Opening it would take {needed / 1e6:,.0f} MB of memory; at most {self.budget / 1e6:,.0f} MB are "
                "used for that. Make the image smaller, or save it as JPEG or PNG."
            )
        self._enter(more, wait=not held)
        self._mine.held = held + more
        try:
            yield
        finally:
            self._mine.held = held
            self._leave(more)

    def _enter(self, more: int, *, wait: bool) -> None:
        with self._condition:
            if wait:
                ticket = object()
                self._waiting.append(ticket)
                try:
                    self._condition.wait_for(lambda: self._waiting[0] is ticket and self._used + more <= self.budget)
                finally:
                    self._waiting.remove(ticket)
                    self._condition.notify_all()
            self._used += more

    def _leave(self, more: int) -> None:
        with self._condition:
            self._used -= more
            self._condition.notify_all()


gate = DecodeGate()


def configure(budget: int) -> None:
    """Set how many bytes decoding may take at once in this process, and let freed memory return to the system."""
    gate.budget = budget
    return_large_blocks()


def decode_cost(image: Image.Image, *, copies: float = 0, stored: tuple[int, int] | None = None) -> float:
    """Return the bytes that decoding this opened image takes at its peak, with `copies` further copies of its pixels.

    `stored` is its size (width, height) in the file, where it is made smaller while it is decoded.
    """
    each = _DECODER.get(image.format or "") or _BYTES.get(image.mode, _USUAL)
    if getattr(image, "is_animated", False):
        each += _CANVAS.get(image.format or "", 0.0)
    width, height = stored or image.size
    coefficients = width * height * _COEFFICIENTS if "progressive" in image.info else 0
    return image.width * image.height * (each + copies * COPY) + coefficients
