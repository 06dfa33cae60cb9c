"""Pictures made of shapes as SVG: real vectors, curves and gradients, no embedded pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from components.engine.encode import SOFTWARE
from components.engine.shapes import (
    Area,
    Backdrop,
    Ball,
    Color,
    Disc,
    Dots,
    Fade,
    Fill,
    Glow,
    Line,
    Mirror,
    Mist,
    Picture,
    Points,
    Shape,
    Words,
)

# Finishes that a filter over the whole drawing can stand for; those of LINES draw outlines instead.
FILTERS: Mapping[str, str] = {
    "noir": '<feColorMatrix type="saturate" values="0"/><feComponentTransfer><feFuncR type="gamma" exponent="1.3"/>'
    '<feFuncG type="gamma" exponent="1.3"/><feFuncB type="gamma" exponent="1.3"/></feComponentTransfer>',
    "vintage": '<feColorMatrix values=".39 .77 .19 0 0 .35 .69 .17 0 0 .27 .53 .13 0 0 0 0 0 1 0"/>',
    "watercolor": '<feTurbulence type="fractalNoise" baseFrequency=".02" numOctaves="3" seed="3"/>'
    '<feDisplacementMap in="SourceGraphic" scale="22"/>',
    "oil": '<feTurbulence type="turbulence" baseFrequency=".035" numOctaves="2" seed="5"/>'
    '<feDisplacementMap in="SourceGraphic" scale="26"/>',
}
LINES: Mapping[str, tuple[str | None, str, float]] = {  # ground (None: the shape's own fill), line, its width
    "ink": ("#fbf8f0", "#2b2932", 2.2),
    "pencil": ("#fbf9f4", "#6b6870", 1.6),
    "blueprint": ("#183e80", "#dfeaff", 1.6),
    "comic": (None, "#1d1b22", 3.0),
}


def svg(picture: Picture, width: int, height: int, *, transparent: bool = False) -> bytes:
    """The picture as an SVG document of width x height pixels."""
    return _Writer(picture, transparent=transparent).document(width, height)


def number(value: float) -> str:
    """A coordinate with at most one digit behind the point."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tone(color: Color) -> str:
    """A colour as #rrggbb."""
    return "#" + "".join(f"{min(255, max(0, part)):02x}" for part in color)


