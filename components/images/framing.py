"""Reframe an image: rotate it, then take a box of it, which cuts off what lies outside and pads what lies beyond."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.drawing import affine
from components.images.drawing.affine import Matrix
from components.images.errors import ImageRefused
from components.images.normalize import eight_bits
from components.images.writing import JPEG, PNG, encode, keep_file
from components.parameters import InputImage

Size = tuple[int, int]

MAX_ANGLE = 45.0  # degrees; more is a quarter turn
_FARTHEST = 100_000  # pixels
_COLOR = re.compile(r"#[0-9a-f]{6}")
_TURNS = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}


@dataclass(frozen=True)
class Framing:
    """How to reframe an image.

    `box` (left, top, right, bottom) is in pixels of the image after `turns` (0 to 3) quarter turns clockwise; beneath
    it the image is rotated by further `angle` degrees clockwise about its center. Where the box reaches beyond the
    image, the result has the color `fill` ("#rrggbb"), or is transparent with None.
    """

    box: tuple[int, int, int, int]
    turns: int = 0
    angle: float = 0.0
    fill: str | None = None

    @property
    def size(self) -> Size:
        """Return the result's width and height in pixels."""
        left, top, right, bottom = self.box
        return right - left, bottom - top

    def turned(self, size: Size) -> Size:
        """Return an image's size after the quarter turns."""
        return size if self.turns % 2 == 0 else (size[1], size[0])

    def matrix(self, size: Size) -> Matrix:
        """Return the map from pixels of an image of this size to pixels of the result."""
        width, height = self.turned(size)
        back = affine.shift(-size[0] / 2, -size[1] / 2)
        center = affine.shift(width / 2 - self.box[0], height / 2 - self.box[1])
        return affine.chain(center, affine.turn(90 * self.turns + self.angle), back)

    def has_gaps(self, size: Size) -> bool:
        """Return whether the box reaches beyond an image of this size."""
        width, height = self.size
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], float)
        found = affine.apply(affine.inverse(self.matrix(size)), corners)
        return bool((found < -0.01).any() or (found > np.array(size) + 0.01).any())

    def shows(self, size: Size) -> bool:
        """Return whether the box shows anything of an image of this size, the fine rotation left aside."""
        (left, top, right, bottom), (width, height) = self.box, self.turned(size)
        return left < width and top < height and right > 0 and bottom > 0

    def is_same(self, size: Size) -> bool:
        """Return whether nothing of an image of this size changes."""
        return not self.turns and not self.angle and self.box == (0, 0, *size)


def framing_from(event: Mapping[str, Any]) -> Framing:
    """Return the framing that a browser asks for. Raise ImageRefused for what makes no sense."""
    try:
        left, top, right, bottom = (round(float(edge)) for edge in event["box"])
        turns, angle = int(event.get("turns") or 0) % 4, float(event.get("angle") or 0.0)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ImageRefused("The frame arrived incomplete. Set it again.") from error
    fill = event.get("fill")
    is_color = fill is None or (isinstance(fill, str) and _COLOR.fullmatch(fill))
    is_near = max(abs(edge) for edge in (left, top, right, bottom)) <= _FARTHEST
    if not (
        is_color and is_near and math.isfinite(angle) and abs(angle) <= MAX_ANGLE and left < right and top < bottom
    ):
        raise ImageRefused("The frame has no area, or lies too far from the image. Set it again.")
    return Framing((left, top, right, bottom), turns, angle, fill)


def reframe(image: InputImage, framing: Framing, into: Path, *, max_pixels: int = KNOWN_PIXELS) -> InputImage:
    """Return the reframed image as a new file in `into`: a JPEG stays one unless it becomes transparent, else a PNG.

    Raise ImageRefused for a frame that changes nothing, shows nothing of the image, or has more than `max_pixels`
    pixels.
    """
    size, (width, height) = (image.width, image.height), framing.size
    if framing.is_same(size):
        raise ImageRefused("This frame changes nothing. Move an edge of it, or rotate the image.")
    if width * height > max_pixels:
        raise ImageRefused(
            f"The image would be {width}x{height}, {width * height / 1e6:.0f} megapixels; at most "
            f"{max_pixels / 1e6:.0f} megapixels are made here."
        )
    if not framing.shows(size):
        raise ImageRefused("The frame shows nothing of the image. Move it over the image.")
    with decoding_all(image.path, copies=2, more=width * height * 12):
        opened = decode(image.path, max_pixels=KNOWN_PIXELS)
        pixels = _reframed(eight_bits(opened) or opened, framing)
        kind = JPEG if image.content_type == JPEG.content_type and pixels.mode == "RGB" else PNG
        data = encode(pixels, kind)
    name = f"{Path(image.name).stem[:60]}-framed.{kind.suffix}"
    return keep_file(data, kind, name, pixels.size, pixels.mode == "RGBA", into)


def _reframed(image: Image.Image, framing: Framing) -> Image.Image:
    fill = framing.fill if framing.has_gaps(image.size) else "#000000"
    image = image.convert("RGBA" if image.has_transparency_data or fill is None else "RGB")
    color = (*ImageColor.getrgb(fill), 255) if fill else (0, 0, 0, 0)
    return _framed(image, framing, color[: len(image.getbands())])


def reframe_mask(mask: Image.Image, framing: Framing) -> Image.Image:
    """Return an image's mask ("L", 255 painted) as it lies over the reframed image; what is beyond is not painted."""
    return _framed(mask, framing, 0)


def _framed(image: Image.Image, framing: Framing, beyond: Any) -> Image.Image:
    """Return the box of the rotated image; what is outside of it has the color `beyond`."""
    framed = Image.new(image.mode, framing.size, beyond)
    if not framing.angle:
        turned = image.transpose(_TURNS[framing.turns]) if framing.turns else image
        framed.paste(turned, (-framing.box[0], -framing.box[1]))
        return framed
    # One pixel more on each side, so that the slanting edge is smooth.
    bordered = Image.new(image.mode, (image.width + 2, image.height + 2), beyond)
    bordered.paste(image, (1, 1))
    a, b, c, d, e, f = affine.chain(affine.shift(1, 1), affine.inverse(framing.matrix(image.size)))
    mixed = "RGBa" if image.mode == "RGBA" else image.mode  # what is transparent lends no color to its neighbors
    moved = bordered.convert(mixed).transform(
        framing.size, Image.Transform.AFFINE, (a, c, e, b, d, f), Image.Resampling.BICUBIC, fillcolor=beyond
    )
    return moved.convert(image.mode)


def moved_object(one: Mapping[str, Any], framing: Framing, size: Size, scale: float) -> dict[str, Any]:
    """Return an object of a canvas over an image of this size as it lies over the reframed image.

    `scale` is canvas pixels per image pixel, the same before and after.
    """
    a, b, c, d, e, f = framing.matrix(size)
    x, y = float(one.get("left") or 0), float(one.get("top") or 0)
    place = {"left": a * x + c * y + e * scale, "top": b * x + d * y + f * scale}
    return {**one, **place, "angle": (float(one.get("angle") or 0) + 90 * framing.turns + framing.angle) % 360}
