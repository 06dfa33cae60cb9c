"""Cut a flat background out of an image: a soft edge from how near each pixel is to its color, without a fringe of it.

An edge pixel is a mix of the background and of what stands before it. The color before it is taken from the nearest
pixels that are not mixed; how far the pixel lies on the way between the two colors is its alpha.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.errors import ImageRefused
from components.images.masks.operations import grow
from components.images.writing import PNG, encode, keep_file
from components.parameters import InputImage

Color = tuple[int, int, int]
Flags = NDArray[np.bool_]
Pixels = NDArray[np.float32]

BYTES = 14.0  # per pixel while an image is cut
NO_FLAT_BACKGROUND = "The border of this image does not have one flat color, so there is no flat background to remove."

_SAME = 42.0  # distance of colors, of 441: what counts as the border's color
_LEAST_SHARE = 0.55  # of the border that has one color
_TOLERANCE = (20.0, 60.0)  # distance up to which a pixel is background, at the least and at the most
_NEAR = 0.92  # share of the largest distance nearby from which a pixel is not mixed
_OPAQUE = 0.96  # alpha from which an edge pixel counts as not mixed
_ROWS = 512  # pixels that are cut at a time
_SEARCHED = 1_000_000  # pixels of the grid on which the background is followed from the border
_LEAST_REACH = 2  # pixels that an edge is wide, to each side
_EDGE_SHARE = 400  # an edge is at most the longer side divided by this


@dataclass(frozen=True)
class FlatColor:
    """The color of an image's border, and how far its pixels are from it (distance, of 441)."""

    color: Color
    tolerance: float


