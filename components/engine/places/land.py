"""Hills, mountains, snowfields and deserts: ridge behind ridge, paler with distance."""

from __future__ import annotations

import numpy as np

from components.engine.noise import jagged, ridge
from components.engine.palette import COLOR_NAMES, mix, shift
from components.engine.places.sky import paint_sky
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Color, Fade, Line, Mist, Points, Shape, points

SEASON_LAND: dict[str, Color] = {
    "spring": (126, 178, 84),
    "summer": (92, 150, 62),
    "autumn": (196, 122, 46),
    "winter": (226, 234, 242),
}
GREENS: tuple[Color, ...] = ((96, 148, 76), (118, 156, 88), (74, 134, 96), (148, 158, 84))


def land_color(scene: Scene) -> Color:
    """What the ground wears, before distance and light change it."""
    if scene.snowy:
        return SEASON_LAND["winter"]
    if scene.season in SEASON_LAND:
        return SEASON_LAND[scene.season]
    return GREENS[int(scene.chance("land").integers(len(GREENS)))]


def lit(scene: Scene, color: Color, nearness: float) -> Color:
    """A colour under the scene's light: far things fade into haze, near ones darken towards the mood's own dark."""
    mood = scene.mood
    shares = {"day": 0.16, "golden": 0.34, "dawn": 0.55, "sunset": 0.86, "dusk": 0.86, "night": 0.9}
    share = max(shares.get(scene.time, 0.4), 0.82 if mood.dark else 0.0)
    if scene.reading.has("fog", "storm", "rain"):
        share = max(share, 0.5)
    if scene.snowy or scene.place == "meadow":
        share *= 0.6
    tone = mix(mood.far, mix(mood.near, shift(color, light=-0.6), 0.25), nearness**0.85)
    return mix(mix(color, mood.far, (1 - nearness) * 0.55), tone, share)


def below(scene: Scene, line: Points) -> Points:
    """A ridge closed along the picture's foot, with corners far outside so that curves do not bend inside."""
    deep = scene.height + 160
    return np.concatenate([line, points((scene.width + 160, deep), (-160, deep))])


def rolling(scene: Scene, name: str, y: float, height: float, *, rough: float = 0.4, count: int = 18) -> Points:
    """A soft ridge from edge to edge around a height."""
    heights = ridge(scene.chance(name), count, rough)
    xs = np.linspace(-120, scene.width + 120, count)
    return np.stack([xs, y - heights * height / 2], axis=1)


def grass(scene: Scene, line: Points, color: Color, count: int, size: float, name: str) -> Line:
    """Blades along a ridge."""
    chance = scene.chance(name)
    blades = []
    for _ in range(scene.count(count)):
        x = chance.uniform(0, scene.width)
        y = float(np.interp(x, line[:, 0], line[:, 1])) + chance.uniform(0, size * 0.8)
        lean = chance.normal(0, size * 0.25) + size * 0.12 * scene.wave(x / scene.width)
        tall = size * chance.uniform(0.6, 1.4)
        blades.append(points((x, y + 4), (x + lean * 0.4, y - tall * 0.55), (x + lean, y - tall)))
    return Line(tuple(blades), 2.2, color, 0.8, smooth=True)


# Outlines of far trees: half a width and a height of 1, foot at (0, 0).
POINTED = points(
    (-1, 0), (-0.45, -0.36), (-0.78, -0.34), (-0.3, -0.68), (-0.5, -0.66), (0, -1),
    (0.5, -0.66), (0.3, -0.68), (0.78, -0.34), (0.45, -0.36), (1, 0),
)  # fmt: skip
ROUND = points(
    (-0.1, 0), (-0.08, -0.3), (-0.7, -0.32), (-1, -0.52), (-0.74, -0.74), (-0.5, -0.92), (0, -1),
    (0.46, -0.94), (0.8, -0.74), (1, -0.5), (0.66, -0.31), (0.08, -0.3), (0.1, 0),
)  # fmt: skip


