"""Forests and flowering meadows."""

from __future__ import annotations

import math

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.land import SEASON_LAND, below, grass, land_color, lit, rolling, tree_marks
from components.engine.places.sky import paint_sky, sky_colors, stars
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Ball, Color, Disc, Fade, Glow, Line, Mist, Points, Shape, points

BLOSSOMS: tuple[Color, ...] = (
    (232, 84, 92), (246, 178, 66), (240, 214, 96), (214, 120, 190), (142, 108, 208), (244, 240, 232), (92, 142, 220),
)  # fmt: skip


def forest(stage: Stage) -> None:
    """Trunk behind trunk, fog and light between them."""
    scene = stage.scene
    chance = scene.chance("forest")
    stage.add(sky_colors(scene, scene.height * 0.8))
    if scene.mood.dark:
        stage.extend(stars(scene, scene.height * 0.6, 90))
    light_x = scene.width * chance.uniform(0.3, 0.7)
    stage.add(Glow(light_x, scene.height * 0.34, 760, mix(scene.mood.light, scene.mood.horizon, 0.25), 0.55))
    leaf = SEASON_LAND["autumn"] if scene.season == "autumn" else (58, 116, 82)
    pointed = scene.snowy or chance.random() < 0.6
    layers = max(3, min(6, round(4 * scene.detail**0.5)))
    for number in range(layers):
        nearness = (number + 0.3) / layers
        y = scene.height * (0.62 + 0.3 * nearness)
        color = lit(scene, shift(leaf, light=-0.5 * nearness**2), nearness)
        line = rolling(scene, f"floor{number}", y, 40, rough=0.3)
        size = scene.height * (0.34 + 0.4 * nearness)
        if pointed:
            stage.extend(_pines(scene, line, color, number, size))
        else:
            stage.extend(_trunks(scene, line, color, number, size))
        stage.add(
            Area(
                (below(scene, line),), Fade(mix(color, scene.mood.horizon, 0.12), shift(color, light=-0.3)), smooth=True
            )
        )
        if number < layers - 1:
            fog = mix(scene.mood.horizon, scene.mood.light, 0.15)
            stage.add(
                Mist(
                    y - size * 0.75,
                    y + 70,
                    fog,
                    0.62 - 0.3 * nearness,
                    scene.seed % 2**31 + number,
                    240,
                    2.6,
                    0.12,
                    16 * scene.wave(number * 0.2),
                )
            )
    if not scene.mood.dark and not scene.reading.has("rain", "storm"):
        stage.extend(_beams(scene, light_x))
    stage.add(grass(scene, line, shift(color, light=-0.2), 260, 34, "ferns"))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.94, scene.height * 0.36)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.4, scene.height * 0.22)


def _pines(scene: Scene, line: Points, color: Color, number: int, size: float) -> list[Shape]:
    chance = scene.chance(f"pine{number}")
    outlines, snow = [], []
    for _ in range(scene.count(11 - number)):
        x = chance.uniform(-60, scene.width + 60)
        y = float(np.interp(x, line[:, 0], line[:, 1])) + 10
        tall = size * chance.uniform(0.6, 1.2)
        wide = tall * 0.2
        tiers = 7
        left = []
        for tier in range(tiers):
            low, inner = tier / tiers, (tier + 0.82) / tiers
            reach = wide * (1 - low) ** 0.9 * chance.uniform(0.85, 1.1)
            left += [(x - reach, y - tall * (0.08 + 0.92 * low)), (x - reach * 0.45, y - tall * (0.08 + 0.92 * inner))]
            if scene.snowy:
                top = y - tall * (0.08 + 0.92 * inner)
                snow.append(
                    points(
                        (x - reach, y - tall * (0.08 + 0.92 * low)),
                        (x - reach * 0.4, top),
                        (x + reach * 0.1, top),
                        (x - reach * 0.3, y - tall * (0.1 + 0.92 * low)),
                    )
                )
        right = [(2 * x - px + chance.uniform(-3, 3), py) for px, py in reversed(left)]
        trunk = [(x + wide * 0.07, y), (x - wide * 0.07, y)]
        outlines.append(points(*left, (x, y - tall), *right, *trunk))
    shapes: list[Shape] = [Area(tuple(outlines), Fade(mix(color, scene.mood.light, 0.06), shift(color, light=-0.12)))]
    if snow:
        shapes.append(Area(tuple(snow), mix((246, 249, 252), color, 0.35), 0.6))
    return shapes


