"""Shrink decoded images by integer factors, strip by strip, so that no second copy of all pixels is made."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

_STRIP = 1_000_000  # pixels that are converted at a time


def reduced(
    image: Image.Image, factor: int, convert: Callable[[Image.Image], Image.Image] = lambda strip: strip
) -> Image.Image:
    """Return the image smaller by an integer factor, each strip passed through `convert` first; always a new image."""
    if factor <= 1:
        made = convert(image)
        return image.copy() if made is image else made
    height = -(-image.height // factor)
    rows = max(1, _STRIP // (image.width * factor))  # of the result
    small: Image.Image | None = None
    for row in range(0, height, rows):
        box = (0, row * factor, image.width, min(image.height, (row + rows) * factor))
        strip = convert(image.crop(box)).reduce(factor)
        if small is None:
            small = Image.new(strip.mode, (strip.width, height))
            small.info = dict(strip.info)
        small.paste(strip, (0, row))
    assert small is not None  # an image has rows
    return small
