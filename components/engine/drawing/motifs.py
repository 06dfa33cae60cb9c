"""Abstract compositions: each motif fills an area with shapes in the palette's colors, moved by a loop's phase."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from components.engine.drawing.color import Color, Palette, mix, shift
from components.engine.drawing.shapes import (
    Shape,
    arc_points,
    box,
    disc,
    line,
    pie,
    polygon,
    ring,
    turned,
)


@dataclass(frozen=True)
class Stage:
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

    def count(self, ordinary: float) -> int:
        """Return how many of something to draw, at least one."""
        return max(1, round(ordinary * self.detail))

    def color(self, number: int) -> Color:
        """Return a shape color by number, beginning again after the last."""
        return self.palette.shapes[number % len(self.palette.shapes)]

    def between(self, low: float, high: float) -> float:
        """Return a random number."""
        return float(self.rng.uniform(low, high))


def _ridge(s: Stage, base: float, height: float, drift: float, fill: Color, end: Color) -> Shape:
    """Return a soft ridge across the area, filled down to its lower edge."""
    x = np.linspace(-0.1 * s.w, 1.1 * s.w, 15)
    waves, start = s.between(0.7, 1.5), s.between(0, 7)
    y = base - height * np.sin(x / s.w * waves * 4 + start + drift) - height * 0.4 * np.sin(x / s.w * 9 + start * 2)
    points = np.stack([x, y], axis=1)
    corners = [[1.2 * s.w, s.h * 1.2], [0.5 * s.w, s.h * 1.3], [-0.2 * s.w, s.h * 1.2]]
    return Shape(np.vstack([points, corners]), fill, end, smooth=True)


def _sun(s: Stage, y: float, r: float) -> list[Shape]:
    x, color = s.w * s.between(0.25, 0.75), s.color(0)
    y += s.swing(0.0, 0.03 * s.h)
    halo = [disc(x, y, r * scale, color, opacity=0.16) for scale in (1.28, 1.6)][: s.count(1.4)]
    return [*halo, disc(x, y, r, color, mix(color, s.palette.bottom, 0.35))]


def hills(s: Stage) -> list[Shape]:
    """A disc over ridges that darken towards the viewer."""
    shapes = _sun(s, s.h * s.between(0.26, 0.4), s.side * s.between(0.16, 0.26))
    layers = max(3, s.count(4.4))
    far, near = mix(s.palette.bottom, s.color(1), 0.55), s.color(3)
    for n in range(layers):
        share = n / (layers - 1)
        color = mix(mix(far, s.color(2), 0.5 * (n % 2)), near, share**1.3)
        drift = s.swing(n / 5, 0.25)
        ridge = _ridge(s, s.h * (0.5 + 0.42 * share), s.h * 0.055, drift, color, shift(color, light=-0.12))
        shapes.append(ridge)
    return shapes


def peaks(s: Stage) -> list[Shape]:
    """A disc over rows of mountains, each with a lit and a shaded face."""
    shapes = _sun(s, s.h * s.between(0.2, 0.32), s.side * s.between(0.12, 0.2))
    for row, (base, tall) in enumerate(((0.8, 0.46), (0.94, 0.42), (1.08, 0.36))):
        count, foot = max(2, s.count(2 + row)), s.h * base
        color = mix(mix(s.palette.bottom, s.color(1), 0.45 + 0.25 * row), s.color(3), row * 0.3)
        for n in range(count):
            x, top = (
                s.w * (n + s.between(0.1, 0.9)) / count + s.swing(row / 3 + n / 7, 6),
                foot - s.h * tall * s.between(0.6, 1),
            )
            reach = (foot - top) * s.between(0.8, 1.1)
            fold = [(x, top), (x + reach * 0.1, (top + foot) / 2), (x - reach * 0.08, foot)]
            shapes.append(polygon(*fold, (x + reach, foot), fill=shift(color, light=-0.3)))
            shapes.append(polygon(*fold, (x - reach, foot), fill=shift(color, light=0.1)))
        shapes.append(box(-10, foot - 1, s.w + 20, s.h, shift(color, light=-0.12)))
    return shapes


def waves(s: Stage) -> list[Shape]:
    """A half-sunk disc over rows of swells."""
    shapes = _sun(s, s.h * s.between(0.34, 0.44), s.side * s.between(0.2, 0.3))
    rows = max(4, s.count(7))
    for n in range(rows):
        share = n / (rows - 1)
        y, reach = s.h * (0.46 + 0.5 * share**1.15), s.side * (0.012 + 0.03 * share)
        x = np.linspace(-0.1 * s.w, 1.1 * s.w, 27)
        start = s.between(0, 6) + 2 * math.pi * s.phase * (1 if n % 2 else -1)
        top = y + reach * np.sin(x / s.side * (16 - 8 * share) + start)
        color = mix(mix(s.color(1), s.palette.bottom, 0.5 - 0.5 * share), s.color((2, 1, 3)[n % 3]), 0.25 + 0.3 * share)
        body = np.vstack([np.stack([x, top], axis=1), [[1.3 * s.w, 1.3 * s.h], [-0.3 * s.w, 1.3 * s.h]]])
        shapes.append(Shape(body, color, smooth=True))
        if s.detail > 0.8 and n % 2:
            crest = np.stack([x, top + reach * 0.9], axis=1)
            shapes.append(line(crest, reach * 0.22, mix(color, s.color(4), 0.5), 0.8))
    return shapes


def tiles(s: Stage) -> list[Shape]:
    """A grid of quarter circles, discs, triangles and stripes."""
    across = max(2, round(s.w / s.side * (3 + round(s.detail))))
    size = s.w / across
    shapes = []
    for row in range(math.ceil(s.h / size)):
        for column in range(across):
            x, y = column * size, row * size
            numbers = s.rng.permutation(5)
            ground, first, second = (s.color(int(number)) for number in numbers[:3])
            kind, corner = int(s.rng.integers(6)), int(s.rng.integers(4))
            shapes.append(box(x - 0.5, y - 0.5, size + 1, size + 1, mix(ground, s.palette.bottom, 0.15)))
            angle = corner * 90 + s.swing((row + column) / 6, 22)
            cx, cy = x + size / 2, y + size / 2
            tile = {
                0: [pie(x, y, size, 0, 90, first)],
                1: [pie(x, y, size, 0, 90, first), pie(x, y, size * 0.5, 0, 90, second)],
                2: [disc(cx, cy, size * 0.36, first), disc(cx, cy, size * 0.16, second)],
                3: [polygon((x, y), (x + size, y), (x, y + size), fill=first)],
                4: [pie(cx, y, size / 2, 0, 180, first), pie(cx, cy, size / 2, 0, 180, second)],
                5: [box(x, y + size * k / 6, size, size / 6, first) for k in (0, 2, 4)],
            }[kind]
            still = corner * 90 if kind in {0, 1, 3, 4, 5} else angle
            shapes += [turned(shape, still, cx, cy) for shape in tile]
    return shapes


def arcs(s: Stage) -> list[Shape]:
    """Concentric bands around a corner or an edge."""
    x, y = s.w * float(s.rng.choice([0.0, 0.5, 1.0])), s.h * float(s.rng.choice([0.62, 1.0, 1.0]))
    reach = math.hypot(max(x, s.w - x), y) * 0.98
    bands = max(5, s.count(8))
    shapes = []
    for n in range(bands):
        r = reach * (1 - n / bands) + s.swing(n / bands, reach * 0.02)
        shapes.append(disc(x, y, r, s.color(n * 2) if n % 2 else mix(s.color(n), s.palette.bottom, 0.2)))
    if y < s.h:
        shapes.append(box(-10, y, s.w + 20, s.h, s.color(4)))
        shapes += [box(-10, y + s.side * 0.05 * (n + 1), s.w + 20, s.side * 0.012, s.color(n)) for n in range(4)]
    return shapes


def bands(s: Stage) -> list[Shape]:
    """Slanting stripes around a large disc."""
    angle = float(s.rng.choice([-45.0, -30.0, 30.0, 45.0]))
    cx, cy, reach = s.w / 2, s.h / 2, math.hypot(s.w, s.h)
    shapes, x, n = [], -reach / 2, 0
    while x < reach / 2:
        wide = s.side * s.between(0.05, 0.2) / max(0.8, s.detail) ** 0.5
        color = mix(s.color(n), s.palette.top, 0.0 if n % 3 else 0.55)
        at = cx + x + s.swing(n / 6, s.side * 0.015)
        shapes.append(turned(box(at, cy - reach, wide, 2 * reach, color), angle, cx, cy))
        x, n = x + wide * s.between(0.95, 1.7), n + 1
    x, y, r = s.w * s.between(0.3, 0.7), s.h * s.between(0.35, 0.65), s.side * s.between(0.24, 0.34)
    half = turned(pie(x, y, r, 0, 180, s.color(3)), angle + s.swing(0, 25), x, y)
    return [*shapes, disc(x, y, r, s.palette.bottom), half]


def circles(s: Stage) -> list[Shape]:
    """Overlapping translucent discs."""
    shapes = []
    for n in range(max(4, s.count(8))):
        r = s.side * s.between(0.1, 0.34) * (1.2 if n < 2 else 0.8)
        x, y = s.w * s.between(0.08, 0.92) + s.swing(n / 8, 30), s.h * s.between(0.1, 0.9) + s.swing(n / 5 + 0.2, 24)
        shapes.append(disc(x, y, r, s.color(n), opacity=0.82))
        if n % 3 == 2:
            shapes.append(ring(x, y, r * 1.18, s.side * 0.008, s.color(n + 1)))
    return shapes


def leaves(s: Stage) -> list[Shape]:
    """Stems with paired leaves, and fruit."""
    shapes = _sun(s, s.h * s.between(0.25, 0.4), s.side * s.between(0.2, 0.3))
    stems = max(3, s.count(4.5) + round(s.w / s.h))
    for n in range(stems):
        x, tall = s.w * (n + s.between(0.2, 0.8)) / stems, s.h * s.between(0.5, 0.9)
        lean = s.between(-0.2, 0.2) * s.side + s.swing(n / stems, 0.05 * s.side)
        color, pairs = s.color(n + 1), max(3, s.count(5))
        foot, tip = np.array([x, s.h * 1.05]), np.array([x + lean, s.h * 1.05 - tall])
        shapes.append(line(np.array([foot, (foot + tip) / 2 + [lean * 0.15, 0], tip]), s.side * 0.011, color))
        for pair in range(pairs):
            share = 0.28 + 0.72 * pair / max(1, pairs - 1)
            at, size = foot + (tip - foot) * share, s.side * 0.15 * (1.15 - 0.55 * share)
            for side in (-1, 1):
                leaf = np.array([[0, 0], [0.45, -0.3], [1, -0.42], [0.62, 0.06]]) * [side * size, size]
                shapes.append(Shape(at + leaf, color if side > 0 else shift(color, light=0.14), smooth=True))
        shapes.append(disc(float(tip[0]), float(tip[1]), s.side * 0.03, s.color(n + 3)))
    return shapes


def orbits(s: Stage) -> list[Shape]:
    """Rings with planets around a large body, and stars."""
    cx, cy = s.w * s.between(0.3, 0.7), s.h * s.between(0.38, 0.62)
    star = mix(s.color(0), (255, 255, 255), 0.4)
    shapes = [
        disc(s.w * s.between(0, 1), s.h * s.between(0, 1), s.side * s.between(0.0015, 0.006) + 0.5, star)
        for _ in range(s.count(60))
    ]
    for n in range(max(3, s.count(4.5))):
        r = s.side * (0.24 + 0.13 * n)
        shapes.append(ring(cx, cy, r, s.side * 0.004, mix(s.color(1), s.palette.top, 0.2)))
        angle = s.between(0, 2 * math.pi) + 2 * math.pi * s.phase * (1 if n < 2 else 0) + s.swing(0, 0.2 * (n > 1))
        size, color = s.side * s.between(0.02, 0.065), s.color(n + 1)
        x, y = cx + r * math.cos(angle), cy + r * math.sin(angle)
        shapes.append(disc(x, y, size, color, shift(color, light=-0.4)))
    shapes.append(disc(cx, cy, s.side * 0.17, s.color(0), mix(s.color(0), s.palette.bottom, 0.6)))
    shapes.append(pie(cx, cy, s.side * 0.17, 20, 180, shift(s.color(0), light=-0.5), 0.3))
    return shapes


def blocks(s: Stage) -> list[Shape]:
    """Isometric cubes, stacked."""
    across = max(3, round((4 + s.detail) * s.w / s.side))
    a = s.w / across / 2
    b, shapes = a * 0.5774, []
    for row in range(-1, math.ceil(s.h / (b * 3)) + 2):
        for column in range(-1, across + 1):
            if s.rng.random() < 0.2:
                continue
            x, tall = (2 * column + 1 + row % 2) * a, b * 2 * s.between(0.5, 1.5)
            y = (row + 1) * b * 3 - tall * 0.4 + s.swing(float(s.rng.random()), b * 0.35)
            color = s.color(int(s.rng.integers(5)))
            foot = y + tall
            shapes += [
                polygon((x - a, y), (x, y + b), (x, foot + b), (x - a, foot), fill=shift(color, light=-0.18)),
                polygon((x + a, y), (x, y + b), (x, foot + b), (x + a, foot), fill=shift(color, light=-0.42)),
                polygon((x - a, y), (x, y - b), (x + a, y), (x, y + b), fill=shift(color, light=0.2)),
            ]
    return shapes


def skyline(s: Stage) -> list[Shape]:
    """Rows of towers with lit windows."""
    shapes = _sun(s, s.h * s.between(0.2, 0.4), s.side * s.between(0.13, 0.22))
    for row in range(3):
        x, color = -s.side * s.between(0, 0.1), mix(mix(s.palette.bottom, s.color(1), 0.5), s.color(3), row * 0.45)
        while x < s.w:
            wide, tall = s.side * s.between(0.08, 0.17), s.h * s.between(0.24, 0.56) * (1.15 - 0.22 * row)
            top = s.h - tall + s.h * 0.03 * row
            shapes.append(box(x, top, wide + 1, tall + 10, shift(color, light=s.between(-0.12, 0.1))))
            if s.rng.random() < 0.3:
                shapes.append(polygon((x, top), (x + wide / 2, top - wide * 0.7), (x + wide, top), fill=color))
            step = s.side * 0.034
            for wx in np.arange(x + step * 0.5, x + wide - step * 0.5, step) if row else ():
                for wy in np.arange(top + step * 0.7, s.h, step * 1.35):
                    if s.rng.random() < 0.42 * min(1.2, s.detail) + 0.1 * math.sin(2 * math.pi * s.phase):
                        shapes.append(box(float(wx), float(wy), step * 0.42, step * 0.6, s.color(0), opacity=0.9))
            x += wide * s.between(1.0, 1.25)
    return shapes


def rays(s: Stage) -> list[Shape]:
    """A disc with rays all around."""
    x, y, reach = s.w * s.between(0.3, 0.7), s.h * s.between(0.45, 0.8), math.hypot(s.w, s.h)
    count = 2 * max(8, s.count(12))
    start = s.between(0, 30) + 360 / count * 2 * s.phase
    shapes = []
    for n in range(count):
        points = np.vstack([arc_points(x, y, reach, start + n * 360 / count, 360 / count, 1), [[x, y]]])
        shapes.append(Shape(points, mix(s.color(1), s.palette.top, 0.25) if n % 2 else s.palette.top))
    r = s.side * s.between(0.17, 0.25)
    rings = [disc(x, y, r * scale, s.color(n + 2)) for n, scale in enumerate((1.5, 1.25))]
    return [*shapes, *rings, disc(x, y, r, s.color(0))]


def confetti(s: Stage) -> list[Shape]:
    """Bars, rings, triangles, zigzags and dots, thrown over the area."""
    shapes: list[Shape] = []
    for n in range(max(14, s.count(34))):
        x, y, r = s.w * s.between(0, 1), s.h * s.between(0, 1), s.side * s.between(0.025, 0.085)
        y, color = y + s.swing(n / 9, 26), s.color(n)
        bits = (
            [disc(x, y, r * 0.8, color)],
            [ring(x, y, r * 0.8, r * 0.3, color)],
            [polygon((x - r, y + r * 0.8), (x + r, y + r * 0.8), (x, y - r), fill=color)],
            [box(x - r * 1.5, y - r * 0.2, r * 3, r * 0.42, color)],
            [Shape(np.array([[x + r * (k - 2), y + r * 0.45 * (-1) ** k] for k in range(5)]), color, width=r * 0.28)],
        )[n % 5]
        shapes += [turned(bit, s.between(0, 180) + s.swing(n / 7, 30), x, y) for bit in bits]
    return shapes


MOTIFS: Mapping[str, Callable[[Stage], list[Shape]]] = {
    motif.__name__: motif
    for motif in (
        hills, tiles, arcs, leaves, bands, circles, waves, orbits, rays, peaks, skyline, blocks, confetti
    )
}  # fmt: skip
