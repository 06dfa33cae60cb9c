"""From a brief to a picture made of shapes: imagine the scene, build its place, put the subjects in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from components.engine.brief import Brief
from components.engine.palette import mix
from components.engine.places import build_place
from components.engine.scene import imagine
from components.engine.shapes import FRONT, Picture
from components.engine.subjects import place_subjects
from components.engine.words import printable

VIGNETTE = {"film": 0.5, "vintage": 0.6, "noir": 0.55, "plain": 0.18, "oil": 0.12}
GRAIN = {"film": 0.1, "vintage": 0.09, "noir": 0.13, "plain": 0.022, "pencil": 0.05, "papercut": 0.03}


# How a place is told in words, for the revised prompt.
TOLD: Mapping[str, str] = {
    "abstract": "an abstract composition",
    "beach": "a beach",
    "city": "a city skyline",
    "desert": "a desert of dunes",
    "forest": "a forest",
    "hills": "rolling hills",
    "lake": "a still lake",
    "meadow": "a flowering meadow",
    "moonscape": "the ground of the moon",
    "mountains": "mountains",
    "room": "a room with a window and a table",
    "sea": "the open sea",
    "sky": "a sky full of clouds",
    "snowfield": "a field of snow",
    "space": "deep space",
    "studio": "a plain studio",
    "underwater": "the world under water",
}


def describe(prompt: str, model: str, index: int = 0) -> str:
    """What the engine made of a prompt, in one sentence: the prompt, and the scene that it chose for it."""
    scene = imagine(Brief(prompt, model, 1024, 1024, index))
    subjects = ", ".join(mention.name for mention in scene.subjects)
    light = "" if scene.place in {"abstract", "studio", "space", "underwater"} else f" in the light of {scene.time}"
    finish = "" if scene.finish == "plain" else f", finished as {scene.finish}"
    shown = f" with {subjects}" if subjects else ""
    return f"{prompt.rstrip('. ')}. Drawn as {TOLD[scene.place]}{light}{shown}{finish}."


def compose(brief: Brief, *, phase: float = 0.0) -> Picture:
    """The brief's picture. `phase`, 0 to 1, is the place in a loop of frames; 0 and 1 look alike."""
    scene = imagine(brief, phase=phase)
    stage = build_place(scene)
    subjects = place_subjects(stage)
    front = [replace(shape, role=FRONT) for shape in stage.front]
    return Picture(
        width=scene.width,
        height=scene.height,
        shapes=tuple(subjects) if scene.transparent else (*stage.back, *subjects, *front),
        finish=scene.finish,
        vignette=VIGNETTE.get(scene.finish, 0.0),
        grain=GRAIN.get(scene.finish, 0.0),
        seed=scene.seed,
        paper=mix((250, 247, 240), scene.mood.horizon, 0.12),
        ink=mix((40, 38, 46), scene.mood.near, 0.4),
        title=printable(brief.prompt)[:300],
    )
