"""Abstract compositions: each motif fills an area with shapes in the palette's colors, moved by a loop's phase."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from components.engine.drawing.color import WHITE, Palette, mix, shift
from components.engine.drawing.shapes import Shape, box, disc, pie, polygon
from components.engine.drawing.spec import Color


@dataclass(frozen=True)
class MotifCanvas:
    """The area that a motif fills, in units from (0, 0); `detail` scales how much there is, `phase` runs 0 to 1."""

    w: float
    h: float
    palette: Palette
    rng: np.random.Generator
    detail: float = 1.0
    phase: float = 0.0

    @property
    def side(self) -> float:
        """Return the shorter edge."""
        return min(self.w, self.h)

    def swing(self, offset: float, amount: float) -> float:
        """Return a shift that is 0 at phase 0 and 1 and swings in between; `offset` (0 to 1) is its start."""
        return amount * (math.sin(2 * math.pi * (self.phase + offset)) - math.sin(2 * math.pi * offset))

    def count(self, ordinary: float, least: int = 3) -> int:
        """Return how many of something to draw."""
        return max(least, round(ordinary * self.detail))

    def color(self, number: int) -> Color:
        """Return a shape color by number, beginning again after the last."""
        return self.palette.shapes[number % len(self.palette.shapes)]

    def between(self, low: float, high: float) -> float:
        """Return a random number."""
        return float(self.rng.uniform(low, high))


def _sun(s: MotifCanvas, y: float, r: float) -> list[Shape]:
    x, color = s.w * s.between(0.25, 0.75), s.color(0)
    y += s.swing(0.0, 0.03 * s.h)
    halo = [disc(x, y, r * scale, color, opacity=0.16) for scale in (1.28, 1.6)]
    return [*halo, disc(x, y, r, color, end=mix(color, s.palette.bottom, 0.35))]


def _down_from(s: MotifCanvas, x: np.ndarray, y: np.ndarray, fill: Color, end: Color) -> Shape:
    """Return what lies below a curved line, down beyond the area's lower edge."""
    line = np.stack([x, y], axis=1)
    return Shape(np.vstack([line, [[1.3 * s.w, 1.3 * s.h], [-0.3 * s.w, 1.3 * s.h]]]), fill, end=end, smooth=True)


def hills(s: MotifCanvas) -> list[Shape]:
    """Return a disc over ridges that darken toward the viewer."""
    shapes = _sun(s, s.h * s.between(0.26, 0.4), s.side * s.between(0.16, 0.26))
    layers, x = s.count(4.4), np.linspace(-0.1 * s.w, 1.1 * s.w, 15)
    far = mix(s.palette.bottom, s.color(1), 0.55)
    for n in range(layers):
        share, steep, start = n / (layers - 1), s.between(2.8, 6), s.between(0, 7)
        color = mix(mix(far, s.color(2), 0.5 * (n % 2)), s.color(3), share**1.3)
        rise = np.sin(x / s.w * steep + start + s.swing(n / 5, 0.25)) + 0.4 * np.sin(x / s.w * 9 + start * 2)
        shapes.append(_down_from(s, x, s.h * (0.5 + 0.42 * share - 0.055 * rise), color, shift(color, light=-0.12)))
    return shapes


def waves(s: MotifCanvas) -> list[Shape]:
    """Return a half-sunk disc over rows of swells."""
    shapes = _sun(s, s.h * s.between(0.34, 0.44), s.side * s.between(0.2, 0.3))
    rows, x = s.count(7, 4), np.linspace(-0.1 * s.w, 1.1 * s.w, 27)
    for n in range(rows):
        share, drift = n / (rows - 1), 2 * math.pi * s.phase * (1 if n % 2 else -1)
        reach = s.side * (0.012 + 0.03 * share)
        top = s.h * (0.46 + 0.5 * share**1.15) + reach * np.sin(x / s.side * (16 - 8 * share) + s.between(0, 6) + drift)
        color = mix(mix(s.color(1), s.palette.bottom, 0.5 - 0.5 * share), s.color((2, 1, 3)[n % 3]), 0.25 + 0.3 * share)
        shapes.append(_down_from(s, x, top, color, color))
        if n % 2:
            crest, white = np.stack([x, top + reach * 0.9], axis=1), mix(color, s.color(4), 0.5)
            shapes.append(Shape(crest, white, opacity=0.8, width=reach * 0.22, smooth=True, closed=False))
    return shapes


def tiles(s: MotifCanvas) -> list[Shape]:
    """Return a grid of quarter circles, discs, triangles and stripes."""
    across = max(2, round(s.w / s.side * (3 + round(s.detail))))
    shapes, size = [], s.w / across
    for row, column in np.ndindex(math.ceil(s.h / size), across):
        x, y, cx, cy = column * size, row * size, (column + 0.5) * size, (row + 0.5) * size
        ground, first, second = (s.color(int(number)) for number in s.rng.permutation(5)[:3])
        tile = (
            [pie(x, y, size, 0, 90, first)],
            [pie(x, y, size, 0, 90, first), pie(x, y, size * 0.5, 0, 90, second)],
            [disc(cx, cy, size * (0.36 + s.swing(row / 6, 0.05)), first), disc(cx, cy, size * 0.16, second)],
            [polygon((x, y), (x + size, y), (x, y + size), fill=first)],
            [pie(cx, y, size / 2, 0, 180, first), pie(cx, cy, size / 2, 0, 180, second)],
            [box(x, y + size * k / 6, size, size / 6, first) for k in (0, 2, 4)],
        )[int(s.rng.integers(6))]
        shapes.append(box(x - 0.5, y - 0.5, size + 1, size + 1, mix(ground, s.palette.bottom, 0.15)))
        turn = 90 * int(s.rng.integers(4))
        shapes += [shape.turned(turn, cx, cy) for shape in tile]
    return shapes


