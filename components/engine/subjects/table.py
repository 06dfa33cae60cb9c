"""Which subject is drawn by which function, where it wants to be, how tall it stands, and how several share a scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.engine.palette import mix
from components.engine.places.stage import Spot, Stage
from components.engine.scene import INDOORS, Scene
from components.engine.shapes import Color, Disc, Place, Shape, Words, place_all
from components.engine.subjects import animals, built, figures, plants, things, vehicles, wings_and_fins
from components.engine.subjects.look import Look, Subject
from components.engine.words import Mention

GROUND, AIR, WATER = "ground", "air", "water"


@dataclass(frozen=True)
class Habit:
    """A subject's drawing, where it wants to be, and its height as a share of the spot's."""

    draw: Subject
    where: str = GROUND
    height: float = 1.0


SUBJECT_DRAWINGS: Mapping[str, Habit] = {
    "apple": Habit(things.apple, height=0.66),
    "astronaut": Habit(figures.astronaut),
    "balloon": Habit(vehicles.balloon, AIR, 1.25),
    "bear": Habit(animals.bear),
    "bird": Habit(wings_and_fins.bird, AIR, 0.8),
    "boat": Habit(vehicles.boat, WATER),
    "book": Habit(things.book, height=0.7),
    "butterfly": Habit(wings_and_fins.butterfly, AIR),
    "cactus": Habit(plants.cactus),
    "cake": Habit(things.cake),
    "car": Habit(vehicles.car, height=0.72),
    "castle": Habit(built.castle, height=1.15),
    "cat": Habit(animals.cat),
    "cup": Habit(things.cup, height=0.95),
    "dog": Habit(animals.dog),
    "fish": Habit(wings_and_fins.fish, WATER, 0.9),
    "flower": Habit(plants.flower),
    "fox": Habit(animals.fox),
    "gem": Habit(things.gem, height=0.8),
    "heart": Habit(things.heart, AIR),
    "house": Habit(built.house),
    "lamp": Habit(things.lamp),
    "lighthouse": Habit(built.lighthouse, height=1.15),
    "mushroom": Habit(plants.mushroom, height=0.8),
    "orange fruit": Habit(things.orange, height=0.72),
    "owl": Habit(animals.owl),
    "palm": Habit(plants.palm, height=1.3),
    "penguin": Habit(animals.penguin),
    "person": Habit(figures.person),
    "pine": Habit(plants.pine, height=1.25),
    "planet": Habit(figures.planet, AIR),
    "rabbit": Habit(animals.rabbit, height=0.85),
    "robot": Habit(figures.robot),
    "rocket": Habit(vehicles.rocket, AIR, 1.15),
    "star": Habit(things.star, AIR),
    "sunflower": Habit(plants.sunflower),
    "train": Habit(vehicles.train, height=0.75),
    "tree": Habit(plants.tree, height=1.15),
    "ufo": Habit(vehicles.ufo, AIR),
    "umbrella": Habit(things.umbrella),
    "whale": Habit(wings_and_fins.whale, WATER, 0.8),
    "windmill": Habit(built.windmill, height=1.1),
}

MOST = 5
# Columns (shares of the width, sizes) for one to five subjects that share a spot.
COLUMNS: Mapping[int, tuple[tuple[float, float], ...]] = {
    1: ((0.0, 1.0),),
    2: ((-0.19, 0.92), (0.2, 0.8)),
    3: ((0.0, 0.85), (-0.29, 0.68), (0.29, 0.68)),
    4: ((-0.12, 0.74), (0.16, 0.66), (-0.36, 0.56), (0.38, 0.56)),
    5: ((0.0, 0.7), (-0.22, 0.58), (0.22, 0.58), (-0.39, 0.46), (0.39, 0.46)),
}


def place_subjects(stage: Stage) -> list[Shape]:
    """All subjects of the scene as shapes, in its light; quoted words below or beside them."""
    scene = stage.scene
    shapes: list[Shape] = []
    groups: dict[str, list[Mention]] = {}
    for mention in scene.subjects:
        habit = SUBJECT_DRAWINGS.get(mention.name)
        if habit is not None:
            where = habit.where if habit.where != WATER or stage.water else GROUND
            groups.setdefault(where, []).extend([mention] * min(MOST, mention.count))
    spots = {GROUND: stage.ground, AIR: stage.air, WATER: stage.water or stage.ground}
    for where in (AIR, WATER, GROUND):
        everyone = groups.get(where, [])[:MOST]
        alone = len(groups) == 1 and len(everyone) == 1
        for number, mention in enumerate(everyone):
            aside, size = COLUMNS[len(everyone)][number]
            shapes += _stand(scene, mention, where, spots[where], aside, size, number, alone=alone)
    if scene.reading.text:
        shapes += lettering(scene, spots[GROUND] if not shapes else None)
    return shapes


def _stand(
    scene: Scene, mention: Mention, where: str, spot: Spot, aside: float, size: float, number: int, *, alone: bool
) -> list[Shape]:
    habit = SUBJECT_DRAWINGS[mention.name]
    chance = scene.chance(f"{mention.name}{number}")
    shift_x = float(chance.uniform(-0.1, 0.1)) if alone and scene.place not in INDOORS else 0.0
    x = spot.x + (aside + shift_x) * scene.width
    x = min(scene.width * 0.9, max(scene.width * 0.1, x))
    reach = min(spot.height, scene.width * 0.62) * (0.86 + 0.14 * float(chance.random()))
    # In a studio a subject has the frame to itself; what is tall elsewhere must not be cut off there.
    height = reach * size * (min(habit.height, 1.0) if scene.place == "studio" else habit.height)
    depth = (1 - size) * 0.06 * scene.height
    foot = spot.y - depth
    if where == AIR:
        foot = spot.y + height * 0.5 + (float(chance.uniform(-0.12, 0.12)) if number else 0.0) * scene.height
    look = Look(mention.color, chance, lambda offset: scene.wave(offset + number * 0.23), _late(scene))
    flip = number % 2 == 1 or (alone and bool(scene.chance("flip").random() < 0.3))
    tilt = 24.0 if mention.name == "rocket" and scene.place not in INDOORS else 0.0
    placed = place_all(habit.draw(look), Place(x, foot, height / 100, flip, tilt), light_on(scene))
    if where == GROUND and scene.place not in INDOORS and scene.place != "underwater":
        ground = Disc(x, foot, height * 0.36, height * 0.035, (16, 20, 26), 0.25, soft=height * 0.02, role="subject")
        return [ground, *placed]
    return placed


def _late(scene: Scene) -> bool:
    return scene.time in {"night", "dusk"} or scene.mood.dark or scene.reading.has("storm")


def light_on(scene: Scene) -> Callable[[Color], Color]:
    """What the scene's light does to a colour that is near."""
    shares = {"sunset": 0.26, "dusk": 0.34, "night": 0.42, "golden": 0.1, "dawn": 0.14}
    share = 0.0 if scene.place in INDOORS else shares.get(scene.time, 0.0)
    if scene.mood.dark and scene.place not in INDOORS:
        share = max(share, 0.3)
    if scene.place == "underwater":
        share = 0.2
    if scene.place in INDOORS and scene.time == "night" and scene.place == "room":
        share = 0.2
    toward = mix(scene.mood.near, scene.mood.far, 0.35)
    vividness = 0.0 if scene.vivid else 0.12
    return lambda color: mix(mix(color, toward, share), (150, 146, 140), vividness)


def lettering(scene: Scene, spot: Spot | None) -> list[Shape]:
    """Quoted words: large when they are all there is, on a band near the foot otherwise."""
    text = scene.reading.text
    if spot is not None:
        size = min(150.0, scene.width * 1.5 / max(4, len(text)))
        ink = (38, 36, 46) if not scene.mood.dark else (250, 246, 236)
        return [Words(text, scene.width / 2, scene.height * 0.46, size, ink)]
    size = min(74.0, scene.width * 1.25 / max(6, len(text)))
    y = scene.height * 0.1
    light = mix((255, 252, 244), scene.mood.light, 0.3)
    half = len(text) * size * 0.3 + size * 0.6
    plate = Disc(scene.width / 2, y, half, size * 0.85, (20, 22, 34), 0.32, soft=size * 0.3, role="subject")
    return [plate, Words(text, scene.width / 2, y, size, light)]