def tree_marks(scene: Scene, line: Points, color: Color, name: str, count: int, size: float) -> Area:
    """Small trees along a ridge, round ones or pointed ones."""
    chance = scene.chance(name)
    pointed = scene.snowy or scene.place in {"mountains", "lake"} or chance.random() < 0.4
    outlines = []
    for _ in range(scene.count(count)):
        x = chance.uniform(-20, scene.width + 20)
        y = float(np.interp(x, line[:, 0], line[:, 1])) + size * 0.1
        tall = size * chance.uniform(0.55, 1.25)
        wide = tall * (0.24 if pointed else 0.4)
        shape = POINTED if pointed else ROUND
        outlines.append(shape * [wide * chance.uniform(0.85, 1.15), tall] + [x, y])
    return Area(tuple(outlines), color, smooth=not pointed)


def hills(stage: Stage) -> None:
    """Rolling country under a big sky."""
    scene = stage.scene
    chance = scene.chance("hills")
    horizon = scene.height * chance.uniform(0.52, 0.6)
    paint_sky(stage, horizon)
    base = land_color(scene)
    layers = max(3, min(7, round(5 * scene.detail**0.5)))
    if chance.random() < 0.6 and not scene.minimal:
        stage.add(_far_peaks(scene, horizon + 20, 0.12))
    for number in range(layers):
        nearness = (number + 0.35) / layers
        y = horizon + (scene.height * 1.02 - horizon) * (number / layers) ** 1.15
        sway = 5 * nearness * scene.wave(0.25)
        line = rolling(scene, f"hill{number}", y, 70 + 90 * nearness, rough=0.3) + np.array([sway, 0.0])
        color = lit(scene, shift(base, hue=float(chance.uniform(-0.02, 0.02))), nearness)
        top = mix(color, scene.mood.light, 0.2 * (1 - nearness * 0.5))
        stage.add(Area((below(scene, line),), Fade(top, shift(color, light=-0.22)), smooth=True))
        if 0 < number < layers - 1 and not scene.minimal:
            dark = shift(lit(scene, mix(base, (30, 60, 40), 0.5), nearness), light=-0.22)
            stage.add(tree_marks(scene, line, dark, f"trees{number}", 16 + 8 * number, 26 + 60 * nearness**1.5))
            if nearness < 0.55:
                stage.add(Mist(y - 30, y + 120, scene.mood.horizon, 0.35, scene.seed % 2**31 + number, 200, 3.5, 0.3))
        if number == layers - 1:
            stage.add(grass(scene, line, shift(color, light=-0.3), 240, 30, "grass"))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.88, scene.height * 0.4)
    stage.air = Spot(scene.width * 0.5, horizon * 0.62, scene.height * 0.26)


def _far_peaks(scene: Scene, y: float, height: float) -> Area:
    heights = jagged(scene.chance("far"), 6, 0.5)
    xs = np.linspace(-60, scene.width + 60, len(heights))
    line = np.stack([xs, y - (heights * 0.5 + 0.5) * height * scene.height], axis=1)
    color = mix(scene.mood.far, scene.mood.horizon, 0.45)
    return Area((below(scene, line),), Fade(color, mix(color, scene.mood.horizon, 0.7)))


def mountain_range(
    scene: Scene, name: str, y: float, height: float, nearness: float, *, snow: float, light_x: float
) -> list[Shape]:
    """One range: a jagged ridge, its shaded sides away from the light, snow on what is high."""
    chance = scene.chance(name)
    levels = 7 if scene.detail > 0.7 else 6
    heights = jagged(chance, levels, 0.52)
    heights = (heights - heights.min()) / float(np.ptp(heights) or 1)
    xs = np.linspace(-80, scene.width + 80, len(heights))
    line = np.stack([xs, y - heights * height], axis=1)
    rock = lit(scene, (104, 108, 124), nearness)
    foot = mix(rock, scene.mood.horizon, 0.45 * (1 - nearness) + 0.12)
    shapes: list[Shape] = [Area((below(scene, line),), Fade(mix(rock, scene.mood.light, 0.12), foot))]
    dark = shift(rock, light=-0.3)
    shades = []
    caps = []
    tops = [i for i in range(2, len(line) - 2) if line[i, 1] == line[i - 2 : i + 3, 1].min() and heights[i] > 0.3]
    for i in tops:
        shades.append(_shaded_side(chance, line, i, 1 if line[i, 0] > light_x else -1, y))
        if heights[i] > 1 - snow:
            caps.append(_cap(chance, line, i, (y - line[i, 1]) * 0.3 * (heights[i] + snow - 0.75)))
    shapes.append(Area(tuple(shades), Fade(dark, foot), 0.55))
    white = mix(mix(COLOR_NAMES["white"], scene.mood.light, 0.35), scene.mood.far, 0.12 + 0.5 * (scene.mood.dark))
    shapes.append(Area(tuple(caps), white, 0.95))
    return shapes