def flat_color(image: Image.Image) -> FlatColor | None:
    """Return the one color that most of an image's border has; None if there is none, or if it is transparent."""
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] == 0:
        return None
    width, height = image.size
    rgb, deep = image.convert("RGB"), max(1, min(width, height) // 100)
    strips = (
        (0, 0, width, deep),
        (0, height - deep, width, height),
        (0, 0, deep, height),
        (width - deep, 0, width, height),
    )
    border = np.concatenate([np.asarray(rgb.crop(box)).reshape(-1, 3) for box in strips]).astype(np.float32)
    middle = np.median(border, axis=0)
    away = np.linalg.norm(border - middle, axis=1)
    if (away <= _SAME).mean() < _LEAST_SHARE:
        return None
    noise = float(np.percentile(away[away <= _SAME], 99))
    red, green, blue = (int(value) for value in middle)
    return FlatColor((red, green, blue), min(_TOLERANCE[1], max(_TOLERANCE[0], 1.5 * noise)))


def distance_to(image: Image.Image, color: Color) -> float:
    """Return how far the nearest colors of an image are from one: the distance that 5% of its pixels are within."""
    return float(np.percentile(_distance(image.convert("RGB"), color), 5))


def color_distance(one: Color, other: Color) -> float:
    """Return the distance of two colors in RGB, 0 to 441."""
    return math.dist(one, other)


def cut_out(image: Image.Image, flat: FlatColor | None = None, *, holes: bool = True) -> Image.Image:
    """Return the image as RGBA with its flat background transparent.

    `flat` is measured at the border if it is not given. `holes` removes the color inside the subject too; without it
    only what is connected with the border goes, so that a white eye before a white background stays. Raise
    ImageRefused without a flat background, and if nothing or everything would be cut.
    """
    flat = flat or flat_color(image)
    if flat is None:
        raise ImageRefused(NO_FLAT_BACKGROUND)
    rgb = image.convert("RGB")
    background = np.empty((rgb.height, rgb.width), bool)
    for top in range(0, rgb.height, _ROWS):
        strip = rgb.crop((0, top, rgb.width, min(rgb.height, top + _ROWS)))
        background[top : top + _ROWS] = _distance(strip, flat.color) <= flat.tolerance
    if not holes:
        background = _connected(background)
    if not background.any() or background.all():
        raise ImageRefused(NO_FLAT_BACKGROUND if not background.any() else "Nothing would be left of this image.")
    cut = Image.new("RGBA", rgb.size)
    reach = max(_LEAST_REACH, round(max(image.size) / _EDGE_SHARE))
    around = 5 * reach  # what an edge pixel depends on lies within these rows
    for top in range(0, rgb.height, _ROWS):
        first, last = max(0, top - around), min(rgb.height, top + _ROWS + around)
        piece = _cut_strip(rgb.crop((0, first, rgb.width, last)), background[first:last], flat, reach)
        cut.paste(Image.fromarray(piece[top - first : top - first + _ROWS]), (0, top))
    if image.has_transparency_data:
        cut.putalpha(ImageChops.darker(cut.getchannel("A"), image.convert("RGBA").getchannel("A")))
    return cut


def _cut_strip(rgb: Image.Image, background: Flags, flat: FlatColor, reach: int) -> NDArray[np.uint8]:
    """Return the pixels of a strip of the cut image, RGBA."""
    away = _distance(rgb, flat.color)
    edge = (np.asarray(grow(_mask(background), reach)) > 0) & ~background
    before = _before(rgb, away, background, reach)
    pixels = np.dstack([np.asarray(rgb), np.full(background.shape, 255, np.uint8)])
    pixels[background] = 0
    pixels[edge] = _unmixed(pixels[edge][:, :3].astype(np.float32), before[edge], away[edge], flat)
    return pixels


def cut_file(image: InputImage, into: Path) -> InputImage:
    """Return an image without the flat background that is connected with its border, as a PNG in `into`.

    Raise ImageRefused as `cut_out`.
    """
    with decoding_all(image.path, copies=2, more=image.width * image.height * BYTES):
        pixels = decode(image.path, max_pixels=KNOWN_PIXELS)
        data = encode(cut_out(pixels, holes=False), PNG)
    return keep_file(data, PNG, f"{Path(image.name).stem[:60]}-cut.png", pixels.size, True, into)


def _mask(flags: Flags) -> Image.Image:
    return Image.fromarray(flags.astype(np.uint8) * 255)


def _distance(image: Image.Image, color: Color) -> Pixels:
    squares = np.zeros((image.height, image.width), np.float32)
    for channel, value in zip(image.split(), color, strict=True):
        squares += (np.asarray(channel, dtype=np.float32) - value) ** 2
    return np.sqrt(squares, out=squares)


def _before(image: Image.Image, away: Pixels, background: Flags, reach: int) -> NDArray[np.uint8]:
    """Return RGBA: at each pixel the color before the background, from unmixed pixels nearby; alpha 0 without any."""
    scaled = np.minimum(away / math.sqrt(3), 255).astype(np.uint8)
    largest = np.asarray(grow(Image.fromarray(scaled), reach))
    pure = image.convert("RGBA")
    pure.putalpha(_mask((scaled >= _NEAR * largest) & ~background))
    near = pure.convert("RGBa").filter(ImageFilter.GaussianBlur(reach * 0.8))
    return np.asarray(near.convert("RGBA"))


def _unmixed(mixed: Pixels, before: NDArray[np.uint8], away: Pixels, flat: FlatColor) -> NDArray[np.uint8]:
    """Return the colors and alphas of edge pixels (n, 4)."""
    key = np.array(flat.color, np.float32)
    front = before[:, :3].astype(np.float32)
    way = front - key
    length = np.maximum((way**2).sum(axis=1), 1.0)
    alpha = ((mixed - key) * way).sum(axis=1) / length
    # Where the colors before it are unknown, or hardly differ from the background: by distance alone.
    unknown = (before[:, 3] < 8) | (length < (2 * flat.tolerance) ** 2)
    by_distance = (away - flat.tolerance) / (3 * flat.tolerance)
    alpha = np.clip(np.where(unknown, by_distance, alpha), 0.0, 1.0)
    alpha[alpha > _OPAQUE] = 1.0
    share = np.maximum(alpha, 0.02)[:, None]
    color = key + (mixed - key) / share
    # What is hardly there says little of its color.
    trust = np.where(unknown, 1.0, np.clip((alpha - 0.3) / 0.5, 0.0, 1.0))[:, None]
    color = np.where(unknown[:, None], color, front + (color - front) * trust)
    made = np.column_stack([np.clip(color, 0, 255), alpha * 255])
    return (made + 0.5).astype(np.uint8)


def _connected(flags: Flags) -> Flags:
    """Return those of the pixels that are connected with the border, side by side."""
    from scipy.ndimage import label  # takes a quarter of a second, and few need it

    step = max(1, math.ceil(math.sqrt(flags.size / _SEARCHED)))
    height, width = (math.ceil(side / step) for side in flags.shape)
    padded = np.ones((height * step, width * step), bool)
    padded[: flags.shape[0], : flags.shape[1]] = flags
    cells = np.asarray(padded.reshape(height, step, width, step).all(axis=(1, 3)))
    parts, _ = label(cells)
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    reached = np.isin(parts, border[border > 0])
    if step > 1:
        grown = np.asarray(grow(_mask(reached), 1)) > 0
        reached = grown.repeat(step, axis=0).repeat(step, axis=1)
    connected: Flags = flags & reached[: flags.shape[0], : flags.shape[1]]
    return connected
