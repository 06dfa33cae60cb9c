"""From words to a scene: where it is, when, in which weather and light, with what in it, finished how.

Everything that the words leave open is chosen by chance from the brief's seed, so the same brief always gives
the same scene.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from components.engine.brief import Brief
from components.engine.palette import COLOR_NAMES, MOODS, Mood, mix
from components.engine.shapes import UNITS, Color
from components.engine.words import Mention, Reading, read

# Where a subject is at home when the prompt names no place.
HOMES: Mapping[str, tuple[str, ...]] = {
    "studio": ("cat", "robot", "heart", "gem", "person"),
    "room": ("cup", "book", "apple", "orange fruit", "cake", "lamp"),
    "sea": ("boat", "lighthouse", "whale"),
    "space": ("rocket", "planet", "ufo", "star"),
    "moonscape": ("astronaut",),
    "underwater": ("fish",),
    "hills": ("house", "tree", "windmill", "balloon", "car", "train", "castle", "rabbit", "dog", "umbrella"),
    "forest": ("fox", "bear", "mushroom", "owl", "pine"),
    "meadow": ("flower", "sunflower", "butterfly"),
    "beach": ("palm",),
    "desert": ("cactus",),
    "sky": ("bird",),
    "snowfield": ("penguin",),
}
HOME: Mapping[str, str] = {name: place for place, names in HOMES.items() for name in names}

# What chance chooses from when a prompt says nothing that is known.
ANYWHERE = ("abstract", "abstract", "abstract", "hills", "mountains", "sea", "lake", "abstract")
ANYTIME: Sequence[str] = ("day", "day", "golden", "dawn", "sunset", "sunset", "dusk")
INDOORS = frozenset({"room", "studio"})
OWN_MOOD: Mapping[str, str] = {
    "space": "space",
    "moonscape": "space",
    "underwater": "underwater",
    "room": "indoors",
    "studio": "indoors",
}


@dataclass(frozen=True)
class Scene:
    """What is to be composed. Width and height in units; `phase` runs from 0 to 1 through a loop of frames."""

    place: str
    time: str
    mood: Mood
    reading: Reading
    subjects: tuple[Mention, ...]
    finish: str
    seed: int
    width: float
    height: float
    detail: float
    season: str = ""
    phase: float = 0.0
    vivid: bool = True
    transparent: bool = False

    def chance(self, about: str) -> np.random.Generator:
        """Random numbers for one thing; asking for more of one never changes another."""
        return np.random.default_rng([self.seed, zlib.crc32(about.encode())])

    def wave(self, offset: float = 0.0, speed: int = 1) -> float:
        """Something that swings between -1 and 1, `speed` times a loop."""
        return math.sin(2 * math.pi * (self.phase * speed + offset))

    def count(self, ordinary: float) -> int:
        """How many of something at this scene's detail, at least one."""
        return max(1, round(ordinary * self.detail))

    @property
    def snowy(self) -> bool:
        """Whether snow lies."""
        return self.reading.has("snow") or self.season == "winter"

    @property
    def minimal(self) -> bool:
        """Whether little is to be seen."""
        return self.finish == "minimal" or self.detail < 0.5


def imagine(brief: Brief, *, phase: float = 0.0) -> Scene:
    """The scene of a brief."""
    reading = read(brief.prompt)
    chance = np.random.default_rng([brief.seed, 1])
    shorter = min(brief.width, brief.height)
    width, height = brief.width * UNITS / shorter, brief.height * UNITS / shorter
    finish = reading.finishes[0] if reading.finishes else "plain"
    place = _place(reading, chance, transparent=brief.transparent)
    subjects = reading.subjects
    if brief.transparent and not subjects:
        subjects = (Mention(_emblem(chance)),)
    time = _time(reading, place, chance)
    mood = _mood(reading, place, time, finish, chance)
    if brief.style == "natural":
        mood = mood.changed(saturation=0.62)
    return Scene(
        place=place,
        time=time,
        mood=mood,
        reading=reading,
        subjects=subjects,
        finish=finish,
        seed=brief.seed,
        width=width,
        height=height,
        detail=brief.detail * brief.complexity * (0.55 if finish == "minimal" else 1.0),
        season=reading.seasons[0] if reading.seasons else "",
        phase=phase,
        vivid=brief.style != "natural",
        transparent=brief.transparent,
    )


def _pick(options: Sequence[str], chance: np.random.Generator) -> str:
    return options[int(chance.integers(len(options)))]


def _emblem(chance: np.random.Generator) -> str:
    return _pick(("gem", "heart", "planet", "robot", "balloon", "flower", "butterfly", "rocket"), chance)


def _place(reading: Reading, chance: np.random.Generator, *, transparent: bool) -> str:
    if transparent:
        return "studio"
    names = {mention.name for mention in reading.subjects}
    if "abstract" in reading.settings:
        return "studio" if names else "abstract"
    named = [place for place in reading.settings if place not in {"anything", "lake"}]
    if named and named[0] == "sky" and (len(named) > 1 or names & HOME.keys()):
        named = named[1:]
    if named:
        first = named[0]
        if first == "mountains" and ({"lake", "sea"} & set(reading.settings) or "boat" in names):
            return "lake"
        if first == "space" and "astronaut" in names:
            return "moonscape"
        if first == "meadow" and "house" in names:
            return "hills"
        return first
    if "lake" in reading.settings:
        return "lake"
    if "anything" in reading.settings and not names:
        return "abstract"
    for mention in reading.subjects:
        if mention.name in HOME:
            return HOME[mention.name]
    if reading.has("aurora"):
        return "lake"
    if reading.times or reading.weathers or reading.lights or reading.seasons:
        return _pick(("hills", "mountains", "sea", "lake"), chance)
    if reading.text:
        return "studio"
    return _pick(ANYWHERE, chance)


def _time(reading: Reading, place: str, chance: np.random.Generator) -> str:
    drawn = _pick(ANYTIME, chance)
    if reading.times:
        return reading.times[0]
    if reading.has("aurora") or "moon" in reading.lights or place == "moonscape":
        return "night"
    if place == "city" and not reading.weathers:
        return _pick(("dusk", "sunset", "night", "golden"), chance)
    if "sun" in reading.lights and drawn == "dusk":
        return "day"
    return "day" if reading.seasons and drawn == "dusk" else drawn


def _mood(reading: Reading, place: str, time: str, finish: str, chance: np.random.Generator) -> Mood:
    name = time
    if reading.has("snow") and time in {"day", "golden"}:
        name = "winter"
    if reading.has("fog") and time in {"day", "golden", "dawn"}:
        name = "fog"
    if reading.has("storm", "rain") and time in {"day", "golden", "dawn"}:
        name = "storm"
    name = OWN_MOOD.get(place, name)
    if finish == "neon":
        name = "neon"
    moods = MOODS[name]
    mood = moods[int(chance.integers(len(moods)))]
    mood = mood.changed(hue=float(chance.uniform(-0.012, 0.012)))
    for color in reading.colors[:2]:
        mood = _towards(mood, color)
    if finish == "pastel":
        mood = mood.changed(light=0.35, saturation=0.8)
    return mood


def _towards(mood: Mood, color: Color) -> Mood:
    """The mood in a colour that the prompt names; black and white only darken and lighten."""
    if color == COLOR_NAMES["black"]:
        return mood.changed(light=-0.45, saturation=0.7)
    if color == COLOR_NAMES["white"]:
        return mood.changed(light=0.5, saturation=0.6)
    return replace(mood.tinted(color, 0.55), accent=mix(mood.accent, color, 0.5))