def _trunks(scene: Scene, line: Points, color: Color, number: int, size: float) -> list[Shape]:
    """Tall trunks that leave the picture, crowns above."""
    chance = scene.chance(f"trunk{number}")
    bark = mix(color, (74, 54, 44), 0.4)
    outlines, boughs = [], []
    for _ in range(scene.count(10 - number)):
        x = chance.uniform(-40, scene.width + 40)
        y = float(np.interp(x, line[:, 0], line[:, 1])) + 12
        wide = size * chance.uniform(0.022, 0.045)
        bend = chance.normal(0, 16)
        outlines.append(
            points(
                (x - wide * 1.5, y),
                (x - wide, y - size * 0.25),
                (x - wide * 0.7 + bend, -40),
                (x + wide * 0.7 + bend, -40),
                (x + wide, y - size * 0.25),
                (x + wide * 1.6, y),
            )
        )
        for _ in range(2):
            by = chance.uniform(0.1, 0.5) * scene.height
            reach = chance.choice([-1, 1]) * size * chance.uniform(0.12, 0.3)
            boughs.append(points((x + bend * 0.5, by), (x + reach * 0.5, by - 22), (x + reach, by - 60)))
    crowns: list[Shape] = []
    for k in range(scene.count(12)):
        cx, cy = chance.uniform(-40, scene.width + 40), chance.uniform(-60, scene.height * 0.2)
        radius = size * chance.uniform(0.12, 0.24)
        sway = 4 * scene.wave(k * 0.13)
        tone = shift(color, light=float(chance.uniform(-0.12, 0.18)))
        crowns.append(
            Disc(
                cx + sway,
                cy,
                radius * 1.25,
                radius,
                Ball(mix(tone, scene.mood.light, 0.18), tone, 0.4, 0.3),
                0.85,
                soft=3,
            )
        )
    return [
        Line(tuple(boughs), 5, bark, smooth=True),
        Area(tuple(outlines), Fade(bark, shift(bark, light=-0.2)), smooth=True),
        *crowns,
    ]


def _beams(scene: Scene, x: float) -> list[Shape]:
    """Slanting light through the crowns."""
    chance = scene.chance("beams")
    outlines = []
    for _ in range(5):
        start = x + chance.uniform(-120, 120) + 8 * scene.wave(chance.random())
        end = start + chance.uniform(-420, 420)
        wide = chance.uniform(14, 40)
        outlines.append(
            points(
                (start - wide * 0.4, -20),
                (start + wide * 0.4, -20),
                (end + wide * 1.8, scene.height),
                (end - wide * 1.8, scene.height),
            )
        )
    return [Area((outline,), Fade(scene.mood.light, scene.mood.horizon), 0.07, soft=18) for outline in outlines]