def _shaded_side(chance: np.random.Generator, line: Points, top: int, away: int, foot: float) -> Points:
    """The flank of one top that the light does not reach: down the ridge to the next valley, back in a zigzag."""
    end = lowest = top
    while 0 < end + away < len(line) - 1 and line[end + away, 1] > line[lowest, 1] - 0.12 * (foot - line[top, 1]):
        end += away
        lowest = end if line[end, 1] > line[lowest, 1] else lowest
    end = lowest
    flank = line[top : end + 1] if away > 0 else line[end : top + 1][::-1]
    x, y = line[top]
    reach, drop = abs(float(line[end, 0]) - x), max(30.0, foot - y) * 0.92
    steps = np.linspace(1, 0, 7)[:-1]
    swing = np.where(np.arange(6) % 2, -0.12, 0.16) * chance.uniform(0.6, 1.3, 6)
    spine = np.stack([x + away * reach * (steps * 0.35 + swing * steps), y + drop * steps], axis=1)
    return np.concatenate([flank, points((x + away * reach * 0.62, y + drop)), spine])


def _cap(chance: np.random.Generator, line: Points, top: int, depth: float) -> Points:
    """Snow on one top: along the ridge, then back in a zigzag."""
    reach = 1
    while reach < 6 and line[min(len(line) - 1, top + reach), 1] - line[top, 1] < depth:
        reach += 1
    part = line[max(0, top - reach) : top + reach + 1]
    back = []
    count = 7
    for k in range(1, count):
        share = 1 - k / count
        x = float(part[0, 0] + (part[-1, 0] - part[0, 0]) * share)
        y = float(np.interp(x, part[:, 0], part[:, 1]))
        back.append((x, y + depth * (0.75 if k % 2 else 0.2) * float(chance.uniform(0.7, 1.2))))
    return np.concatenate([part, points(*back)])


def mountains(stage: Stage) -> None:
    """Ranges behind each other with mist between, pines before."""
    scene = stage.scene
    chance = scene.chance("mountains")
    horizon = scene.height * chance.uniform(0.62, 0.7)
    light_x, _ = paint_sky(stage, horizon)
    ranges = max(2, min(4, round(3 * scene.detail**0.4)))
    for number in range(ranges):
        nearness = (number + 0.2) / (ranges + 0.6)
        y = horizon + scene.height * 0.07 * number
        height = scene.height * (0.44 - 0.07 * number)
        stage.extend(
            mountain_range(scene, f"range{number}", y, height, nearness, snow=0.6 - 0.12 * number, light_x=light_x)
        )
        stage.add(
            Mist(
                y - height * 0.35,
                y + 60,
                scene.mood.horizon,
                0.6,
                scene.seed % 2**31 + number,
                220,
                3.0,
                0.2,
                16 * scene.wave(number * 0.3),
            )
        )
    base = land_color(scene)
    for number, share in enumerate((0.8, 0.9, 1.0)):
        y = scene.height * (0.76 + 0.095 * number)
        line = rolling(scene, f"foot{number}", y, 60, rough=0.3)
        color = lit(scene, mix(base, (48, 84, 70), 0.55), share)
        stage.add(Area((below(scene, line),), Fade(color, shift(color, light=-0.25)), smooth=True))
        if not scene.minimal:
            dark = shift(lit(scene, (36, 66, 56), share), light=-0.12)
            stage.add(tree_marks(scene, line, dark, f"pines{number}", 34, 50 + 46 * number))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.92, scene.height * 0.34)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.24, scene.height * 0.24)


