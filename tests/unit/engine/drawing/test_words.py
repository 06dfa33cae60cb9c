"""Reading a prompt: what its words are looked up as, and how they are divided into headline and body."""

from __future__ import annotations

from typing import Any

import pytest

from components.engine.drawing.color import COLOR_NAMES, CURATED, NAMED, contrast, shift
from components.engine.drawing.motifs import MOTIFS
from components.engine.drawing.vocabulary import THEMES, read_prompt
from components.engine.lettering.fonts import width
from components.engine.lettering.typesetting import break_lines, fit, split_prompt, wrap

READINGS: dict[str, dict[str, Any]] = {
    "a red boat by the sea at sunset, watercolor": {
        "colors": (COLOR_NAMES["red"],),
        "time": "sunset",
        "style": "watercolor",
        "motifs": ("waves", "hills", "arcs"),
        "look_only": False,
    },
    "a foggy morning in autumn": {"weather": "fog", "time": "dawn"},
    "golden hour, line drawing": {"time": "golden", "style": "ink", "colors": ()},
    "teal, orange and dark green": {
        "colors": (COLOR_NAMES["teal"], COLOR_NAMES["orange"], shift(COLOR_NAMES["green"], light=-0.45)),
        "look_only": True,
    },
    "a wooden spoon": {"texture": "grain"},
    "film noir": {"style": "noir"},
    "make it blue": {"look_only": True},
    "make it a boat": {"look_only": False},
    'blue "sky"': {"look_only": False},
    "a calm, peaceful garden": {"mood": "calm"},
    "zxq": {"colors": (), "hint": None, "time": "", "style": "", "motifs": (), "look_only": False},
}


@pytest.mark.parametrize("prompt", READINGS)
def test_words_are_looked_up(prompt: str) -> None:
    """Each table finds its words, phrases and shades included."""
    found = read_prompt(prompt)
    assert {name: getattr(found, name) for name in READINGS[prompt]} == READINGS[prompt]


def test_the_tables_fit_together() -> None:
    """Every motif that a theme names exists, and every palette's type can be read on its page."""
    assert {motif for theme in THEMES.values() for motif in theme["motifs"].split()} <= MOTIFS.keys()
    for palette in (*CURATED, *NAMED.values()):
        assert contrast(palette.ink, palette.ground) >= 4.5
        assert len(palette.shapes) == 5


@pytest.mark.parametrize(
    ("prompt", "headline", "body"),
    [
        ("a red ceramic teapot", "A red ceramic teapot", ""),
        ("a fox in snow, oil painting, soft light", "A fox in snow", "Oil painting, soft light"),
        ('a poster that says "JAZZ" in blue', "JAZZ", "A poster in blue"),
        ("Please draw an image of two owls", "Two owls", ""),
        ("a photo of an old man with a long white beard who reads by candle light", "A photo of an old man",
         "With a long white beard who reads by candle light"),
        ("\n\t", "", ""),
    ],
)  # fmt: skip
def test_prompts_are_divided(prompt: str, headline: str, body: str) -> None:
    """Quoted text or the first clause leads; headlines do not end with a small word."""
    assert split_prompt(prompt) == (headline, body)


def test_lines_break_well() -> None:
    """Lines are about even, fill their box, and do not end with an article if that can be avoided."""
    assert break_lines("A lighthouse at the end of the world", "poster", 3) == [
        "A lighthouse",
        "at the end",
        "of the world",
    ]
    lines, size = fit("A quiet library at night", "serif", (800, 300), 300)
    assert all(width(line, "serif", size) <= 801 for line in lines)
    assert " ".join(lines) == "A quiet library at night"
    assert max(width(line, "text", 20) for line in wrap("so many words " * 20, "text", 20, 300, 4)) < 330
    assert len(break_lines("東京の夜", "text", 2)) == 2