class _Writer:
    """Collects elements and the definitions they need."""

    def __init__(self, picture: Picture, *, transparent: bool) -> None:
        self._picture = picture
        self._transparent = transparent
        self._body: list[str] = []
        self._definitions: dict[str, str] = {}
        self._lines = LINES.get(picture.finish)
        self._writers: dict[type, Callable[[Any], str]] = {
            Area: self._area,
            Disc: self._disc,
            Line: self._line,
            Dots: self._dots,
            Glow: self._glow,
            Backdrop: self._backdrop,
            Mist: self._mist,
            Mirror: self._mirror,
            Words: self._words,
        }

    def document(self, width: int, height: int) -> bytes:
        """Everything."""
        picture = self._picture
        for shape in picture.shapes:
            self._add(shape)
        finish = FILTERS.get(picture.finish)
        whole = ""
        if finish:
            key = self._define(f'<filter id="{{id}}" x="0" y="0" width="1" height="1">{finish}</filter>')
            whole = f' filter="url(#{key})"'
        box = f"0 0 {number(picture.width)} {number(picture.height)}"
        parts = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{box}">',
            f"<title>{escape(picture.title)}</title>",
            f"<desc>{escape(SOFTWARE)}</desc>",
            f'<metadata><software xmlns="urn:image-workbench">{escape(SOFTWARE)}</software></metadata>',
            "<defs>",
            *self._definitions.values(),
            "</defs>",
            f"<g{whole}>",
            *self._body,
            "</g>",
            "</svg>",
        ]
        return "\n".join(parts).encode()

    def _add(self, shape: Shape) -> None:
        written = self._writers[type(shape)](shape)
        if written:
            self._body.append(written)

    def _define(self, text: str) -> str:
        """Put a definition in once, whoever needs it; its id comes back."""
        if text not in self._definitions:
            self._definitions[text] = text.replace("{id}", f"d{len(self._definitions)}")
        return self._definitions[text].partition('id="')[2].partition('"')[0]

    # --- paint ---

    def _fill(self, fill: Fill) -> str:
        if isinstance(fill, Fade):
            end = 'x2="1" y2="0"' if fill.across else 'x2="0" y2="1"'
            stops = f'<stop stop-color="{tone(fill.start)}"/><stop offset="1" stop-color="{tone(fill.end)}"/>'
            gradient = f'<linearGradient id="{{id}}" x1="0" y1="0" {end}>{stops}</linearGradient>'
            return f"url(#{self._define(gradient)})"
        if isinstance(fill, Ball):
            reach = max(fill.x, 1 - fill.x, fill.y, 1 - fill.y)
            place = f'cx="{fill.x:.2f}" cy="{fill.y:.2f}" r="{reach:.2f}"'
            stops = f'<stop stop-color="{tone(fill.center)}"/><stop offset="1" stop-color="{tone(fill.edge)}"/>'
            gradient = f'<radialGradient id="{{id}}" {place}>{stops}</radialGradient>'
            return f"url(#{self._define(gradient)})"
        return tone(fill)

    def _look(self, fill: Fill, opacity: float, soft: float) -> str:
        """Attributes of a filled shape."""
        if self._lines is not None:
            ground, line, width = self._lines
            shown = "" if opacity < 0.5 or soft > 3 else f' stroke="{line}" stroke-width="{width}"'
            if opacity < 0.5 or soft > 3:
                return 'fill="none"' if ground else f'fill="{self._fill(fill)}" opacity="{opacity:.2f}"'
            return f'fill="{ground or self._fill(fill)}"{shown}'
        attributes = f'fill="{self._fill(fill)}"'
        if opacity < 0.995:
            attributes += f' opacity="{opacity:.2f}"'
        return attributes + self._blur(soft)

    def _blur(self, soft: float) -> str:
        if soft < 0.4:
            return ""
        blur = f'<feGaussianBlur stdDeviation="{soft:.1f}"/>'
        key = self._define(f'<filter id="{{id}}" x="-30%" y="-30%" width="160%" height="160%">{blur}</filter>')
        return f' filter="url(#{key})"'

    # --- shapes ---

    def _area(self, shape: Area) -> str:
        if not shape.outlines:
            return ""
        path = "".join(_path(_clockwise(line), smooth=shape.smooth, closed=True) for line in shape.outlines)
        return f'<path d="{path}" {self._look(shape.fill, shape.opacity, shape.soft)}/>'

    def _disc(self, shape: Disc) -> str:
        turn = f' transform="rotate({shape.turn:.0f} {number(shape.x)} {number(shape.y)})"' if shape.turn else ""
        place = f'cx="{number(shape.x)}" cy="{number(shape.y)}" rx="{number(shape.rx)}" ry="{number(shape.ry)}"'
        return f"<ellipse {place}{turn} {self._look(shape.fill, shape.opacity, shape.soft)}/>"

    def _line(self, shape: Line) -> str:
        if not shape.strokes:
            return ""
        path = "".join(_path(line, smooth=shape.smooth, closed=False) for line in shape.strokes)
        color = self._lines[1] if self._lines and self._lines[0] else tone(shape.color)
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        look = f'stroke="{color}" stroke-width="{number(shape.width)}" opacity="{shape.opacity:.2f}" {ends}'
        return f'<path d="{path}" fill="none" {look}{self._blur(shape.soft)}/>'

    def _dots(self, shape: Dots) -> str:
        color = self._lines[1] if self._lines and self._lines[0] else tone(shape.color)
        circles = (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{radius:.1f}" opacity="{opacity:.2f}"/>'
            for (x, y), radius, opacity in zip(shape.points, shape.radii, shape.opacities, strict=True)
            if opacity > 0.02
        )
        return f'<g fill="{color}">{"".join(circles)}</g>'

    def _glow(self, shape: Glow) -> str:
        if self._transparent or (self._lines and self._lines[0]):
            return ""
        strength = min(1.0, shape.strength)
        stops = "".join(
            f'<stop offset="{share}" stop-color="{tone(shape.color)}" stop-opacity="{opacity:.3f}"/>'
            for share, opacity in ((share, strength * (1 - share) ** 2.2) for share in (0, 0.25, 0.5, 0.75, 1))
        )
        key = self._define(f'<radialGradient id="{{id}}">{stops}</radialGradient>')
        place = f'cx="{number(shape.x)}" cy="{number(shape.y)}" r="{number(shape.radius)}"'
        return f'<circle {place} fill="url(#{key})" style="mix-blend-mode:screen"/>'

    def _backdrop(self, shape: Backdrop) -> str:
        size = f'width="{number(self._picture.width)}" height="{number(self._picture.height)}"'
        if self._lines and self._lines[0]:
            return f'<rect {size} fill="{self._lines[0]}"/>'
        stops = "".join(f'<stop offset="{place:.3f}" stop-color="{tone(color)}"/>' for place, color in shape.stops)
        gradient = f'<linearGradient id="{{id}}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'
        return f'<rect {size} fill="url(#{self._define(gradient)})"/>'

    def _mist(self, shape: Mist) -> str:
        """Long soft ellipses where the pixels have noise."""
        if self._lines and self._lines[0]:
            return ""
        chance = np.random.default_rng(shape.seed)
        high = shape.bottom - shape.top
        clouds = []
        for _ in range(7):
            x, y = chance.uniform(0, self._picture.width) + shape.drift, shape.top + high * chance.uniform(0.25, 0.75)
            ry = min(shape.grain * 0.22, high * 0.2) * chance.uniform(0.6, 1.2)
            rx = ry * shape.stretch * chance.uniform(1.2, 2.2)
            place = f'cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}"'
            clouds.append(f'<ellipse {place} opacity="{shape.strength * chance.uniform(0.25, 0.6):.2f}"/>')
        blur = self._blur(min(34.0, max(8.0, high * 0.08)))
        return f'<g fill="{tone(shape.color)}"{blur}>{"".join(clouds)}</g>'

    def _mirror(self, shape: Mirror) -> str:
        """What is there so far becomes one group, which is used again upside down."""
        wide, high, line = self._picture.width, self._picture.height, shape.horizon
        above = f"above{len(self._definitions)}"
        self._body = [f'<g id="{above}">', *self._body, "</g>"]
        area = f'x="0" y="{number(line)}" width="{number(wide)}" height="{number(high - line)}"'
        clip = self._define(f'<clipPath id="{{id}}"><rect {area}/></clipPath>')
        flip = f'transform="translate(0 {number(2 * line)}) scale(1 -1)"'
        look = self._look(shape.tint, max(0.5, shape.strength) if not self._lines else 0.3, 0)
        return f'<g clip-path="url(#{clip})"><use href="#{above}" {flip}/><rect {area} {look}/></g>'

    def _words(self, shape: Words) -> str:
        place = f'x="{number(shape.x)}" y="{number(shape.y)}" font-size="{number(shape.size)}"'
        how = 'text-anchor="middle" dominant-baseline="central" font-family="sans-serif"'
        return f"<text {place} {how} fill={quoteattr(tone(shape.color))}>{escape(shape.text)}</text>"


def _clockwise(line: Points) -> Points:
    """All outlines of a path run the same way round, so that none cuts a hole into another."""
    x, y = line[:, 0], line[:, 1]
    twice = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return line if twice >= 0 else line[::-1]


def _path(line: Points, *, smooth: bool, closed: bool) -> str:
    """Path data: straight pieces, or the Catmull-Rom curve through the points as Bézier pieces."""
    start = f"M{number(line[0, 0])} {number(line[0, 1])}"
    end = "Z" if closed else ""
    if not smooth or len(line) < 3:
        return start + "".join(f"L{number(x)} {number(y)}" for x, y in line[1:]) + end
    around = np.concatenate([line[-1:], line, line[:2]] if closed else [line[:1], line, line[-1:]])
    pieces = [start]
    for a, b, c, d in zip(around[:-3], around[1:-2], around[2:-1], around[3:], strict=True):
        first, second = b + (c - a) / 6, c - (d - b) / 6
        pieces.append("C" + " ".join(f"{number(x)} {number(y)}" for x, y in (first, second, c)))
    return "".join(pieces) + end
