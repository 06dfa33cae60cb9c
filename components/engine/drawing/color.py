"""Colors: names that prompts use, and palettes chosen from a prompt's words and the seed."""

from __future__ import annotations

import colorsys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.engine.drawing.spec import Color, PromptWords

WHITE, CREAM, INK = (255, 255, 255), (255, 252, 246), (18, 16, 22)


def rgb(text: str) -> Color:
    """Return the color of "#rrggbb" or "rrggbb"."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def mix(first: Color, second: Color, share: float) -> Color:
    """Return a color between two: 0 is the first, 1 the second."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shift(color: Color, *, light: float = 0.0, saturation: float = 1.0, hue: float = 0.0) -> Color:
    """Return the color lighter (up to 1) or darker (down to -1), more or less saturated, its hue turned (0 to 1)."""
    h, lightness, s = colorsys.rgb_to_hls(*(part / 255 for part in color))
    lightness = lightness + (1 - lightness) * light if light > 0 else lightness * (1 + light)
    red, green, blue = colorsys.hls_to_rgb((h + hue) % 1, lightness, min(1.0, s * saturation))
    return round(red * 255), round(green * 255), round(blue * 255)


def _luminance(color: Color) -> float:
    linear = [(part / 255 / 12.92) if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: Color, second: Color) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(ink: Color, ground: Color, least: float = 4.5) -> Color:
    """Return the ink, or the first of its tints and shades that reaches a contrast of `least` on the ground."""
    end = CREAM if _luminance(ground) < 0.18 else INK
    steps = (mix(ink, end, step / 5) for step in range(6))
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
        ground, shapes = change(self.ground), tuple(change(color) for color in self.shapes)
        return Palette(ground, readable(change(self.ink), ground), change(self.top), change(self.bottom), shapes)

    def lit(self, light: Palette, share: float) -> Palette:
        """Return the palette in the light of another: the art's background and shapes move toward that one."""
        shapes = tuple(mix(a, b, share * 0.5) for a, b in zip(self.shapes, light.shapes, strict=True))
        top, bottom = mix(self.top, light.top, share), mix(self.bottom, light.bottom, share)
        return replace(self, top=top, bottom=bottom, shapes=shapes)


def _palette(row: str) -> Palette:
    """Parse "ground ink top bottom shape shape shape shape shape"."""
    ground, ink, top, bottom, *shapes = (rgb(value) for value in row.split())
    return Palette(ground, ink, top, bottom, tuple(shapes))


_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("palettes.toml").read_text("utf-8"))
COLOR_NAMES: Mapping[str, Color] = {name: rgb(value) for name, value in _DATA["names"].items()}
CURATED = [_palette(row) for row in _DATA["curated"]["rows"]]
NAMED: Mapping[str, Palette] = {name: _palette(row) for name, row in _DATA["named"].items()}
LIGHTS: Mapping[str, tuple[float, float, float]] = _DATA["lights"]
PAPER: Mapping[str, float] = _DATA["paper"]
DARK = frozenset({"night", "dusk", "storm", "sunset", "neon", "dramatic", "elegant"})
STYLED: Mapping[str, Callable[[Color], Color]] = {
    "noir": lambda color: shift(color, saturation=0.0),
    "vintage": lambda color: mix(shift(color, saturation=0.75), (236, 206, 156), 0.26),
    "pastel": lambda color: mix(shift(color, light=0.3), CREAM, 0.35),
    "ink": lambda color: mix(shift(color, saturation=0.0), CREAM, 0.1),
}


def colored(colors: tuple[Color, ...], variant: int, *, dark: bool = False) -> Palette:
    """Return a palette around named colors: on the color itself, its tint or its shade, by `variant`."""
    first = colors[0]
    second = colors[1] if len(colors) > 1 else shift(first, hue=0.07 if variant % 2 else -0.07, light=0.1)
    accent = colors[2] if len(colors) > 2 else mix(shift(first, hue=0.5, light=0.15), (240, 190, 110), 0.35)
    tint, pale, shade = mix(first, CREAM, 0.72), mix(first, CREAM, 0.5), shift(first, light=-0.55)
    ground = ((first, shade, shade, first) if dark else (first, tint, first, shade))[variant % 4]
    shapes = (second if ground == first else first, mix(shade, first, 0.35), pale, accent, shade)
    if len(colors) > 1:
        shapes = (second, pale if ground == first else first, accent, pale, shade)
    ink = max(mix(tint, WHITE, 0.4), shade, key=lambda color: contrast(color, ground))
    return Palette(ground, readable(ink, ground), mix(ground, pale, 0.35), mix(ground, first, 0.25), shapes)


def choose_palette(words: PromptWords, seed: int, variant: int, *, natural: bool = False) -> Palette:
    """Return the palette for a prompt's words: named colors first, then style, time, weather, mood, then the seed's.

    `variant` is the place among the images of one request. `natural` is less saturated.
    """
    looks = [name for name in (words.style, words.weather, words.time, words.mood) if name in NAMED]
    named = words.colors or ((words.hint,) if words.hint and not looks else ())
    if named:
        palette = colored(named, seed + variant, dark=bool(DARK.intersection(looks)))
        palette = palette.lit(NAMED[looks[0]], 0.4) if looks else palette
    elif looks:
        palette = NAMED[looks[0]]
        first, turn = palette.shapes[0], variant % 4
        others = (*palette.shapes[1 + turn :], *palette.shapes[1 : 1 + turn])
        palette = replace(palette, shapes=(first, words.hint or others[0], *others[1:]))
        if variant % 2:
            ground = mix(palette.top, palette.ground, 0.25)
            palette = replace(palette, ground=ground, ink=readable(palette.ink, ground), top=palette.ground)
        palette = palette.lit(NAMED[looks[1]], 0.45) if len(looks) > 1 else palette
    else:
        palette = CURATED[(seed + variant * 5) % len(CURATED)]
    palette = palette.mapped(STYLED.get(words.style, lambda color: color))
    if words.style in PAPER:
        page = mix(palette.ground, CREAM, PAPER[words.style])
        page = page if contrast(page, INK) > 9 else mix(page, CREAM, 0.6)
        ink = readable(min(palette.ink, palette.ground, *palette.shapes, key=sum), page, 7)
        palette = replace(palette, ground=page, ink=ink, bottom=mix(palette.bottom, page, 0.5))
    return palette.mapped(lambda color: shift(color, saturation=0.55)) if natural else palette
