"""Lakes, the sea, beaches."""

from __future__ import annotations

import numpy as np

from components.engine.palette import mix, shift
from components.engine.places.land import below, land_color, lit, mountain_range, rolling, tree_marks
from components.engine.places.sky import paint_sky
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import (
    Area,
    Color,
    Dots,
    Fade,
    Line,
    Mirror,
    Mist,
    Points,
    Shape,
    points,
)

# Subjects that need no ground at the sea.
AFLOAT = frozenset(
    ("balloon", "bird", "boat", "butterfly", "fish", "heart", "planet", "rocket", "star", "ufo", "whale")
)


def _water(scene: Scene) -> Color:
    sky = scene.mood.sky
    high = mix(sky[0], sky[min(1, len(sky) - 1)], 0.35)
    return mix(high, (16, 84, 110), 0.4 if scene.time in {"day", "dawn", "golden"} else 0.12)


def _glitter(scene: Scene, x: float, horizon: float, spread: float = 1.0) -> list[Line]:
    """The light's path on the water: short bright strokes, wider the nearer."""
    chance = scene.chance("glitter")
    groups: list[Line] = []
    light = mix(scene.mood.light, scene.mood.horizon, 0.25)
    for row in range(3):
        strokes = []
        for _ in range(scene.count(46)):
            share = chance.random() ** 1.4
            y = horizon + 6 + share * (scene.height - horizon) * 0.94
            wide = (18 + 150 * share) * spread
            cx = x + chance.normal(0, wide * 0.5) + 6 * scene.wave(share * 3 + row * 0.3, 2)
            half = (3 + 26 * share) * chance.uniform(0.4, 1.2)
            strokes.append(points((cx - half, y), (cx + half, y)))
        groups.append(Line(tuple(strokes), 1.4 + 1.3 * row, light, 0.5 - 0.1 * row))
    return groups


def _waves(scene: Scene, horizon: float, color: Color, count: int, opacity: float) -> Line:
    chance = scene.chance(f"waves{color}")
    strokes = []
    for _ in range(scene.count(count)):
        share = chance.random() ** 1.5
        y = horizon + 5 + share * (scene.height - horizon)
        x = chance.uniform(-50, scene.width + 50) + 9 * scene.wave(share * 4)
        half = (10 + 90 * share) * chance.uniform(0.5, 1.3)
        dip = (1 + 5 * share) * chance.uniform(0.6, 1.2)
        strokes.append(points((x - half, y), (x - half * 0.4, y - dip), (x + half * 0.2, y), (x + half, y - dip * 0.3)))
    return Line(tuple(strokes), 2.0, color, opacity, smooth=True)


def lake(stage: Stage) -> None:
    """Mountains or hills and all the sky, mirrored in still water."""
    scene = stage.scene
    chance = scene.chance("lake")
    horizon = scene.height * chance.uniform(0.54, 0.6)
    light_x, _ = paint_sky(stage, horizon)
    high = "mountains" in scene.reading.settings or chance.random() < 0.7
    if high:
        for number in range(2):
            height = scene.height * (0.36 - 0.13 * number)
            y = horizon + 4
            stage.extend(
                mountain_range(scene, f"shore{number}", y, height, 0.2 + 0.35 * number, snow=0.5, light_x=light_x)
            )
            stage.add(
                Mist(y - height * 0.4, y + 30, scene.mood.horizon, 0.45, scene.seed % 2**31 + number, 200, 3.4, 0.25)
            )
    else:
        stage.extend(_shore(scene, horizon, 0.3, 110, "backshore"))
    stage.extend(_shore(scene, horizon, 0.62, 44, "nearshore"))
    stage.add(Mirror(horizon, _water(scene), 0.34, scene.phase))
    glow = scene.mood.horizon
    stage.add(Mist(horizon - 26, horizon + 34, glow, 0.55, scene.seed % 2**31 + 9, 240, 4.0, 0.15, 20 * scene.wave()))
    stage.add(_waves(scene, horizon, mix(glow, (255, 255, 255), 0.3), 36, 0.35))
    if not scene.minimal:
        stage.cover(*_reeds(scene))
    stage.water = Spot(scene.width * 0.5, horizon + (scene.height - horizon) * 0.42, scene.height * 0.3)
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.93, scene.height * 0.34)
    stage.air = Spot(scene.width * 0.5, horizon * 0.5, scene.height * 0.24)


