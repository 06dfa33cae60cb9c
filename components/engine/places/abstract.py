"""Pictures of nothing: waves, rings, plain geometry, ribbons, stones. For prompts that name nothing known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from components.engine.noise import ridge
from components.engine.palette import mix, shift
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Backdrop, Ball, Color, Disc, Fade, Glow, Line, box, points


def _colors(scene: Scene) -> list[Color]:
    """Six colours that go together: the mood's own, spread in lightness."""
    mood = scene.mood
    named = list(scene.reading.colors)
    base = [*named, *mood.sky, mood.accent, mood.near, mood.light]
    chance = scene.chance("colors")
    picked = base[:6] if named else [base[i] for i in chance.permutation(len(base))[:6]]
    while len(picked) < 6:
        picked.append(shift(picked[-1], hue=0.08, light=0.15))
    return picked


def abstract(stage: Stage) -> None:
    """One of five kinds."""
    scene = stage.scene
    kinds: tuple[Callable[[Stage, list[Color]], None], ...] = (_waves, _rings, _geometry, _ribbons, _stones)
    kinds[int(scene.chance("kind").integers(len(kinds)))](stage, _colors(scene))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.82, scene.height * 0.55)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.5, scene.height * 0.45)


def _waves(stage: Stage, colors: list[Color]) -> None:
    """Layers of waves that run from one colour to another, a disc of light behind."""
    scene = stage.scene
    chance = scene.chance("waves")
    start, end = scene.mood.sky[-1], scene.mood.sky[0]
    stage.add(Backdrop(((0, mix(start, (255, 255, 255), 0.4)), (1, start))))
    x, y = scene.width * chance.uniform(0.3, 0.7), scene.height * chance.uniform(0.22, 0.34)
    radius = min(scene.width, scene.height) * chance.uniform(0.13, 0.2)
    stage.add(Glow(x, y, radius * 3, scene.mood.light, 0.4), Disc(x, y, radius, radius, Fade(colors[0], colors[1])))
    layers = max(5, round(9 * scene.detail**0.6))
    for number in range(layers):
        share = number / (layers - 1)
        heights = ridge(scene.chance(f"wave{number // 2}"), 16, 0.3)
        xs = np.linspace(-120, scene.width + 120, 16)
        level = scene.height * (0.36 + 0.62 * share)
        ys = level + heights * 70 + 30 * math.sin(number * 1.3) + 12 * scene.wave(number / layers)
        outline = np.concatenate(
            [np.stack([xs, ys], axis=1), points((scene.width + 120, scene.height + 160), (-120, scene.height + 160))]
        )
        color = mix(mix(start, scene.mood.accent, 0.35 * math.sin(share * math.pi)), end, share)
        stage.add(Area((outline,), Fade(shift(color, light=0.22), color), 0.94, smooth=True))


def _rings(stage: Stage, colors: list[Color]) -> None:
    """Rings within rings, cut and turned."""
    scene = stage.scene
    chance = scene.chance("rings")
    ground = mix(colors[0], (250, 246, 238), 0.72)
    stage.add(Backdrop(((0, ground), (1, shift(ground, light=-0.06)))))
    spots = ((0.5, 0.5, 0.4), (0.16, 0.2, 0.22), (0.86, 0.8, 0.25), (0.84, 0.16, 0.15), (0.14, 0.84, 0.17))
    for number, (fx, fy, size) in enumerate(spots[: max(2, round(4 * scene.detail))]):
        x, y, reach = scene.width * fx, scene.height * fy, size * min(scene.width, scene.height)
        rings = max(3, round(7 * scene.detail**0.5 * size / 0.3))
        for ring in range(rings):
            radius = reach * (1 - ring / rings)
            color = colors[(ring + number) % len(colors)]
            start = chance.uniform(0, 2 * math.pi) + 2 * math.pi * scene.phase * (1 if ring % 2 else -1)
            sweep = 2 * math.pi if ring % 3 == 0 else chance.uniform(0.9, 1.75) * math.pi
            around = np.linspace(start, start + sweep, 72)
            outer = np.stack([x + radius * np.cos(around), y + radius * np.sin(around)], axis=1)
            thin = radius - reach / rings * 0.72
            inner = np.stack([x + thin * np.cos(around[::-1]), y + thin * np.sin(around[::-1])], axis=1)
            stage.add(Area((np.concatenate([outer, inner]),), color, 0.92))
        stage.add(Disc(x, y, reach / rings * 0.55, reach / rings * 0.55, colors[number % len(colors)]))


