"""CSS colors as the canvas writes them."""

from __future__ import annotations

import re

from PIL import ImageColor

Rgba = tuple[int, int, int, int]  # red, green, blue, opacity; each 0 to 255

_BLACK: Rgba = (0, 0, 0, 255)
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")


def read_color(text: str) -> Rgba:
    """Return the color of a CSS name, #rgb(a), #rrggbb(aa), rgb(a) or hsl(a); black for anything else."""
    text = text.strip().lower()
    try:
        if match := _FUNCTION.fullmatch(text):
            return _function(match[1], re.split(r"[\s,/]+", match[2].strip()))
        found = ImageColor.getrgb(text)
    except ValueError:
        return _BLACK
    return (*found[:3], found[3] if len(found) == 4 else 255)


def _function(name: str, parts: list[str]) -> Rgba:
    if len(parts) not in (3, 4):
        raise ValueError(f"{name} has {len(parts)} parts")
    opacity = _share(parts[3], 1.0) if len(parts) == 4 else 1.0
    if name == "hsl":
        hue = float(parts[0].removesuffix("deg")) % 360
        red, green, blue = ImageColor.getrgb(f"hsl({hue},{_share(parts[1], 1) * 100}%,{_share(parts[2], 1) * 100}%)")[
            :3
        ]
    else:
        red, green, blue = (round(255 * _share(part, 255.0)) for part in parts[:3])
    return red, green, blue, round(255 * opacity)


def _share(text: str, full: float) -> float:
    """Return a number or a percentage as a share of `full`, from 0 to 1."""
    number = float(text[:-1]) / 100 if text.endswith("%") else float(text) / full
    return min(1.0, max(0.0, number))
