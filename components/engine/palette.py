"""Colours: names that prompts use, and moods, which are whole sets of colours for a time of day or a place."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from components.engine.shapes import Color


def rgb(text: str) -> Color:
    """The colour of "#rrggbb"."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(first: Color, second: Color, share: float) -> Color:
    """Between two colours: 0 gives the first, 1 the second."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def shift(color: Color, *, light: float = 0.0, saturation: float = 1.0, hue: float = 0.0) -> Color:
    """A colour made lighter (up to 1) or darker (down to -1), more or less saturated, its hue turned by 0 to 1."""
    h, lightness, s = colorsys.rgb_to_hls(*(part / 255 for part in color))
    lightness = lightness + (1 - lightness) * light if light > 0 else lightness * (1 + light)
    parts = colorsys.hls_to_rgb((h + hue) % 1, lightness, min(1.0, s * saturation))
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue


def brightness(color: Color) -> float:
    """How light a colour looks, 0 to 1."""
    return (0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]) / 255


COLOR_NAMES: Mapping[str, Color] = {
    name: rgb(value)
    for name, value in {
        "red": "#d8392f",
        "crimson": "#b3123a",
        "scarlet": "#e0301e",
        "maroon": "#7a1f2b",
        "orange": "#f08a24",
        "amber": "#f5a81c",
        "coral": "#f77f63",
        "peach": "#f9b996",
        "yellow": "#f6cf3a",
        "gold": "#d9a521",
        "golden": "#d9a521",
        "lime": "#a6d52a",
        "green": "#3f9a4f",
        "emerald": "#16966b",
        "olive": "#7d8236",
        "mint": "#93dcbc",
        "teal": "#178a8c",
        "turquoise": "#33bdb7",
        "cyan": "#2fc4de",
        "aqua": "#4fd0d6",
        "blue": "#2f6fd6",
        "navy": "#1c2c5e",
        "indigo": "#3f3aa3",
        "azure": "#3f97e8",
        "violet": "#7b4fd0",
        "purple": "#7a3fa8",
        "lavender": "#b7a2e0",
        "lilac": "#c6a4d8",
        "magenta": "#cf3a9f",
        "pink": "#f28ab2",
        "rose": "#e2688c",
        "brown": "#7d5334",
        "beige": "#dcc7a4",
        "cream": "#f5ead0",
        "ivory": "#f4efe0",
        "white": "#f5f4f0",
        "silver": "#b8c0c8",
        "gray": "#868b92",
        "grey": "#868b92",
        "black": "#23232b",
        "copper": "#b5683a",
        "bronze": "#a5733a",
    }.items()
}


@dataclass(frozen=True)
class Mood:
    """Colours that go together. `sky` from zenith to horizon; `far` and `near` are what land fades between."""

    sky: tuple[Color, ...]
    light: Color  # the sun's or moon's
    far: Color
    near: Color
    accent: Color
    cloud: Color
    dark: bool = False

    @property
    def horizon(self) -> Color:
        """The sky's lowest colour."""
        return self.sky[-1]

    def tinted(self, color: Color, share: float) -> Mood:
        """The same mood under coloured light."""
        lit = shift(color, light=0.25)
        deep = shift(color, light=-0.55)
        steps = len(self.sky) - 1 or 1
        sky = tuple(mix(one, mix(deep, lit, 0.2 + 0.8 * i / steps), share) for i, one in enumerate(self.sky))
        return replace(
            self,
            sky=sky,
            far=mix(self.far, color, share),
            near=mix(self.near, deep, share),
            cloud=mix(self.cloud, lit, share * 0.5),
        )

    def changed(self, *, light: float = 0.0, saturation: float = 1.0, hue: float = 0.0) -> Mood:
        """Every colour shifted alike."""

        def one(color: Color) -> Color:
            return shift(color, light=light, saturation=saturation, hue=hue)

        return replace(
            self,
            sky=tuple(map(one, self.sky)),
            light=one(self.light),
            far=one(self.far),
            near=one(self.near),
            accent=one(self.accent),
            cloud=one(self.cloud),
        )


def _mood(sky: str, light: str, far: str, near: str, accent: str, cloud: str, *, dark: bool = False) -> Mood:
    return Mood(tuple(rgb(c) for c in sky.split()), rgb(light), rgb(far), rgb(near), rgb(accent), rgb(cloud), dark)