def _geometry(stage: Stage, colors: list[Color]) -> None:
    """A grid of quarter circles, halves, dots and stripes."""
    scene = stage.scene
    chance = scene.chance("geometry")
    ground = mix(scene.mood.cloud, (248, 242, 230), 0.6)
    stage.add(Backdrop(((0, ground), (1, ground))))
    cell = min(scene.width, scene.height) / max(3, min(8, round(5 * scene.detail**0.4)))
    across, down = math.ceil(scene.width / cell), math.ceil(scene.height / cell)
    left, top = (scene.width - across * cell) / 2, (scene.height - down * cell) / 2
    for row in range(down):
        for column in range(across):
            x, y = left + column * cell, top + row * cell
            first, second = (colors[int(i)] for i in chance.integers(0, len(colors), 2))
            stage.add(box(x, y, cell + 0.6, cell + 0.6, mix(first, ground, float(chance.choice([0, 0.55, 1])))))
            kind = int(chance.integers(6))
            turn = int(chance.integers(4))
            corner = ((x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell))[turn]
            if kind < 3:
                around = np.linspace(0, math.pi / 2, 24) + turn * math.pi / 2
                arc = np.stack([corner[0] + cell * np.cos(around), corner[1] + cell * np.sin(around)], axis=1)
                stage.add(Area((np.concatenate([arc, points(corner)]),), second))
            elif kind == 3:
                pulse = 1 + 0.06 * scene.wave(row * 0.2 + column * 0.13)
                stage.add(Disc(x + cell / 2, y + cell / 2, cell * 0.34 * pulse, cell * 0.34 * pulse, second))
            elif kind == 4:
                for stripe in range(4):
                    stage.add(box(x, y + cell * stripe / 4, cell, cell / 8, second))
            else:
                stage.add(
                    Area(
                        (
                            points(
                                corner,
                                *((x + cell, y), (x + cell, y + cell), (x, y + cell), (x, y))[turn : turn + 1],
                                (x + cell / 2, y + cell / 2),
                            ),
                        ),
                        second,
                    )
                )


def _ribbons(stage: Stage, colors: list[Color]) -> None:
    """Broad bands that flow across and fade into each other."""
    scene = stage.scene
    chance = scene.chance("ribbons")
    deep = shift(scene.mood.sky[0], light=-0.25)
    stage.add(Backdrop(((0, deep), (1, mix(deep, scene.mood.near, 0.6)))))
    stage.add(Glow(scene.width * 0.5, scene.height * 0.45, scene.width * 0.7, scene.mood.sky[-1], 0.3))
    count = max(8, round(18 * scene.detail**0.6))
    bend, slope = chance.uniform(0, 6), chance.uniform(-0.25, 0.25)
    for number in range(count):
        share = number / count
        xs = np.linspace(-100, scene.width + 100, 22)
        middle = scene.height * (0.16 + 0.7 * share) + slope * (xs - scene.width / 2)
        middle = middle + 90 * np.sin(xs / 210 + bend + share * 2.4 + 0.5 * scene.wave(share))
        wide = (26 + 26 * np.sin(xs / 160 + share * 5 + bend)) * (scene.height / 1000) + 12
        outline = np.concatenate([np.stack([xs, middle - wide], axis=1), np.stack([xs, middle + wide], axis=1)[::-1]])
        first = mix(colors[number % 6], colors[(number + 1) % 6], 0.5)
        stage.add(
            Area(
                (outline,), Fade(shift(first, light=0.15), colors[(number * 2 + 1) % 6], across=True), 0.62, smooth=True
            )
        )


def _stones(stage: Stage, colors: list[Color]) -> None:
    """Rounded shapes laid beside each other, each with its shadow."""
    scene = stage.scene
    chance = scene.chance("stones")
    ground = mix(scene.mood.cloud, (250, 246, 240), 0.5)
    stage.add(Backdrop(((0, ground), (1, shift(ground, light=-0.08)))))
    cell = 1000 / max(3, min(7, round(4.4 * scene.detail**0.4)))
    for row in range(math.ceil(scene.height / cell) + 1):
        for column in range(math.ceil(scene.width / cell) + 1):
            x = (column + 0.5 * (row % 2) + chance.uniform(-0.12, 0.12)) * cell
            y = (row + chance.uniform(-0.12, 0.12)) * cell + 6 * scene.wave(column * 0.2 + row * 0.3)
            size = cell * chance.uniform(0.28, 0.5)
            corners = int(chance.integers(6, 9))
            angles = np.linspace(0, 2 * math.pi, corners, endpoint=False)
            reach = size * chance.uniform(0.72, 1.15, corners)
            outline = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles) * 0.9], axis=1)
            color = colors[int(chance.integers(6))]
            stage.add(Area((outline + np.array([7.0, 12.0]),), shift(ground, light=-0.5), 0.22, smooth=True, soft=9))
            stage.add(
                Area((outline,), Ball(shift(color, light=0.3), shift(color, light=-0.12), 0.35, 0.3), smooth=True)
            )
            if chance.random() < 0.5 * scene.detail:
                vein = np.stack([x + np.linspace(-0.7, 0.7, 5) * size, y + chance.uniform(-0.2, 0.2, 5) * size], axis=1)
                stage.add(Line((vein,), 2.5, shift(color, light=0.5), 0.5, smooth=True))