def meadow(stage: Stage) -> None:
    """Flowers up close, hills and sky out of focus."""
    scene = stage.scene
    chance = scene.chance("meadow")
    horizon = scene.height * chance.uniform(0.4, 0.48)
    paint_sky(stage, horizon)
    base = land_color(scene)
    for number in range(3):
        nearness = 0.2 + 0.3 * number
        y = horizon + scene.height * 0.12 * number
        line = rolling(scene, f"slope{number}", y, 70, rough=0.3)
        color = lit(scene, base, nearness * 0.8)
        stage.add(
            Area(
                (below(scene, line),), Fade(mix(color, scene.mood.light, 0.22), shift(color, light=-0.12)), smooth=True
            )
        )
        if number < 2 and not scene.minimal:
            stage.add(tree_marks(scene, line, shift(color, light=-0.2), f"copse{number}", 20, 34 + 20 * number))
    stage.extend(_bokeh(scene, horizon))
    colors = tuple(scene.reading.colors) or tuple(BLOSSOMS[i] for i in chance.permutation(len(BLOSSOMS))[:3])
    for row in range(5):
        nearness = (row + 1) / 5
        y = horizon + (scene.height - horizon) * (0.3 + 0.62 * nearness**1.3)
        stem = lit(scene, mix(base, (40, 90, 50), 0.5), 0.4 + 0.4 * nearness)
        line = rolling(scene, f"bed{row}", y, 30)
        stage.add(grass(scene, line, stem, 130, 46 * nearness + 12, f"blades{row}"))
        target = stage.back if row < 4 else stage.front
        target.extend(_flowers(scene, row, y, nearness, colors, stem))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.97, scene.height * 0.56)
    stage.air = Spot(scene.width * 0.5, horizon * 0.8, scene.height * 0.22)


def _bokeh(scene: Scene, horizon: float) -> list[Shape]:
    chance = scene.chance("bokeh")
    spots: list[Shape] = []
    for _ in range(scene.count(14)):
        x, y = chance.uniform(0, scene.width), horizon + chance.uniform(0.02, 0.4) * scene.height
        radius = chance.uniform(10, 36)
        color = mix(scene.mood.light, BLOSSOMS[int(chance.integers(len(BLOSSOMS)))], 0.35)
        spots.append(Disc(x, y, radius, radius, color, 0.16, soft=2))
    return spots


def _flowers(scene: Scene, row: int, y: float, nearness: float, colors: tuple[Color, ...], stem: Color) -> list[Shape]:
    chance = scene.chance(f"flowers{row}")
    shapes: list[Shape] = []
    stems: list[Points] = []
    heads: list[Shape] = []
    for _ in range(scene.count(26 - 4 * row)):
        x = chance.uniform(0, scene.width)
        foot = y + chance.uniform(0, 40)
        tall = (30 + 90 * nearness) * chance.uniform(0.7, 1.3)
        lean = chance.normal(0, 8) + 7 * nearness * scene.wave(x / scene.width)
        stems.append(points((x, foot), (x + lean * 0.3, foot - tall * 0.5), (x + lean, foot - tall)))
        color = lit_flower(scene, colors[int(chance.integers(len(colors)))])
        radius = (5 + 17 * nearness) * chance.uniform(0.75, 1.2)
        heads += _head(x + lean, foot - tall, radius, color, float(chance.uniform(0, 1)), simple=row < 2)
    shapes.append(Line(tuple(stems), 1.6 + 2.4 * nearness, stem, smooth=True))
    return shapes + heads


def lit_flower(scene: Scene, color: Color) -> Color:
    """A blossom's colour in the scene's light, never quite dull."""
    return mix(color, scene.mood.near, 0.4 if scene.mood.dark else 0.08)


def _head(x: float, y: float, radius: float, color: Color, turn: float, *, simple: bool) -> list[Shape]:
    if simple:
        return [Disc(x, y, radius, radius * 0.85, color)]
    petals = 6
    outlines = []
    for number in range(petals):
        angle = 2 * math.pi * (number + turn) / petals
        px, py = x + math.cos(angle) * radius * 0.62, y + math.sin(angle) * radius * 0.5
        outlines.append(Disc(px, py, radius * 0.5, radius * 0.3, color, turn=math.degrees(angle)).outline(14))
    heart = (246, 206, 84) if color[2] < 200 or color[0] > 220 else (120, 84, 40)
    return [
        Area(tuple(outlines), Fade(mix(color, (255, 255, 255), 0.18), shift(color, light=-0.12))),
        Disc(x, y, radius * 0.3, radius * 0.26, heart),
    ]
