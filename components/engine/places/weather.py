"""What falls and drifts before everything: rain, snow, lightning, fog, leaves."""

from __future__ import annotations

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.stage import Stage
from components.engine.scene import INDOORS, Scene
from components.engine.shapes import Area, Dots, Glow, Line, Mist, Shape, points

DRY = INDOORS | {"space", "moonscape", "underwater", "abstract"}


def add_weather(stage: Stage) -> None:
    """Add the scene's weather before its subjects."""
    scene = stage.scene
    if scene.place in DRY:
        return
    if scene.reading.has("storm"):
        stage.extend(_lightning(scene))
    if scene.reading.has("rain", "storm"):
        stage.cover(*_rain(scene))
    if scene.snowy:
        stage.cover(*_snow(scene))
    if scene.reading.has("fog"):
        stage.cover(_fog(scene))
    if scene.season == "autumn" and not scene.minimal:
        stage.cover(_leaves(scene))
    if scene.season == "spring" and not scene.minimal:
        stage.cover(_petals(scene))


def _rain(scene: Scene) -> list[Shape]:
    chance = scene.chance("rain")
    layers: list[Shape] = []
    for layer in range(2):
        drops = []
        for _ in range(scene.count(170)):
            x = chance.uniform(-100, scene.width + 100)
            y = (chance.uniform(0, 1) + scene.phase * (1 + layer)) % 1 * (scene.height + 160) - 80
            long = chance.uniform(16, 44) * (0.7 + 0.6 * layer)
            drops.append(points((x, y), (x - long * 0.22, y + long)))
        layers.append(Line(tuple(drops), 1.1 + 0.8 * layer, mix(scene.mood.cloud, (255, 255, 255), 0.5), 0.3))
    return layers


def _snow(scene: Scene) -> list[Shape]:
    chance = scene.chance("snow")
    layers: list[Shape] = []
    for size, count, opacity in ((1.6, 200, 0.6), (3.2, 90, 0.8), (7.0, 22, 0.45)):
        number = scene.count(count)
        ys = (chance.random(number) + scene.phase) % 1 * (scene.height + 20) - 10
        xs = chance.uniform(0, scene.width, number) + 10 * np.sin(2 * np.pi * (scene.phase + chance.random(number)))
        radii = size * chance.uniform(0.6, 1.3, number)
        layers.append(Dots(np.stack([xs, ys], axis=1), radii, (252, 253, 255), np.full(number, opacity)))
    return layers


def _fog(scene: Scene) -> Shape:
    color = mix(scene.mood.horizon, scene.mood.cloud, 0.5)
    seed = scene.seed % 2**31 + 77
    return Mist(scene.height * 0.3, scene.height * 1.12, color, 0.6, seed, 300, 3.2, 0.18, 30 * scene.wave())


def _lightning(scene: Scene) -> list[Shape]:
    chance = scene.chance("lightning")
    x, y = scene.width * chance.uniform(0.2, 0.8), scene.height * 0.06
    end = scene.height * 0.56
    bolt = [(x, y)]
    while y < end:
        x, y = x + chance.uniform(-34, 30), y + chance.uniform(24, 52)
        bolt.append((x, y))
    fork_at = bolt[len(bolt) // 2]
    fork = [fork_at]
    for _ in range(4):
        fx, fy = fork[-1]
        fork.append((fx + chance.uniform(10, 44), fy + chance.uniform(16, 40)))
    light = (240, 244, 255)
    flash = 0.55 + 0.35 * scene.wave(0.1, 2)
    return [
        Glow(bolt[len(bolt) // 2][0], scene.height * 0.25, 520, (150, 170, 230), 0.5 * flash),
        Line((points(*bolt), points(*fork)), 12, (180, 196, 255), 0.35 * flash, soft=6),
        Line((points(*bolt),), 4, light, 0.95),
        Line((points(*fork),), 2.4, light, 0.85),
    ]


def _falling(
    scene: Scene, name: str, count: int, size: float
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    chance = scene.chance(name)
    outlines = []
    for _ in range(scene.count(count)):
        x = chance.uniform(0, scene.width) + 20 * scene.wave(chance.random())
        y = (chance.random() + scene.phase) % 1 * (scene.height + 60) - 30
        long, wide = size * chance.uniform(0.6, 1.3), size * chance.uniform(0.22, 0.5)
        angle = chance.uniform(0, 6.3)
        along, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        middle = np.array([x, y])
        outlines.append(
            np.stack([middle - along * long, middle + aside * wide, middle + along * long, middle - aside * wide])
        )
    return tuple(outlines)


def _leaves(scene: Scene) -> Shape:
    return Area(_falling(scene, "leaves", 46, 11), shift((206, 96, 40), light=-0.1), 0.85, smooth=True)


def _petals(scene: Scene) -> Shape:
    return Area(_falling(scene, "petals", 40, 8), (248, 206, 218), 0.85, smooth=True)
