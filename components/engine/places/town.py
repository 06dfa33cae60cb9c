"""The city: towers behind towers, windows lit by night, a wet street."""

from __future__ import annotations

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.land import lit
from components.engine.places.sky import paint_sky
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Fade, Glow, Line, Mirror, Mist, Points, Shape, points

LATE = frozenset({"dusk", "night", "sunset"})


def city(stage: Stage) -> None:
    """A skyline in three depths over water or a street that mirrors it."""
    scene = stage.scene
    horizon = scene.height * 0.72
    paint_sky(stage, horizon)
    late = scene.time in LATE or scene.mood.dark
    for number in range(3):
        nearness = 0.12 + 0.38 * number
        stage.extend(_row(scene, number, horizon, nearness, late=late))
        if number < 2:
            glow = mix(scene.mood.horizon, scene.mood.light, 0.2)
            stage.add(
                Mist(horizon - 260 + 90 * number, horizon + 40, glow, 0.5, scene.seed % 2**31 + number, 260, 3, 0.1)
            )
    if late:
        stage.add(
            Glow(scene.width * 0.5, horizon, scene.width * 0.6, mix(scene.mood.accent, scene.mood.sky[-1], 0.5), 0.22)
        )
    base = lit(scene, (84, 90, 104), 0.9)
    water = mix(mix(scene.mood.sky[0], base, 0.4), (12, 20, 34), 0.3)
    stage.add(Mirror(horizon, water, 0.42, scene.phase))
    quay = points(
        (-10, horizon - 5), (scene.width + 10, horizon - 5), (scene.width + 10, horizon + 9), (-10, horizon + 9)
    )
    stage.add(Area((quay,), shift(base, light=-0.25)))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.93, scene.height * 0.34)
    stage.water = Spot(scene.width * 0.5, scene.height * 0.87, scene.height * 0.2)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.25, scene.height * 0.26)


def _row(scene: Scene, number: int, horizon: float, nearness: float, *, late: bool) -> list[Shape]:
    """Towers of one depth with their windows."""
    chance = scene.chance(f"row{number}")
    color = lit(scene, (98, 108, 132), nearness)
    x = -40.0
    towers: list[Points] = []
    lights: list[Points] = []
    panes: list[Points] = []
    masts: list[Points] = []
    middle = scene.width * chance.uniform(0.35, 0.65)
    while x < scene.width + 40:
        wide = chance.uniform(46, 120) * (0.8 + 0.25 * number)
        rise = np.exp(-(((x + wide / 2 - middle) / (scene.width * 0.32)) ** 2))
        tall = (120 + 420 * rise * chance.uniform(0.45, 1.1)) * (1.05 - 0.2 * number) * scene.height / 1000
        tall = max(60.0, tall)
        towers.append(_tower(chance, x, horizon, wide, tall, masts))
        if number > 0:
            _windows(scene, chance, x, horizon, wide, tall, lights, panes, number)
        x += wide * chance.uniform(0.86, 1.3 if number < 2 else 1.7)
    shapes: list[Shape] = [Area(tuple(towers), Fade(color, mix(color, scene.mood.horizon, 0.3 - 0.12 * number)))]
    if masts:
        shapes.append(Line(tuple(masts), 2.2, color))
    if late and lights:
        warm = mix(scene.mood.accent, (255, 232, 170), 0.65)
        shapes.append(Area(tuple(lights), warm, 0.85))
    faint = mix(color, scene.mood.sky[0], 0.35) if not late else shift(color, light=-0.25)
    shapes.append(Area(tuple(panes), faint, 0.5))
    return shapes


def _tower(chance: np.random.Generator, x: float, foot: float, wide: float, tall: float, masts: list[Points]) -> Points:
    top = foot - tall
    kind = chance.random()
    if kind < 0.2:
        step = wide * 0.2
        return points(
            (x, foot),
            (x, top + tall * 0.16),
            (x + step, top + tall * 0.16),
            (x + step, top),
            (x + wide - step, top),
            (x + wide - step, top + tall * 0.16),
            (x + wide, top + tall * 0.16),
            (x + wide, foot),
        )
    if kind < 0.34:
        masts.append(points((x + wide / 2, top - wide * 0.2), (x + wide / 2, top - wide * 0.95)))
        return points(
            (x, foot),
            (x, top + wide * 0.35),
            (x + wide * 0.5, top - wide * 0.3),
            (x + wide, top + wide * 0.35),
            (x + wide, foot),
        )
    if kind < 0.5:
        return points((x, foot), (x, top), (x + wide, top + wide * 0.4), (x + wide, foot))
    if kind < 0.62:
        masts.append(points((x + wide * 0.3, top), (x + wide * 0.3, top - wide * 0.5)))
    return points((x, foot), (x, top), (x + wide, top), (x + wide, foot))


def _windows(
    scene: Scene,
    chance: np.random.Generator,
    x: float,
    foot: float,
    wide: float,
    tall: float,
    lights: list[Points],
    panes: list[Points],
    number: int,
) -> None:
    """A grid of small panes; some are lit."""
    across = max(2, round(wide / 20))
    down = max(2, round(tall / 26))
    width, height = wide / across * 0.46, tall / down * 0.42
    share = min(0.8, 0.42 * scene.detail)
    for row in range(1, down):
        for column in range(across):
            drawn = chance.random()
            if drawn > share + 0.35:
                continue
            px, py = x + (column + 0.27) * wide / across, foot - row * tall / down * 0.93
            pane = points((px, py), (px + width, py), (px + width, py + height), (px, py + height))
            flicker = 0.012 * scene.wave(px / 77 + py / 55)
            (lights if drawn < share * (0.55 + flicker) else panes).append(pane)
