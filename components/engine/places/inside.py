"""Rooms with a window and a table, and a plain studio."""

from __future__ import annotations

import numpy as np

from components.engine.palette import MOODS, mix, shift
from components.engine.places.land import rolling
from components.engine.places.stage import Spot, Stage
from components.engine.scene import Scene
from components.engine.shapes import Area, Backdrop, Ball, Color, Disc, Dots, Fade, Glow, Line, Shape, box, points

WOODS: tuple[Color, ...] = ((150, 98, 62), (176, 126, 84), (112, 74, 54), (196, 154, 112))
EVENING: Color = (34, 36, 62)


def dimmed(color: Color, share: float) -> Color:
    """A colour in a room at night."""
    return mix(color, EVENING, share)


def room(stage: Stage) -> None:
    """A wall with a window, a table before it, light falling in; dim when it is late."""
    scene = stage.scene
    chance = scene.chance("room")
    wall = scene.mood.sky
    late = scene.time in {"night", "dusk"}
    dim = 0.62 if late else 0.0
    top, bottom = dimmed(wall[1], dim), dimmed(shift(wall[-1], light=-0.06), dim)
    stage.add(Backdrop(((0, top), (1, bottom))))
    table = scene.height * 0.68
    wide, high = min(scene.width * 0.42, 460), scene.height * 0.42
    left = scene.width * (0.07 if chance.random() < 0.5 else 0.93)
    left = left if left < scene.width / 2 else left - wide
    stage.extend(_window(scene, left, scene.height * 0.1, wide, high, late=late))
    if not late:
        slant = 260 if left < scene.width / 2 else -260
        beam = points(
            (left, 100), (left + wide, 100), (left + wide + slant * 2, scene.height), (left + slant * 2, scene.height)
        )
        stage.add(Area((beam,), scene.mood.light, 0.2, soft=26))
    if not scene.minimal:
        stage.extend(_wall_things(scene, left > scene.width / 2, dim))
    wood = dimmed(WOODS[int(chance.integers(len(WOODS)))], dim * 0.7)
    board = points(
        (-10, table), (scene.width + 10, table), (scene.width + 10, scene.height + 10), (-10, scene.height + 10)
    )
    stage.add(Area((board,), Fade(mix(wood, scene.mood.light, 0.22), shift(wood, light=-0.3))))
    stage.add(Line(tuple(_grain(scene, table)), 1.6, shift(wood, light=-0.32), 0.28, smooth=True))
    stage.add(Line((points((0, table), (scene.width, table)),), 4, mix(wood, (255, 244, 220), 0.4), 0.7))
    if late:
        stage.add(Glow(scene.width * 0.5, table - 120, 620, mix(scene.mood.accent, (255, 214, 150), 0.6), 0.35))
    stage.ground = Spot(scene.width * 0.5, scene.height * 0.87, scene.height * 0.54)
    stage.air = Spot(scene.width * 0.5, scene.height * 0.4, scene.height * 0.26)


def _grain(scene: Scene, table: float) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    chance = scene.chance("grain")
    lines = []
    for number in range(scene.count(9)):
        y = table + 12 + (scene.height - table) * (number + chance.uniform(0, 0.8)) / 9
        x = chance.uniform(-200, scene.width)
        lines.append(
            points((x, y), (x + 130, y + chance.uniform(-4, 4)), (x + 300, y + chance.uniform(-4, 4)), (x + 460, y))
        )
    return lines


def _window(scene: Scene, x: float, y: float, wide: float, high: float, *, late: bool) -> list[Shape]:
    """A frame with sky and hills in it."""
    moods = MOODS["night" if scene.time == "night" else "dusk" if late else "day"]
    mood = moods[scene.seed % len(moods)]
    if scene.reading.has("rain", "storm"):
        mood = MOODS["storm"][0]
    shapes: list[Shape] = [box(x, y, wide, high, Fade(mood.sky[0], mood.sky[-1]))]
    for number in range(2):
        line = rolling(scene, f"view{number}", 0, 1)
        xs = np.linspace(x, x + wide, len(line))
        ys = y + high * (0.7 + 0.14 * number) + line[:, 1] * 26
        hill = np.concatenate([np.stack([xs, ys], axis=1), points((x + wide, y + high), (x, y + high))])
        shapes.append(Area((hill,), mix(mood.far, mood.near, 0.3 + 0.4 * number)))
    if scene.reading.has("rain", "storm"):
        chance = scene.chance("panes")
        drops = chance.random((scene.count(70), 2)) * [wide, high] + [x, y]
        shapes.append(Dots(drops, chance.uniform(1, 3.4, len(drops)), (240, 246, 250), np.full(len(drops), 0.5)))
    frame = mix(scene.mood.cloud, (255, 255, 255), 0.5) if not late else dimmed(scene.mood.cloud, 0.5)
    shade = mix(frame, (70, 72, 88), 0.2)
    bar = 13.0
    shapes += [
        box(x - bar, y - bar, wide + 2 * bar, bar, frame),
        box(x - bar, y + high, wide + 2 * bar, bar * 1.6, frame),
        box(x - bar, y, bar, high, frame),
        box(x + wide, y, bar, high, shade),
        box(x + wide / 2 - 5, y, 10, high, frame),
        box(x, y + high * 0.46, wide, 9, shade),
    ]
    shapes.append(box(x - bar * 2, y + high + bar * 1.2, wide + 4 * bar, 15, Fade(frame, shade)))
    return shapes


