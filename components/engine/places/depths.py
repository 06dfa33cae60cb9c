"""The world under water."""

from __future__ import annotations

import numpy as np

from components.engine.palette import mix
from components.engine.places.land import below, rolling
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import (
    Area,
    Backdrop,
    Color,
    Dots,
    Fade,
    Glow,
    Line,
    Points,
    Shape,
    points,
)


def underwater(stage: Stage) -> None:
    """Light from above, sand and weeds below, bubbles rising."""
    scene = stage.scene
    chance = scene.chance("underwater")
    colors = scene.mood.sky
    stage.add(Backdrop(tuple((i / (len(colors) - 1), color) for i, color in enumerate(colors))))
    rays = []
    source = scene.width * chance.uniform(0.3, 0.7)
    for number in range(7):
        x = source + (number - 3) * 60 + 20 * scene.wave(number * 0.2)
        end = source + (number - 3) * 260 + chance.uniform(-40, 40)
        wide = chance.uniform(18, 60)
        rays.append(
            points(
                (x - wide * 0.4, -20),
                (x + wide * 0.4, -20),
                (end + wide * 2, scene.height * 0.95),
                (end - wide * 2, scene.height * 0.95),
            )
        )
    stage.add(Area(tuple(rays), Fade(scene.mood.light, colors[1]), 0.13, soft=14))
    stage.add(Glow(source, -60, 620, scene.mood.light, 0.5))
    for number in range(3):
        nearness = (number + 1) / 3
        y = scene.height * (0.72 + 0.11 * number)
        line = rolling(scene, f"reef{number}", y, 130 - 30 * number, rough=0.5, count=22)
        color = mix(colors[-1], scene.mood.near, nearness * 0.8)
        stage.add(Area((below(scene, line),), Fade(mix(color, scene.mood.far, 0.25), color), smooth=True))
        stage.extend(_weeds(scene, line, color, number))
    if not scene.minimal:
        stage.extend(_shoal(scene))
    count = scene.count(40)
    bubbles = np.stack(
        [
            chance.uniform(0, scene.width, count),
            (chance.uniform(0, scene.height, count) - scene.phase * scene.height / 3) % scene.height,
        ],
        axis=1,
    )
    radii = chance.uniform(1.5, 7, count)
    stage.cover(Dots(bubbles, radii, mix(scene.mood.light, (255, 255, 255), 0.5), np.full(count, 0.28)))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.93, scene.height * 0.3)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.56, scene.height * 0.34)
    stage.water = stage.air


def _weeds(scene: Scene, line: Points, ground: Color, number: int) -> list[Shape]:
    chance = scene.chance(f"weeds{number}")
    tones = (mix((52, 150, 110), ground, 0.45), mix((226, 108, 92), ground, 0.4), mix((236, 172, 84), ground, 0.45))
    groups: list[Shape] = []
    for tone in tones:
        strands = []
        for _ in range(scene.count(5)):
            x = chance.uniform(0, scene.width)
            y = float(np.interp(x, line[:, 0], line[:, 1])) + 10
            tall = chance.uniform(50, 150)
            steps = np.linspace(0, 1, 7)
            sway = 16 * np.sin(steps * 5 + x + scene.wave(x / 200) * 0.9) * steps
            strands.append(np.stack([x + sway, y - steps * tall], axis=1))
        groups.append(Line(tuple(strands), 6 + 3 * number, tone, 0.9, smooth=True))
    return groups


def _shoal(scene: Scene) -> list[Shape]:
    chance = scene.chance("shoal")
    outlines = []
    cx, cy = scene.width * chance.uniform(0.15, 0.85), scene.height * chance.uniform(0.2, 0.42)
    for _ in range(scene.count(14)):
        x, y = cx + chance.normal(0, 110) + 20 * scene.wave(), cy + chance.normal(0, 46)
        s = chance.uniform(7, 14)
        outlines.append(
            points(
                (x - s, y),
                (x, y - s * 0.45),
                (x + s, y),
                (x + s * 1.7, y - s * 0.5),
                (x + s * 1.6, y + s * 0.5),
                (x + s, y),
                (x, y + s * 0.45),
            )
        )
    return [Area(tuple(outlines), mix(scene.mood.far, scene.mood.near, 0.45), 0.7)]