def arcs(s: MotifCanvas) -> list[Shape]:
    """Return concentric bands around a corner or an edge."""
    x, y = s.w * float(s.rng.choice([0.0, 0.5, 1.0])), s.h * float(s.rng.choice([0.62, 1.0, 1.0]))
    shapes, bands = [], s.count(8, 5)
    for n in range(bands):
        reach = math.hypot(max(x, s.w - x), y) * (0.98 - n / bands + s.swing(n / bands, 0.02))
        shapes.append(disc(x, y, reach, s.color(n * 2) if n % 2 else mix(s.color(n), s.palette.bottom, 0.2)))
    shapes.append(box(-10, y, s.w + 20, s.h, s.color(4)))
    return shapes + [box(-10, y + s.side * 0.05 * (n + 1), s.w + 20, s.side * 0.012, s.color(n)) for n in range(4)]


def circles(s: MotifCanvas) -> list[Shape]:
    """Return overlapping translucent discs."""
    shapes = []
    for n in range(s.count(8, 4)):
        r = s.side * s.between(0.1, 0.34) * (1.2 if n < 2 else 0.8)
        x, y = s.w * s.between(0.08, 0.92) + s.swing(n / 8, 30), s.h * s.between(0.1, 0.9) + s.swing(n / 5 + 0.2, 24)
        shapes.append(disc(x, y, r, s.color(n), opacity=0.82))
        if n % 3 == 2:
            shapes.append(disc(x, y, r * 1.18, s.color(n + 1), width=s.side * 0.008))
    return shapes


def leaves(s: MotifCanvas) -> list[Shape]:
    """Return stems with paired leaves, and fruit."""
    shapes = _sun(s, s.h * s.between(0.25, 0.4), s.side * s.between(0.2, 0.3))
    stems, pairs = s.count(4.5) + round(s.w / s.h), s.count(5)
    for n in range(stems):
        foot, color = np.array([s.w * (n + s.between(0.2, 0.8)) / stems, s.h * 1.05]), s.color(n + 1)
        lean = s.side * (s.between(-0.2, 0.2) + s.swing(n / stems, 0.05))
        tip = foot + np.array([lean, -s.h * s.between(0.5, 0.9)])
        shapes.append(Shape(np.array([foot, tip]), color, width=s.side * 0.011))
        for share in np.linspace(0.28, 1, pairs):
            at, size = foot + (tip - foot) * share, s.side * 0.15 * (1.15 - 0.55 * share)
            for side in (-1, 1):
                leaf = np.array([[0, 0], [0.45, -0.3], [1, -0.42], [0.62, 0.06]]) * [side * size, size]
                shapes.append(Shape(at + leaf, color if side > 0 else shift(color, light=0.14), smooth=True))
        shapes.append(disc(float(tip[0]), float(tip[1]), s.side * 0.03, s.color(n + 3)))
    return shapes


def orbits(s: MotifCanvas) -> list[Shape]:
    """Return rings with planets around a large body, and stars."""
    cx, cy, star = s.w * s.between(0.3, 0.7), s.h * s.between(0.38, 0.62), mix(s.color(0), WHITE, 0.4)
    shapes = [
        disc(s.w * s.between(0, 1), s.h * s.between(0, 1), s.side * s.between(0.002, 0.006), star)
        for _ in range(s.count(60))
    ]
    for n in range(s.count(4.5)):
        r, size, color = s.side * (0.24 + 0.13 * n), s.side * s.between(0.02, 0.065), s.color(n + 1)
        shapes.append(disc(cx, cy, r, mix(s.color(1), s.palette.top, 0.2), width=s.side * 0.004))
        angle = s.between(0, 2 * math.pi) + (2 * math.pi * s.phase if n < 2 else s.swing(0, 0.2))
        x, y = cx + r * math.cos(angle), cy + r * math.sin(angle)
        shapes.append(disc(x, y, size, color, end=shift(color, light=-0.4)))
    shapes.append(disc(cx, cy, s.side * 0.17, s.color(0), end=mix(s.color(0), s.palette.bottom, 0.6)))
    return [*shapes, pie(cx, cy, s.side * 0.17, 20, 180, shift(s.color(0), light=-0.5), opacity=0.3)]


def blocks(s: MotifCanvas) -> list[Shape]:
    """Return stacked isometric cubes."""
    across = max(3, round((4 + s.detail) * s.w / s.side))
    shapes, a = [], s.w / across / 2
    b = a * 0.5774
    for row, column in np.ndindex(math.ceil(s.h / (b * 3)) + 3, across + 2):
        x, tall = (2 * column - 1 + row % 2) * a, b * 2 * s.between(0.5, 1.5)
        y, color = row * b * 3 - tall * 0.4 + s.swing(s.between(0, 1), b * 0.35), s.color(int(s.rng.integers(5)))
        left = ((x - a, y), (x, y + b), (x, y + b + tall), (x - a, y + tall))
        right = ((x + a, y), (x, y + b), (x, y + b + tall), (x + a, y + tall))
        roof = ((x - a, y), (x, y - b), (x + a, y), (x, y + b))
        if s.rng.random() > 0.2:
            faces = ((left, -0.18), (right, -0.42), (roof, 0.2))
            shapes += [polygon(*face, fill=shift(color, light=light)) for face, light in faces]
    return shapes


MOTIFS: Mapping[str, Callable[[MotifCanvas], list[Shape]]] = {
    motif.__name__: motif for motif in (hills, waves, tiles, arcs, circles, leaves, orbits, blocks)
}