def _wall_things(scene: Scene, on_left: bool, dim: float) -> list[Shape]:
    """A framed picture and a plant on the side without a window."""
    chance = scene.chance("wall")
    x = scene.width * (0.2 if on_left else 0.8)
    y = scene.height * 0.24
    wide, high = 150.0, 190.0
    tones = [dimmed(color, dim) for color in (scene.mood.accent, scene.mood.near, scene.mood.far)]
    shapes: list[Shape] = [
        box(x - wide / 2 + 6, y - high / 2 + 10, wide, high, shift(scene.mood.near, light=-0.3), opacity=0.25, soft=8),
        box(x - wide / 2, y - high / 2, wide, high, dimmed((250, 246, 238), dim)),
        box(x - wide / 2 + 16, y - high / 2 + 16, wide - 32, high - 32, mix(tones[2], (255, 255, 255), 0.4)),
        Disc(x + chance.uniform(-20, 20), y - 12, 34, 34, tones[0]),
        box(x - wide / 2 + 16, y + 24, wide - 32, high / 2 - 40, tones[1], opacity=0.85),
    ]
    foot = scene.height * 0.68
    px = x + (-60 if on_left else 60)
    leaves = []
    for number in range(9):
        angle = np.radians(-90 + (number - 4) * 19 + 3 * scene.wave(number * 0.1))
        reach = chance.uniform(90, 150)
        tip = (px + np.cos(angle) * reach, foot - 80 + np.sin(angle) * reach)
        side = (np.cos(angle + np.pi / 2) * 15, np.sin(angle + np.pi / 2) * 15)
        middle = ((px + tip[0]) / 2, (foot - 80 + tip[1]) / 2)
        leaves.append(
            points(
                (px, foot - 76),
                (middle[0] + side[0], middle[1] + side[1]),
                tip,
                (middle[0] - side[0], middle[1] - side[1]),
            )
        )
    green = dimmed((76, 128, 92), dim * 0.8)
    pot = dimmed(scene.mood.accent, dim * 0.8)
    shapes.append(Area(tuple(leaves), Fade(mix(green, (255, 255, 220), 0.2), shift(green, light=-0.25)), smooth=True))
    shapes.append(
        Area(
            (points((px - 44, foot - 84), (px + 44, foot - 84), (px + 34, foot + 6), (px - 34, foot + 6)),),
            Fade(mix(pot, (255, 255, 255), 0.2), shift(pot, light=-0.25), across=True),
        )
    )
    return shapes


def studio(stage: Stage) -> None:
    """One soft colour with a floor of light; for portraits, products and signs."""
    scene = stage.scene
    chance = scene.chance("studio")
    ground = scene.reading.colors[0] if scene.reading.colors else scene.mood.accent
    tone = mix(ground, (255, 255, 255), 0.45) if not scene.mood.dark else shift(ground, light=-0.5)
    if not scene.reading.colors and not scene.mood.dark:
        tone = shift(tone, hue=float(chance.uniform(0, 1)), saturation=0.8)
    light, deep = shift(tone, light=0.35), shift(tone, light=-0.18)
    stage.add(Backdrop(((0, mix(tone, deep, 0.35)), (0.72, light), (1, tone))))
    middle, floor = scene.width / 2, scene.height * 0.8
    stage.add(
        Disc(
            middle,
            scene.height * 0.46,
            scene.height * 0.37,
            scene.height * 0.37,
            Ball(shift(tone, light=0.5), mix(tone, light, 0.3)),
            0.85,
        )
    )
    if not scene.minimal:
        for _ in range(scene.count(7)):
            x, y = chance.uniform(0.06, 0.94) * scene.width, chance.uniform(0.06, 0.7) * scene.height
            size = chance.uniform(5, 18)
            stage.add(
                Disc(x, y + 5 * scene.wave(x), size, size, shift(tone, light=float(chance.choice([0.6, -0.25]))), 0.5)
            )
    stage.add(Disc(middle, floor + 14, scene.height * 0.3, 30, deep, 0.5, soft=18))
    stage.ground = Spot(middle, floor + 10, scene.height * 0.6)
    stage.air = Spot(middle, scene.height * 0.48, scene.height * 0.5)
