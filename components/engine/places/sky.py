"""The sky of outdoor places: its colours, sun or moon, stars, clouds, rainbow, northern lights, birds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.stage import Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Backdrop, Ball, Color, Disc, Dots, Fade, Glow, Line, Mist, Place, points

DARK = frozenset({"night"})


def paint_sky(stage: Stage, horizon: float, *, sun_x: float | None = None) -> tuple[float, float]:
    """Add the whole sky above a horizon; where the sun or moon is, comes back."""
    scene = stage.scene
    stage.add(sky_colors(scene, horizon))
    if scene.mood.dark or scene.time in DARK:
        stage.extend(stars(scene, horizon))
    if scene.reading.has("aurora"):
        stage.extend(aurora(scene, horizon))
    light = _light(stage, horizon, sun_x)
    if scene.reading.has("rainbow"):
        stage.extend(rainbow(scene, horizon))
    stage.extend(clouds(scene, horizon))
    if scene.time not in DARK and not scene.reading.has("storm", "rain") and not scene.minimal:
        stage.extend(birds(scene, horizon))
    return light


def sky_colors(scene: Scene, horizon: float) -> Backdrop:
    """The sky from zenith to horizon; below, its last colour goes on."""
    colors = scene.mood.sky
    share = horizon / scene.height
    places = np.linspace(0, share, len(colors))
    stops = [(float(place), color) for place, color in zip(places, colors, strict=True)]
    return Backdrop((*stops, (1.0, colors[-1])))


def stars(scene: Scene, horizon: float, ordinary: int = 170) -> list[Dots]:
    """Stars that grow fewer towards the horizon and twinkle."""
    chance = scene.chance("stars")
    count = scene.count(ordinary * scene.width * scene.height / 1e6)
    xs = chance.uniform(0, scene.width, count)
    ys = horizon * chance.random(count) ** 1.4
    radii = 0.7 + 1.9 * chance.random(count) ** 4
    twinkle = chance.random(count)
    shine = 0.75 + 0.25 * np.sin(2 * math.pi * (scene.phase + twinkle))
    opacities = (0.35 + 0.65 * chance.random(count)) * (1 - 0.75 * ys / horizon) * shine
    white = mix((255, 255, 255), scene.mood.light, 0.4)
    return [Dots(np.stack([xs, ys], axis=1), radii, white, opacities)]


def _light(stage: Stage, horizon: float, sun_x: float | None) -> tuple[float, float]:
    """The sun, low or high by the time of day, or the moon."""
    scene = stage.scene
    chance = scene.chance("light")
    side = chance.uniform(0.22, 0.78)
    x = scene.width * side if sun_x is None else sun_x
    low = {"sunset": 0.14, "dawn": 0.2, "golden": 0.32, "dusk": 0.3, "night": 0.62, "day": 0.68}
    y = horizon * (1 - low.get(scene.time, 0.6) * chance.uniform(0.85, 1.15))
    named = set(scene.reading.lights)
    if scene.reading.has("storm", "rain", "clouds") and not named:
        return x, y
    if scene.reading.has("fog"):
        stage.add(Glow(x, y, 420, scene.mood.light, 0.25), Disc(x, y, 44, 44, scene.mood.light, 0.75, soft=3))
        return x, y
    if "moon" in named or scene.time == "night" or (scene.time == "dusk" and "sun" not in named):
        _moon(stage, x, y, crescent=bool(chance.random() < 0.35))
        return x, y
    size = 58.0 if scene.time in {"sunset", "dawn"} else 46.0
    size *= 1.0 + 0.4 * ("sun" in named) + (0.9 if scene.finish == "neon" else 0)
    pulse = 1 + 0.04 * scene.wave()
    warm = mix(scene.mood.light, scene.mood.sky[-1], 0.35)
    stage.add(
        Glow(x, y, 620 * pulse, warm, 0.42),
        Glow(x, y, 230 * pulse, scene.mood.light, 0.5),
        Disc(x, y, size, size, scene.mood.light, soft=1.0),
    )
    return x, y


def _moon(stage: Stage, x: float, y: float, *, crescent: bool) -> None:
    scene = stage.scene
    chance = scene.chance("moon")
    radius = 64.0 if "moon" in scene.reading.lights else 48.0
    light = scene.mood.light
    stage.add(Glow(x, y, 430, mix(light, scene.mood.sky[0], 0.45), 0.4 + 0.04 * scene.wave()))
    if crescent:
        around = np.linspace(-math.pi / 2, math.pi / 2, 28)
        outer = np.stack([np.cos(around), np.sin(around)], axis=1)
        inner = np.stack([0.5 * np.cos(around[::-1]), np.sin(around[::-1])], axis=1)
        outline = Place(x - radius * 0.4, y, radius, turn=-28).points(np.concatenate([outer, inner]))
        stage.add(Area((outline,), light))
        return
    stage.add(Disc(x, y, radius, radius, Ball(mix(light, (255, 255, 255), 0.4), shift(light, light=-0.08), 0.4, 0.35)))
    for _ in range(7):
        angle, away = chance.uniform(0, 2 * math.pi), radius * 0.72 * math.sqrt(chance.random())
        size = radius * chance.uniform(0.07, 0.2)
        spot = shift(light, light=-0.12, saturation=0.7)
        stage.add(Disc(x + away * math.cos(angle), y + away * math.sin(angle), size, size * 0.9, spot, 0.55, soft=1.5))


def clouds(scene: Scene, horizon: float) -> list[Area | Mist | Disc]:
    """Soft banks of cloud, and on clear days a few rounded ones."""
    if (
        scene.reading.has("clear")
        or scene.minimal
        or (scene.time == "night" and not scene.reading.has("clouds", "storm"))
    ):
        return []
    chance = scene.chance("clouds")
    heavy = scene.reading.has("clouds", "storm", "rain")
    seed = scene.seed % 2**31
    drift = 18 * scene.wave()
    mood = scene.mood
    shapes: list[Area | Mist | Disc] = [
        Mist(
            horizon * 0.02,
            horizon * (0.8 if heavy else 0.62),
            mood.cloud,
            0.85 if heavy else 0.42,
            seed,
            260,
            2.6,
            0.28 if heavy else 0.5,
            drift,
        )
    ]
    if heavy:
        shade = mix(mood.cloud, mood.sky[0], 0.55)
        shapes.append(Mist(-horizon * 0.2, horizon * 0.7, shade, 0.75, seed + 50, 330, 2.2, 0.42, drift * 0.6))
    if scene.time in {"day", "golden", "dawn"} and not heavy and not scene.reading.has("fog"):
        for number in range(int(chance.integers(1, 4))):
            x = scene.width * chance.uniform(0.05, 0.95) + 14 * scene.wave(number * 0.3)
            y = horizon * chance.uniform(0.14, 0.5)
            shapes += puff(scene, f"puff{number}", x, y, chance.uniform(120, 230))
    return shapes


def puff(scene: Scene, name: str, x: float, y: float, width: float) -> list[Area | Mist | Disc]:
    """A rounded cloud with a flat foot, lit from above."""
    chance = scene.chance(name)
    lit = mix(scene.mood.cloud, (255, 255, 255), 0.35)
    shade = mix(scene.mood.cloud, scene.mood.sky[min(1, len(scene.mood.sky) - 1)], 0.45)
    humps = int(chance.integers(4, 7))
    outlines = []
    for hump in range(humps):
        dx = -0.36 + 0.72 * hump / (humps - 1)
        radius = width * (0.2 - 0.28 * dx * dx) * chance.uniform(0.75, 1.15)
        outlines.append(Disc(x + dx * width, y - radius * 0.55, radius, radius * 0.92, lit).outline(40))
    outlines.append(Disc(x, y - width * 0.05, width * 0.52, width * 0.075, lit).outline(40))
    foot = y + width * 0.015
    flat = tuple(np.minimum(outline, [[np.inf, foot]]) for outline in outlines)
    inner = tuple(
        np.minimum(outline * 0.72 + [x * 0.28 - width * 0.05, foot * 0.28], [[np.inf, foot]]) for outline in flat
    )
    faint = mix(lit, shade, 0.3)
    return [
        Area(flat, Fade(lit, shade), 0.95, soft=1.6),
        Area(inner, Fade(mix(lit, faint, 0.3), shade), 0.5, soft=4),
    ]


def rainbow(scene: Scene, horizon: float) -> list[Line]:
    """Seven arcs."""
    colors: Sequence[Color] = (
        (214, 60, 60), (238, 140, 50), (246, 214, 80), (88, 180, 92), (66, 140, 214), (84, 84, 190), (140, 84, 180)
    )  # fmt: skip
    x, radius = scene.width * scene.chance("rainbow").uniform(0.35, 0.65), min(scene.width, scene.height) * 0.56
    around = np.linspace(math.pi, 2 * math.pi, 48)
    arcs = []
    for number, color in enumerate(colors):
        r = radius - number * 11
        arc = np.stack([x + r * np.cos(around), horizon * 1.02 + r * np.sin(around) * 0.95], axis=1)
        arcs.append(Line((arc,), 12, mix(color, (255, 255, 255), 0.25), 0.5, soft=2.5))
    return arcs


def aurora(scene: Scene, horizon: float) -> list[Area]:
    """Hanging curtains of green and violet light."""
    chance = scene.chance("aurora")
    curtains = []
    for number, color in enumerate(((90, 240, 170), (70, 210, 200), (170, 110, 240), (110, 250, 150))):
        xs = np.linspace(-80, scene.width + 80, 26)
        bend = chance.uniform(0, 7)
        base = horizon * (0.38 + 0.1 * number % 0.3) + 55 * np.sin(xs / 170 + bend + scene.wave(number / 4) * 0.5)
        base += 22 * np.sin(xs / 61 + bend * 2)
        height = horizon * chance.uniform(0.22, 0.36) * (0.8 + 0.25 * np.sin(xs / 90 + bend * 3))
        lower = np.stack([xs, base], axis=1)
        upper = np.stack([xs[::-1], (base - height)[::-1]], axis=1)
        outline = np.concatenate([lower, upper])
        faint = mix(color, scene.mood.sky[0], 0.75)
        curtains.append(Area((outline,), Fade(faint, color), 0.34, smooth=True, soft=13))
    return curtains


def birds(scene: Scene, horizon: float) -> list[Line]:
    """A small flock, now and then."""
    chance = scene.chance("birds")
    if chance.random() < 0.45 or any(mention.name == "bird" for mention in scene.subjects):
        return []
    x, y = scene.width * chance.uniform(0.2, 0.8), horizon * chance.uniform(0.2, 0.55)
    strokes = []
    for number in range(int(chance.integers(3, 8))):
        bx, by = x + chance.normal(0, 70), y + chance.normal(0, 34)
        size = chance.uniform(7, 15)
        lift = size * (0.5 + 0.35 * scene.wave(number * 0.17, 2))
        strokes.append(
            points(
                (bx - size, by - lift),
                (bx - size * 0.4, by - lift * 0.55),
                (bx, by),
                (bx + size * 0.4, by - lift * 0.55),
                (bx + size, by - lift),
            )
        )
    return [Line(tuple(strokes), 2.2, mix(scene.mood.near, scene.mood.sky[0], 0.25), 0.75, smooth=True)]
