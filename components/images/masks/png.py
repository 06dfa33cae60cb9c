"""Write masks as the API takes them: a PNG with alpha, of the image's size, under 4 MB whatever is painted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops

from components.images.writing import PNG, keep_file
from components.parameters import InputImage

MASK_BYTES = 4_000_000  # the API takes less than this
_RUNS_OF_ONE_BYTE = 3  # zlib's strategy Z_RLE: a mask is made of runs; twice as fast as searching for repeats
_LEVELS = (256, 64, 16, 4, 2)
_STRIPS = 8
_ESTIMATES_MISS = 1.2  # an estimate this far over the limit is not tried


def mask_png(mask: Image.Image, into: Path) -> InputImage:
    """Write a mask ("L", 255 painted) as a PNG into the folder `into`: same size, alpha 0 where painted, else 255.

    Its color is black all over, so that only the alpha costs bytes. A mask whose soft edges or specks make it too
    large gets fewer levels of alpha, and one that is noise is made coarser, until it is under 4 MB.
    """
    for number, alpha in enumerate(_simpler(ImageChops.invert(mask))):
        if number and _estimated(alpha) > MASK_BYTES * _ESTIMATES_MISS:
            continue
        data = _png(alpha, runs=True)
        if len(data) >= MASK_BYTES and _estimated(alpha) < MASK_BYTES:
            data = _png(alpha, runs=False)
        if len(data) < MASK_BYTES:
            break
    return keep_file(data, PNG, "mask.png", mask.size, True, into)


def _estimated(alpha: Image.Image) -> int:
    """Estimate the bytes that a search for repeats would need, by a sixteenth of the rows from all over the image."""
    strip = max(1, alpha.height // (_STRIPS * 16))
    sample = Image.new("L", (alpha.width, strip * _STRIPS))
    for number in range(_STRIPS):
        top = number * alpha.height // _STRIPS
        sample.paste(alpha.crop((0, top, alpha.width, top + strip)), (0, number * strip))
    return len(_png(sample, runs=False)) * alpha.height // sample.height


def _simpler(alpha: Image.Image) -> Iterator[Image.Image]:
    """Yield the alpha, then ever simpler versions of it; the last is one level all over."""
    for levels in _LEVELS:
        step = 255 / (levels - 1)
        yield alpha if levels == 256 else alpha.point([round(round(value / step) * step) for value in range(256)])
    block = 2
    while block < max(alpha.size):
        coarse = alpha.reduce(block).point(lambda value: 255 if value > 127 else 0)
        yield coarse.resize((coarse.width * block, coarse.height * block), Image.Resampling.NEAREST).crop(
            (0, 0, *alpha.size)
        )
        block *= 2
    yield Image.new("L", alpha.size, 0)


def _png(alpha: Image.Image, *, runs: bool) -> bytes:
    black = Image.new("L", alpha.size, 0)
    image = Image.merge("RGBA", (black, black, black, alpha))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6, **({"compress_type": _RUNS_OF_ONE_BYTE} if runs else {}))
    return file.getvalue()
