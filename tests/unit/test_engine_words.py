"""Reading a prompt: what its words are looked up as."""

from __future__ import annotations

from typing import Any

import pytest

from components.engine.brief import Brief
from components.engine.palette import COLOR_NAMES
from components.engine.scene import imagine
from components.engine.words import Mention, read

READINGS: dict[str, dict[str, Any]] = {
    "a red house by the sea at sunset, watercolor": {
        "subjects": (Mention("house", COLOR_NAMES["red"]),),
        "settings": ("sea",),
        "times": ("sunset",),
        "finishes": ("watercolor",),
        "colors": (),
    },
    "three penguins": {"subjects": (Mention("penguin", None, 3),)},
    "two rabbits": {"subjects": (Mention("rabbit", None, 2),)},
    "balloons over the desert": {"subjects": (Mention("balloon", None, 3),), "settings": ("desert",)},
    "a palm tree": {"subjects": (Mention("palm"),)},
    "a foggy morning in autumn": {"weathers": ("fog",), "times": ("day",), "seasons": ("autumn",)},
    "golden hour, line art": {"times": ("golden",), "finishes": ("ink",)},
    "purple waves": {"colors": (COLOR_NAMES["purple"],)},
    'a shop with a sign "FRESH BREAD"': {"text": "FRESH BREAD"},
    "a tree under the stars": {"subjects": (Mention("tree"),), "times": ("night",)},
    "zxq": {"subjects": (), "settings": (), "colors": (), "text": ""},
}


@pytest.mark.parametrize("prompt", READINGS)
def test_words_are_looked_up(prompt: str) -> None:
    """Each table finds its words, and colours go to the subject that they stand before."""
    found = read(prompt)
    assert {name: getattr(found, name) for name in READINGS[prompt]} == READINGS[prompt]


PLACES = {
    "a cat": "studio",
    "coffee": "room",
    "a rocket": "space",
    "a rocket over the city": "city",
    "astronaut on the moon": "moonscape",
    "a goldfish": "underwater",
    "a sailboat on a mountain lake": "lake",
    "abstract geometric pattern": "abstract",
    "abstract waves in teal": "abstract",
    "mountain wallpaper": "mountains",
    "a whale under a starry sky": "sea",
    "skyline of tokyo": "city",
    "penguins": "snowfield",
}


@pytest.mark.parametrize("prompt", PLACES)
def test_places_follow_words(prompt: str) -> None:
    """A named place wins; else a subject is shown where it is at home."""
    assert imagine(Brief(prompt, "gpt-image-2", 64, 64)).place == PLACES[prompt]


def test_without_known_words_chance_varies() -> None:
    """Prompts that name nothing known still give different scenes."""
    scenes = {imagine(Brief(f"qqx {number}", "gpt-image-2", 64, 64)).place for number in range(40)}
    assert {"abstract", "hills", "sea"} <= scenes
