"""Find the main colors of an image, with names that people use and the share that each covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.engine.drawing.color import rgb
from components.engine.drawing.spec import Color

CLUSTERS = 12
MOST = 6
LEAST_SHARE = 0.015

NAMED: Mapping[str, Color] = {
    name: rgb(value)
    for name, value in {
        "black": "#101014",
        "dark gray": "#46484c",
        "gray": "#85878b",
        "light gray": "#c3c5c8",
        "white": "#f8f8f6",
        "cream": "#f1e6cb",
        "tan": "#cdac80",
        "brown": "#7c5232",
        "dark brown": "#3f2a1e",
        "red": "#d0302b",
        "dark red": "#7c1d22",
        "orange": "#ec8727",
        "gold": "#d3a233",
        "yellow": "#f3d53f",
        "olive": "#7e7f38",
        "light green": "#9ecb84",
        "green": "#3c9149",
        "dark green": "#1d4a2c",
        "teal": "#1c7d80",
        "turquoise": "#48c2bd",
        "light blue": "#9cc7e8",
        "blue": "#2f6ccd",
        "slate blue": "#5b7391",
        "navy": "#17244d",
        "purple": "#70398f",
        "lavender": "#b6a5da",
        "magenta": "#c53a93",
        "pink": "#ee9bb6",
        "salmon": "#ea8a72",
    }.items()
}


@dataclass(frozen=True)
class ColorShare:
    """Hold a color, its name, and the share of the image that it covers, 0 to 1."""

    name: str
    color: Color
    share: float

    @property
    def hex(self) -> str:
        """Return the color as "#rrggbb"."""
        return "#" + "".join(f"{part:02x}" for part in self.color)


def main_colors(image: Image.Image) -> tuple[ColorShare, ...]:
    """Return up to six main colors of an RGB image, largest first; colors of one name count as one."""
    small = image.copy()
    small.thumbnail((256, 256), Image.Resampling.BOX)
    few = small.quantize(CLUSTERS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette() or [0, 0, 0], dtype=np.float64).reshape(-1, 3)
    counts = np.bincount(np.asarray(few).ravel(), minlength=len(palette))
    together: dict[str, tuple[NDArray[Any], int]] = {}
    for color, count in zip(palette, counts, strict=False):
        if not count:
            continue
        name = color_name((int(color[0]), int(color[1]), int(color[2])))
        total, number = together.get(name, (np.zeros(3), 0))
        together[name] = (total + color * count, number + int(count))
    pixels = int(counts.sum()) or 1
    shares = [
        ColorShare(name, _mean(total, number), number / pixels)
        for name, (total, number) in together.items()
        if number / pixels >= LEAST_SHARE
    ]
    return tuple(sorted(shares, key=lambda one: -one.share)[:MOST])


def _mean(total: NDArray[Any], number: int) -> Color:
    red, green, blue = (round(float(part) / number) for part in total)
    return red, green, blue


def color_name(color: Color) -> str:
    """Return the name whose color looks nearest: the smallest distance in CIE L*a*b*."""
    here = _lab(color)
    return min(NAMED, key=lambda name: float(((_lab(NAMED[name]) - here) ** 2).sum()))


def _lab(color: Color) -> NDArray[Any]:
    """Return the CIE L*a*b* values of an sRGB color under D65."""
    linear = np.array(color) / 255
    linear = np.where(linear > 0.04045, ((linear + 0.055) / 1.055) ** 2.4, linear / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
