"""Colors: names that prompts use, and palettes chosen from a prompt's words and the seed."""

from __future__ import annotations

import colorsys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.engine.drawing.vocabulary import PromptWords

Color = tuple[int, int, int]


def rgb(text: str) -> Color:
    """Return the color of "#rrggbb" or "rrggbb"."""
    text = text.removeprefix("#")
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(first: Color, second: Color, share: float) -> Color:
    """Return a color between two: 0 is the first, 1 the second."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shift(color: Color, *, light: float = 0.0, saturation: float = 1.0, hue: float = 0.0) -> Color:
    """Return the color lighter (up to 1) or darker (down to -1), more or less saturated, its hue turned (0 to 1)."""
    h, lightness, s = colorsys.rgb_to_hls(*(part / 255 for part in color))
    lightness = lightness + (1 - lightness) * light if light > 0 else lightness * (1 + light)
    parts = colorsys.hls_to_rgb((h + hue) % 1, lightness, min(1.0, s * saturation))
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue


def contrast(first: Color, second: Color) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    linear = [(part / 255 / 12.92) if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable(ink: Color, ground: Color, least: float = 4.5) -> Color:
    """Return the ink, or the first of its tints and shades that reaches a contrast of `least` on the ground."""
    if contrast(ink, ground) >= least:
        return ink
    end: Color = (255, 252, 245) if _luminance(ground) < 0.18 else (18, 16, 22)
    steps = [mix(ink, end, step / 5) for step in range(1, 6)]
    return next((color for color in steps if contrast(color, ground) >= least), end)


@dataclass(frozen=True)
class Palette:
    """Colors that go together: the page, its type, the art's background from top to bottom, five shape colors."""

    ground: Color
    ink: Color
    top: Color
    bottom: Color
    shapes: tuple[Color, ...]

    def mapped(self, change: Callable[[Color], Color]) -> Palette:
        """Return the palette with every color changed; the ink stays readable."""
        ground = change(self.ground)
        shapes = tuple(change(color) for color in self.shapes)
        return Palette(ground, readable(change(self.ink), ground), change(self.top), change(self.bottom), shapes)


def _palette(row: str) -> Palette:
    """Parse "ground ink top bottom shape shape shape shape shape"."""
    colors = [rgb(value) for value in row.split()]
    return Palette(colors[0], colors[1], colors[2], colors[3], tuple(colors[4:]))


_DATA: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("palettes.toml").read_text("utf-8"))
COLOR_NAMES: Mapping[str, Color] = {name: rgb(value) for name, value in _DATA["names"].items()}
CURATED: Sequence[Palette] = [_palette(row) for row in _DATA["curated"]["rows"]]
NAMED: Mapping[str, Palette] = {name: _palette(row) for name, row in _DATA["named"].items()}
# Styles that are made on paper, and how much of the page's color is the paper's.
ON_PAPER: Mapping[str, float] = {"ink": 1.0, "pencil": 0.96, "watercolor": 0.8, "riso": 1.0, "oil": 0.35, "comic": 0.3}
DARK = frozenset({"night", "dusk", "storm", "sunset", "neon", "dramatic", "elegant"})


def colored(colors: tuple[Color, ...], variant: int, *, dark: bool = False) -> Palette:
    """Return a palette around named colors: on the color itself, its tint or its shade, by `variant`."""
    first = colors[0]
    second = colors[1] if len(colors) > 1 else shift(first, hue=0.07 if variant % 2 else -0.07, light=0.1)
    accent = colors[2] if len(colors) > 2 else mix(shift(first, hue=0.5, light=0.15), (240, 190, 110), 0.35)
    tint, shade = mix(first, (255, 251, 243), 0.72), shift(first, light=-0.55)
    grounds = (first, shade, shade) if dark else (first, tint, first, shade)
    ground = grounds[variant % len(grounds)]
    if len(colors) > 1 and ground == tint:
        ground = mix(second, (255, 251, 243), 0.55)
    pale = mix(first, (255, 251, 243), 0.5)
    shapes = (second if ground == first else first, mix(shade, first, 0.35), pale, accent, shade)
    if len(colors) > 1:
        shapes = (second, first if ground != first else pale, accent, pale, shade)
    ink = mix(tint, (255, 255, 255), 0.4) if contrast(tint, ground) > contrast(shade, ground) else shade
    return Palette(ground, readable(ink, ground), mix(ground, pale, 0.35), mix(ground, first, 0.25), shapes)


def lit(palette: Palette, light: Palette, share: float) -> Palette:
    """Return the palette in the light of another: its art's background and shapes move towards that one."""
    shapes = tuple(mix(a, b, share * 0.5) for a, b in zip(palette.shapes, light.shapes, strict=True))
    top, bottom = mix(palette.top, light.top, share), mix(palette.bottom, light.bottom, share)
    return Palette(palette.ground, palette.ink, top, bottom, shapes)


def choose_palette(words: PromptWords, seed: int, variant: int, *, natural: bool = False) -> Palette:
    """Return the palette for a prompt's words: named colors first, then style, time, weather, mood, then the seed's.

    `variant` is the place among the images of one request. `natural` is less saturated.
    """
    looks = [name for name in (words.style, words.weather, words.time, words.mood) if name in NAMED]
    if words.colors or (words.hint and not looks):
        palette = colored(
            words.colors or (words.hint or (0, 0, 0),), seed + variant, dark=bool(DARK.intersection(looks))
        )
        palette = lit(palette, NAMED[looks[0]], 0.4) if looks else palette
    elif looks:
        palette = NAMED[looks[0]]
        if variant % 2:
            ground = mix(palette.top, palette.ground, 0.25)
            palette = replace(palette, ground=ground, ink=readable(palette.ink, ground), top=palette.ground)
        shapes = palette.shapes[:1] + palette.shapes[1:][variant % 4 :] + palette.shapes[1:][: variant % 4]
        palette = replace(palette, shapes=(shapes[0], words.hint or shapes[1], *shapes[2:]))
        palette = lit(palette, NAMED[looks[1]], 0.45) if len(looks) > 1 else palette
    else:
        palette = CURATED[(seed + variant * 5) % len(CURATED)]
    changes: Mapping[str, Callable[[Color], Color]] = {
        "noir": lambda color: shift(color, saturation=0.0),
        "vintage": lambda color: mix(shift(color, saturation=0.75), (236, 206, 156), 0.26),
        "pastel": lambda color: mix(shift(color, light=0.3), (255, 246, 244), 0.35),
        "ink": lambda color: mix(shift(color, saturation=0.0), (250, 246, 236), 0.1),
        "pencil": lambda color: mix(color, (250, 248, 242), 0.1),
    }
    palette = palette.mapped(changes.get(words.style, lambda color: color))
    if words.style in ON_PAPER:
        page = mix(palette.ground, (251, 248, 240), ON_PAPER[words.style])
        page = page if contrast(page, (18, 16, 22)) > 9 else mix(page, (251, 248, 240), 0.6)
        ink = readable(min(palette.ink, palette.ground, *palette.shapes, key=sum), page, 7)
        palette = replace(palette, ground=page, ink=ink, bottom=mix(palette.bottom, page, 0.5))
    return palette.mapped(lambda color: shift(color, saturation=0.55)) if natural else palette