MOODS: Mapping[str, tuple[Mood, ...]] = {
    "day": (
        _mood("#2f7fc4 #7fc0ea #e3f3f5", "#fff7dc", "#a3cbd6", "#2e6a4c", "#f2793f", "#ffffff"),
        _mood("#3f9bd8 #a4daf0 #fdf3de", "#fffbe6", "#b6d5cf", "#3c7a4a", "#e8563f", "#ffffff"),
        _mood("#5a8fd4 #b4d4f1 #fbe9e2", "#fff4d6", "#b9c4de", "#41685f", "#f0a04b", "#fffaf5"),
    ),
    "dawn": (
        _mood("#53639f #c28fb3 #ffd3ab", "#ffedc4", "#bda2c4", "#39395f", "#f47c6c", "#ffe2d2"),
        _mood("#6d88c6 #e6acbc #ffe6bf", "#fff6d8", "#c9b3cf", "#44506f", "#f18f7b", "#fff0e2"),
    ),
    "sunset": (
        _mood("#2b2a5e #b1467a #ff8a4d #ffd57f", "#fff1b8", "#a8567e", "#221a38", "#ffcf5c", "#ff9d7a"),
        _mood("#3b2060 #cf4a6c #ff9756 #ffe192", "#fff3c4", "#b65b6f", "#281631", "#ffd76a", "#ffab86"),
        _mood("#16335c #7b6193 #f18c5f #ffd48f", "#fff0c0", "#8a6788", "#141d33", "#ff9f5a", "#f7ad93"),
    ),
    "golden": (
        _mood("#5f9fc6 #f2cf94 #ffbd68", "#fff6cf", "#dcae7d", "#4d3a2a", "#d9553a", "#ffe9c4"),
        _mood("#86b0bd #f8dca4 #ffc87a", "#fff8da", "#d8b98c", "#43452c", "#c8503a", "#fff1d2"),
    ),
    "dusk": (
        _mood("#0f1f4b #30498d #8c7fb9 #eaad9f", "#ffe8cf", "#515c96", "#10172e", "#ffb46b", "#a99acb"),
        _mood("#12304f #3f6f94 #a9a7bd #f4c3a0", "#fff0d6", "#5f7c9a", "#10202f", "#ff9d6b", "#c0bccf"),
    ),
    "night": (
        _mood("#050b20 #0d1e48 #28427e", "#f6f2df", "#253b70", "#060a18", "#ffcf6b", "#3d5490", dark=True),
        _mood("#070a1c #1a1b4a #4a3b7d", "#fff4dc", "#363069", "#080618", "#ffb867", "#574a91", dark=True),
        _mood("#04121f #0b2f48 #1f5f74", "#eef7ea", "#1c4c60", "#030e17", "#ffd27a", "#357486", dark=True),
    ),
    "storm": (_mood("#232c39 #475564 #8b98a0", "#dfe6ea", "#6d7b86", "#1c2429", "#e0b04a", "#5b6773"),),
    "fog": (
        _mood("#b9c6cd #d3dcdf #eceeea", "#fffdf2", "#bccad0", "#4a5a60", "#c9684d", "#f4f6f4"),
        _mood("#c4c4d2 #dcdae2 #f2ebe6", "#fff9ee", "#c4c3d0", "#545368", "#b5597a", "#f8f5f4"),
    ),
    "winter": (
        _mood("#86add0 #c9dcea #f4f5f4", "#fffdf0", "#b9cddc", "#54728e", "#d6483f", "#ffffff"),
        _mood("#7c93c2 #c4cbe6 #fbe6e0", "#fff6e4", "#b8c0dc", "#4c5c86", "#e2603f", "#ffffff"),
    ),
    "space": (
        _mood("#03040f #0b0a29 #1c1245", "#fff3d6", "#4a2f86", "#05040f", "#ff8f5a", "#7b4fc4", dark=True),
        _mood("#020812 #06203a #0c3a52", "#e8fbff", "#1c6f8f", "#020a12", "#ffcf5f", "#2fa6b8", dark=True),
        _mood("#0a0310 #2a0a33 #521443", "#ffe6d6", "#8c2f6a", "#08020c", "#ffd07a", "#d0538a", dark=True),
    ),
    "underwater": (
        _mood("#5fd0d8 #168fb0 #07466f", "#e8fff6", "#2b9fb8", "#062f4c", "#ff8a5c", "#9fe8e6"),
        _mood("#6fd6b8 #1f938f #0b4350", "#f2ffe6", "#35a596", "#072c38", "#ffb04c", "#b8f0d8"),
    ),
    "neon": (
        _mood("#12042f #3b0d6d #b4188c #ff6f6f", "#ffd86e", "#5e1b90", "#0c0322", "#27e8f0", "#ff5fb8", dark=True),
        _mood("#04081f #0f2a5e #7a1fa0 #f03f9f", "#ff8fd0", "#2a2f86", "#05051a", "#3ff0c8", "#b04ff0", dark=True),
    ),
    "indoors": (
        _mood("#e9ddcb #f1e6d6 #e2cfb4", "#fff4da", "#d8c3a4", "#6d4a32", "#c8553d", "#fff8ec"),
        _mood("#d5dfd8 #e5ece4 #cfd8c9", "#fffbe8", "#b5c4b3", "#4d5a48", "#d98a4b", "#fafdf6"),
        _mood("#d9dcea #e9eaf3 #cdd0e2", "#fffaf0", "#b6bcd6", "#474c69", "#e07a5f", "#fbfbff"),
        _mood("#f2d8cf #f7e6de #e7c3b5", "#fff6ea", "#dfae9d", "#74473f", "#3f7f86", "#fff9f5"),
    ),
}