def _shore(scene: Scene, y: float, nearness: float, height: float, name: str) -> list[Shape]:
    """A strip of wooded land that ends at the waterline."""
    heights = rolling(scene, name, 0, 2, rough=0.45, count=26)
    swell = np.clip(0.5 - heights[:, 1] * 0.5, 0, 1)
    line = np.stack([heights[:, 0], y + 3 - swell * height], axis=1)
    base = lit(scene, mix(land_color(scene), (40, 78, 66), 0.5), nearness)
    closed = np.concatenate([line, points((scene.width + 160, y + 3), (-160, y + 3))])
    trees = tree_marks(scene, line, shift(base, light=-0.2), f"{name}trees", 60, 20 + 50 * nearness)
    return [Area((closed,), Fade(base, shift(base, light=-0.25))), trees]


def _reeds(scene: Scene) -> list[Shape]:
    """Reeds in both lower corners."""
    chance = scene.chance("reeds")
    blades, heads = [], []
    for _ in range(scene.count(46)):
        side = chance.random() < 0.5
        x = scene.width * (chance.random() ** 2 * 0.24)
        x = scene.width - x if side else x
        tall = chance.uniform(60, 210) * (1 - abs(x - (scene.width if side else 0)) / scene.width * 2)
        lean = chance.normal(0, 14) + 8 * scene.wave(x / 300)
        foot = scene.height + 12
        blades.append(points((x, foot), (x + lean * 0.3, foot - tall * 0.6), (x + lean, foot - tall)))
        if chance.random() < 0.25:
            heads.append(points((x + lean * 0.86, foot - tall * 0.9), (x + lean, foot - tall)))
    dark = mix(scene.mood.near, (20, 30, 24), 0.4)
    return [Line(tuple(blades), 3.2, dark, 0.92, smooth=True), Line(tuple(heads), 9, shift(dark, light=0.08), 0.95)]


def sea(stage: Stage) -> None:
    """Open water to the horizon, islands, a path of light."""
    scene = stage.scene
    chance = scene.chance("sea")
    horizon = scene.height * chance.uniform(0.5, 0.57)
    light_x, _ = paint_sky(stage, horizon)
    stage.extend(_sea_surface(scene, horizon, light_x))
    if chance.random() < 0.75:
        stage.extend(_islands(scene, horizon))
    if any(mention.name not in AFLOAT for mention in scene.subjects):
        stage.extend(_headland(stage, horizon))
    stage.water = Spot(scene.width * 0.5, horizon + (scene.height - horizon) * 0.34, scene.height * 0.36)
    stage.air = Spot(scene.width * 0.5, horizon * 0.5, scene.height * 0.24)


def _sea_surface(scene: Scene, horizon: float, light_x: float) -> list[Shape]:
    water = _water(scene)
    far = mix(scene.mood.horizon, water, 0.5)
    near = shift(water, light=-0.35)
    shapes: list[Shape] = [Mirror(horizon, water, 0.42, scene.phase)]
    shapes.append(
        Line((points((0, horizon), (scene.width, horizon)),), 2.5, mix(scene.mood.horizon, (255, 255, 255), 0.35), 0.6)
    )
    bands = max(3, round(6 * scene.detail))
    for number in range(bands):
        share = (number + 0.6) / bands
        y = horizon + (scene.height - horizon) * share**1.6
        swell = rolling(scene, f"swell{number}", y, 6 + 30 * share, rough=0.5, count=30) + np.array(
            [12 * share * scene.wave(number * 0.21), 0]
        )
        color = mix(far, near, share)
        shapes.append(
            Area(
                (below(scene, swell),),
                Fade(mix(color, scene.mood.horizon, 0.22), shift(color, light=-0.14)),
                0.3,
                smooth=True,
            )
        )
    shapes.append(_waves(scene, horizon, mix(scene.mood.horizon, (255, 255, 255), 0.35), 80, 0.32))
    if not scene.reading.has("storm", "rain", "fog"):
        shapes.extend(_glitter(scene, light_x, horizon))
    return shapes