def snowfield(stage: Stage) -> None:
    """Drifts of snow, ice far off."""
    scene = stage.scene
    horizon = scene.height * 0.5
    light_x, _ = paint_sky(stage, horizon)
    stage.extend(mountain_range(scene, "ice", horizon + 14, scene.height * 0.17, 0.15, snow=0.9, light_x=light_x))
    for number in range(4):
        y = horizon + (scene.height - horizon) * (number / 4) ** 1.2 + 6
        line = rolling(scene, f"drift{number}", y, 44, rough=0.25)
        color = mix(mix((244, 248, 252), scene.mood.far, 0.42 - 0.11 * number), scene.mood.near, 0.55 * scene.mood.dark)
        shade = mix(color, scene.mood.far, 0.45)
        stage.add(Area((below(scene, line),), Fade(color, shade), smooth=True))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.88, scene.height * 0.42)
    stage.air = Spot(scene.width * 0.5, horizon * 0.6, scene.height * 0.25)


def desert(stage: Stage) -> None:
    """Dunes with a lit and a shaded side; mesas far off."""
    scene = stage.scene
    chance = scene.chance("desert")
    horizon = scene.height * chance.uniform(0.5, 0.58)
    paint_sky(stage, horizon)
    sand: Color = (224, 168, 104)
    mesas = []
    for _ in range(int(chance.integers(2, 5))):
        x, wide, tall = chance.uniform(0, scene.width), chance.uniform(60, 170), chance.uniform(40, 130)
        y = horizon + 24
        mesas.append(
            points(
                (x - wide, y),
                (x - wide * 0.7, y - tall * 0.5),
                (x - wide * 0.62, y - tall),
                (x + wide * 0.5, y - tall * 0.97),
                (x + wide * 0.6, y - tall * 0.45),
                (x + wide, y),
            )
        )
    rock = lit(scene, (176, 98, 70), 0.25)
    stage.add(Area(tuple(mesas), Fade(rock, mix(rock, scene.mood.horizon, 0.5))))
    layers = max(3, round(4 * scene.detail**0.5))
    for number in range(layers):
        nearness = (number + 0.6) / layers
        y = horizon + (scene.height - horizon) * (number / layers) ** 1.1 + 12
        line = rolling(scene, f"dune{number}", y, 60 + 110 * nearness, rough=0.22, count=14)
        color = lit(scene, sand, nearness * 0.75)
        stage.add(
            Area((below(scene, line),), Fade(mix(color, scene.mood.light, 0.28), shift(color, light=-0.2)), smooth=True)
        )
        shades = tuple(_lee(line, i, 60 + 200 * nearness) for i in range(1, len(line) - 1) if _is_top(line, i))
        stage.add(Area(shades, Fade(shift(color, light=-0.34), shift(color, light=-0.2)), 0.6, smooth=True))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.9, scene.height * 0.36)
    stage.air = Spot(scene.width * 0.5, horizon * 0.55, scene.height * 0.24)


def _is_top(line: Points, i: int) -> bool:
    return bool(line[i, 1] < line[i - 1, 1] and line[i, 1] <= line[i + 1, 1])


def _lee(line: Points, top: int, deep: float) -> Points:
    """The shaded side of a dune: along the crest to the right, back in one bow."""
    end = top
    while end + 1 < len(line) and line[end + 1, 1] > line[end, 1]:
        end += 1
    x, y = line[top]
    reach, fall = float(line[end, 0]) - x, float(line[end, 1]) - y
    bow = points((x + reach * 0.86, y + fall + deep * 0.42), (x + reach * 0.42, y + fall * 0.5 + deep * 0.5),
                 (x + reach * 0.2, y + deep * 0.3), (x + reach * 0.02, y + deep * 0.12))  # fmt: skip
    return np.concatenate([line[top : end + 1] + np.array([0.0, 1.0]), bow])
