"""Space, the moon's ground, and nothing but sky."""

from __future__ import annotations

import math

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.land import below, rolling
from components.engine.places.sky import paint_sky, puff, stars
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Backdrop, Ball, Color, Disc, Fade, Glow, Mist, Shape


def _deep_sky(scene: Scene) -> list[Shape]:
    colors = scene.mood.sky
    shapes: list[Shape] = [Backdrop(tuple((i / (len(colors) - 1), color) for i, color in enumerate(colors)))]
    seed = scene.seed % 2**31
    drift = 14 * scene.wave()
    high = scene.height
    shapes += [
        Mist(-high * 0.15, high * 0.95, scene.mood.cloud, 0.6, seed, 330, 1.5, 0.42, drift),
        Mist(
            high * 0.05,
            high * 1.15,
            mix(scene.mood.accent, scene.mood.cloud, 0.4),
            0.45,
            seed + 20,
            260,
            1.8,
            0.5,
            -drift,
        ),
        Mist(-high * 0.1, high * 1.1, scene.mood.sky[0], 0.55, seed + 40, 300, 1.6, 0.45, drift),
    ]
    shapes += stars(scene, scene.height * 4, 900)
    chance = scene.chance("bright")
    for number in range(scene.count(5)):
        x, y = chance.uniform(0, scene.width), chance.uniform(0, scene.height * 0.9)
        shine = 1 + 0.25 * scene.wave(number * 0.2)
        shapes += [Glow(x, y, 46 * shine, scene.mood.light, 0.5), Disc(x, y, 2.6, 2.6, (255, 255, 255))]
    return shapes


def planet(x: float, y: float, radius: float, color: Color, *, ring: Color | None, turn: float = -18) -> list[Shape]:
    """A banded globe lit from the upper left, with or without a ring."""
    shapes: list[Shape] = []
    if ring:
        shapes += [_ring(x, y, radius, ring, turn, back=True)]
    lit_side, dark_side = mix(color, (255, 250, 235), 0.4), shift(color, light=-0.72)
    shapes.append(Disc(x, y, radius, radius, Ball(lit_side, dark_side, 0.32, 0.28)))
    for offset, wide, tone in ((-0.42, 0.1, 0.2), (-0.12, 0.16, -0.16), (0.22, 0.08, 0.14), (0.46, 0.12, -0.2)):
        half = math.sqrt(max(0.0, 1 - offset**2)) * radius
        band = shift(color, light=tone)
        shapes.append(Disc(x, y + offset * radius, half * 0.985, wide * radius * 0.5, band, 0.26, soft=radius * 0.02))
    if ring:
        shapes.append(_ring(x, y, radius, ring, turn, back=False))
    return shapes


def _ring(x: float, y: float, radius: float, color: Color, turn: float, *, back: bool) -> Area:
    start, end = (math.pi, 2 * math.pi) if back else (0, math.pi)
    around = np.linspace(start, end, 48)
    outer = np.stack([np.cos(around) * radius * 1.95, np.sin(around) * radius * 0.46], axis=1)
    inner = np.stack([np.cos(around[::-1]) * radius * 1.35, np.sin(around[::-1]) * radius * 0.3], axis=1)
    flat = np.concatenate([outer, inner])
    angle = math.radians(turn)
    turned = flat @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return Area((turned + np.array([x, y]),), Fade(color, shift(color, light=-0.35), across=True), 0.82)


def space(stage: Stage) -> None:
    """Nebulae and stars, a planet where none is asked for."""
    scene = stage.scene
    chance = scene.chance("space")
    stage.extend(_deep_sky(scene))
    if not any(mention.name == "planet" for mention in scene.subjects):
        tone = shift(scene.mood.far, light=0.18, hue=float(chance.uniform(-0.1, 0.1)))
        x, y = scene.width * chance.choice([0.2, 0.8]), scene.height * chance.uniform(0.7, 0.85)
        ring = mix(tone, scene.mood.light, 0.5) if chance.random() < 0.6 else None
        stage.extend(planet(x, y, chance.uniform(120, 230), tone, ring=ring))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.74, scene.height * 0.46)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.46, scene.height * 0.46)


def moonscape(stage: Stage) -> None:
    """Grey ground with craters, the earth in a black sky."""
    scene = stage.scene
    chance = scene.chance("moonscape")
    stage.extend(_deep_sky(scene))
    x, y = scene.width * chance.choice([0.24, 0.76]), scene.height * 0.27
    stage.add(Glow(x, y, 300, (110, 170, 255), 0.35))
    stage.extend(planet(x, y, 92, (64, 128, 206), ring=None))
    for cx, cy, rx, ry in ((-24, -20, 34, 22), (22, 18, 26, 30), (-8, 44, 20, 12)):
        stage.add(Disc(x + cx, y + cy, rx, ry, (104, 168, 112), 0.75, soft=5))
    stage.add(Disc(x + 6, y - 4, 78, 16, (250, 252, 255), 0.4, turn=-20, soft=6))
    stage.add(Disc(x + 26, y + 24, 88, 88, Ball((4, 8, 20), (4, 8, 20)), 0.32, soft=26))
    gray: Color = (168, 168, 176)
    for number in range(3):
        level = scene.height * (0.66 + 0.12 * number)
        line = rolling(scene, f"lunar{number}", level, 70 - 12 * number, rough=0.4)
        color = mix(shift(gray, light=-0.34 + 0.14 * number), scene.mood.far, 0.3)
        stage.add(Area((below(scene, line),), Fade(shift(color, light=0.2), shift(color, light=-0.35)), smooth=True))
        for _ in range(scene.count(4 + number)):
            wide = chance.uniform(16, 70) * (0.5 + 0.4 * number)
            kx, ky = chance.uniform(0, scene.width), level + chance.uniform(60, 150)
            stage.add(Disc(kx, ky, wide, wide * 0.26, shift(color, light=-0.38), 0.8))
            stage.add(Disc(kx, ky + wide * 0.07, wide * 0.92, wide * 0.2, shift(color, light=-0.12), 0.9))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.9, scene.height * 0.48)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.4, scene.height * 0.3)


def only_sky(stage: Stage) -> None:
    """Above the clouds."""
    scene = stage.scene
    chance = scene.chance("above")
    paint_sky(stage, scene.height * 0.92)
    banks = max(3, round(5 * scene.detail**0.5))
    for number in range(banks):
        nearness = (number + 1) / banks
        y = scene.height * (0.48 + 0.5 * nearness)
        for k in range(5):
            x = scene.width * (k + chance.uniform(-0.4, 0.4)) / 4 + 12 * nearness * scene.wave(k * 0.2 + number * 0.1)
            stage.extend(puff(scene, f"bank{number}{k}", x, y + chance.uniform(-20, 20), 220 + 260 * nearness))
        stage.add(Mist(y - 40, y + 170, scene.mood.cloud, 0.7, scene.seed % 2**31 + number, 200, 3, 0.1))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.66, scene.height * 0.4)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.44, scene.height * 0.4)
