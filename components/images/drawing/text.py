"""Text of a drawing as coverage, in its place on the image.

The canvas writes with the browser's fonts; here the letters come from DejaVu Sans where the system has it, else
from the font inside Pillow. Each line is stretched to the width that it had on the canvas, so that the text
covers what it covered there.
"""

from __future__ import annotations

import math
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from components.images.drawing import affine
from components.images.drawing.fabric import DrawnShape
from components.images.drawing.fabric_shapes import TextLines

_FILE = "DejaVuSans.ttf"
_MOST_PIXELS = 16_000_000  # of the letters before they are put in their place
_LETTER_HEIGHT = 1.13  # of a line, in font sizes: Fabric's _fontSizeMult
_BASELINE = 1.13 * (1 - 0.222)  # below a line's top, in font sizes: Fabric's _fontSizeFraction


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FILE, size)
    except OSError:
        return ImageFont.load_default(size)


def letters(shape: DrawnShape, image_size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]] | None:
    """Return the coverage ("L") of a text and the place of its upper left corner; None if it is off the image."""
    text = shape.form.text
    if text is None or text.size <= 0:
        return None
    width, height = shape.form.width, shape.form.height
    scale = min(math.sqrt(abs(affine.determinant(shape.matrix))), math.sqrt(_MOST_PIXELS / max(1, width * height)))
    page_size = math.ceil(width * scale), math.ceil(height * scale)
    if min(page_size) < 1:
        return None
    page = _written(text, page_size, scale)
    box = _box(shape, image_size)
    if box is None:
        return None
    left, top, right, bottom = box
    from_page = affine.chain(
        affine.shift(-left, -top),
        shape.matrix,
        affine.shift(-width / 2, -height / 2),
        affine.scale(1 / scale, 1 / scale),
    )
    a, b, c, d, e, f = affine.inverse(from_page)
    placed = page.transform(
        (right - left, bottom - top), Image.Transform.AFFINE, (a, c, e, b, d, f), Image.Resampling.BICUBIC
    )
    return placed, (left, top)


def _written(text: TextLines, size: tuple[int, int], scale: float) -> Image.Image:
    page = Image.new("L", size)
    font = _font(max(1, round(text.size * scale)))
    widths = [font.getlength(line) for line in text.lines]
    stretch = size[0] / max([*widths, 1.0])
    draw = ImageDraw.Draw(page)
    for number, (line, width) in enumerate(zip(text.lines, widths, strict=True)):
        if not line.strip():
            continue
        baseline = (number * text.line_height * _LETTER_HEIGHT + _BASELINE) * text.size * scale
        spare = {"center": 0.5, "right": 1.0}.get(text.align, 0.0) * (size[0] - width * stretch)
        if 0.98 < stretch < 1.02:
            draw.text((spare, baseline), line, 255, font, anchor="ls")
            continue
        strip = Image.new("L", (max(1, math.ceil(width)), size[1]))
        ImageDraw.Draw(strip).text((0, baseline), line, 255, font, anchor="ls")
        strip = strip.resize((max(1, round(strip.width * stretch)), size[1]), Image.Resampling.BILINEAR)
        page.paste(255, (round(spare), 0), strip)
    return page


def _box(shape: DrawnShape, image_size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the box of the image's pixels that the text's rectangle touches."""
    x, y = shape.form.width / 2, shape.form.height / 2
    a, b, c, d, e, f = shape.matrix
    reach_x, reach_y = abs(a) * x + abs(c) * y, abs(b) * x + abs(d) * y
    left, right = max(0, math.floor(e - reach_x)), min(image_size[0], math.ceil(e + reach_x))
    top, bottom = max(0, math.floor(f - reach_y)), min(image_size[1], math.ceil(f + reach_y))
    return (left, top, right, bottom) if left < right and top < bottom else None
