"""One gate for all decoding of images: only so many bytes of pixels are in memory at a time, whoever asks.

A file of 20 kB can decode to 80 megapixels. So whoever decodes claims first what that takes at its peak, and waits
while others hold too much. What takes more than the whole budget is refused before anything is decoded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from components.images.allocator import return_large_blocks

# Bytes of pixels in flight; `configure` sets another budget from the settings.
BUDGET = 600_000_000

# Bytes a pixel at the peak of decoding, the decoded image among them; measured on 40 megapixels with Pillow 13
# (tests/unit/images/test_decode_memory.py measures again). A WebP is decoded through canvases of its own and copied, a
# JPEG 2000 through four bytes a channel.
_DECODER = {"WEBP": 16.5, "JPEG2000": 20.0, "AVIF": 10.0, "HEIF": 12.5}
_USUAL = 4.5
_BYTES = {"1": 1.0, "L": 1.0, "P": 1.0, "I;16": 2.0, "I;16B": 2.0, "I;16L": 2.0, "LA": 4.0, "PA": 4.0}
_COEFFICIENTS = 6.0  # a progressive JPEG is held as coefficients too, two bytes each of three channels
_CANVAS = {"PNG": 4.0, "WEBP": 4.0, "GIF": 8.0}  # bytes more where frames are drawn over the frame before
# A conversion, rotation or copy of all pixels takes so many bytes more a pixel.
COPY = 4.0


class TooMuchMemory(ValueError):
    """An image that would take more memory than decoding may use at all; the message says so, for a person."""


class DecodeGate:
    """Lets through as many at once as fit into a budget in bytes, in the order in which they came. Thread-safe."""

    def __init__(self, budget: int = BUDGET) -> None:
        """A gate through which nobody has gone yet."""
        self.budget = budget
        self._used = 0
        self._waiting: deque[object] = deque()
        self._condition = threading.Condition()
        self._mine = threading.local()

    @contextmanager
    def claim(self, needed: float) -> Iterator[None]:
        """Hold so many bytes of the budget inside; waits until they are free.

        A claim inside another one of the same thread takes only what goes beyond that, and does not wait: two
        threads that wait for one another would wait forever. Raises TooMuchMemory for more than the whole budget.
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
    """Set how many bytes decoding may take at once in this process, and see that they go back when it is done."""
    gate.budget = budget
    return_large_blocks()


def decode_cost(image: Image.Image, *, copies: float = 0, stored: tuple[int, int] | None = None) -> float:
    """Bytes that decoding this opened image takes at its peak, with so many copies of all its pixels.

    `stored` is its size (width, height) in the file, where it is made smaller while it is decoded.
    """
    each = _DECODER.get(image.format or "") or _BYTES.get(image.mode, _USUAL)
    if getattr(image, "is_animated", False):
        each += _CANVAS.get(image.format or "", 0.0)
    width, height = stored or image.size
    coefficients = width * height * _COEFFICIENTS if "progressive" in image.info else 0
    return image.width * image.height * (each + copies * COPY) + coefficients