def _islands(scene: Scene, horizon: float) -> list[Shape]:
    chance = scene.chance("islands")
    outlines: list[Points] = []
    for _ in range(int(chance.integers(1, 4))):
        x, wide = chance.uniform(0, scene.width), chance.uniform(90, 300)
        tall = wide * chance.uniform(0.1, 0.26)
        xs = np.linspace(-1, 1, 16)
        ys = (1 - xs**2) * tall * (0.8 + 0.3 * np.sin(xs * 5 + chance.uniform(0, 6)))
        top = np.stack([x + xs * wide, horizon + 2 - ys], axis=1)
        outlines.append(np.concatenate([top, points((x + wide, horizon + 3), (x - wide, horizon + 3))]))
    color = lit(scene, (96, 118, 112), 0.22)
    return [Area(tuple(outlines), Fade(color, mix(color, scene.mood.horizon, 0.45)))]


def _headland(stage: Stage, horizon: float) -> list[Shape]:
    """A cliff with grass on top that the first subject stands on."""
    scene = stage.scene
    right = scene.chance("headland").random() < 0.5
    edge = scene.width * 0.55
    top = horizon + (scene.height - horizon) * 0.18
    xs = [-80, scene.width * 0.18, scene.width * 0.34, edge * 0.86, edge, edge * 1.03, edge * 1.1, edge * 1.22]
    ys = [top - 36, top - 30, top - 12, top + 6, top + 34, top + 110, top + 210, scene.height + 60]
    if right:
        xs = [scene.width - x for x in xs]
    corner = scene.width + 80 if right else -80
    outline = points(*zip(xs, ys, strict=True), (corner, scene.height + 60))
    rock = lit(scene, (120, 104, 92), 0.75)
    turf = lit(scene, land_color(scene), 0.7)
    grassy = points(*zip(xs[:5], ys[:5], strict=True), (xs[3], ys[4] + 26), (xs[1], ys[2] + 44), (corner, ys[0] + 60))
    foam = points((xs[-1], scene.height), (xs[-2], ys[-2] + 60), (xs[-2] + (20 if not right else -20), ys[-2] + 66))
    stage.ground = Spot(
        scene.width - scene.width * 0.24 if right else scene.width * 0.24, top - 14, scene.height * 0.46
    )
    return [
        Area((outline,), Fade(rock, shift(rock, light=-0.5)), smooth=False),
        Area((grassy,), Fade(mix(turf, scene.mood.light, 0.18), shift(turf, light=-0.2)), smooth=True),
        Line((foam,), 5, (255, 255, 255), 0.5, smooth=True, soft=2),
    ]


def beach(stage: Stage) -> None:
    """Sand with a line of foam, the sea behind."""
    scene = stage.scene
    chance = scene.chance("beach")
    horizon = scene.height * chance.uniform(0.42, 0.48)
    light_x, _ = paint_sky(stage, horizon)
    stage.extend(_sea_surface(scene, horizon, light_x))
    stage.extend(_islands(scene, horizon))
    shore = scene.height * 0.7
    sand = lit(scene, (238, 212, 164), 0.35)
    wash = 14 * scene.wave()
    for inset, color, opacity in (
        (-34, mix(_water(scene), sand, 0.4), 0.5),
        (-10, (250, 252, 250), 0.8),
        (6, shift(sand, light=-0.16), 1.0),
        (34, sand, 1.0),
    ):
        line = rolling(scene, "shore", shore + inset + (wash if inset < 6 else 0), 90, rough=0.3, count=12)
        line[:, 1] += np.linspace(70, -50, len(line))
        fill = Fade(color, shift(color, light=-0.14)) if inset == 34 else color
        stage.add(Area((below(scene, line),), fill, opacity, smooth=True))
    specks = chance.random((scene.count(150), 2)) * [scene.width, scene.height - shore - 60] + [0, shore + 70]
    stage.add(Dots(specks, np.full(len(specks), 1.4), shift(sand, light=-0.3), np.full(len(specks), 0.4)))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.92, scene.height * 0.5)
    stage.water = Spot(scene.width * 0.5, horizon + (shore - horizon) * 0.45, scene.height * 0.22)
    stage.air = Spot(scene.width * 0.5, horizon * 0.5, scene.height * 0.22)
