"""Look up what a prompt's words change: colors, time of day, weather, mood, material, style, motifs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.engine.drawing.color import COLOR_NAMES, Color, rgb, shift


def _table(rows: Mapping[str, str]) -> dict[str, str]:
    """Return {"dawn": "dawn", "sunrise": "dawn"} for {"dawn": "dawn sunrise"}."""
    return {word: meaning for meaning, words in rows.items() for word in words.split()}


_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text("utf-8"))
TIMES, WEATHERS = _table(_DATA["times"]), _table(_DATA["weathers"])
MOODS, STYLES = _table(_DATA["moods"]), _table(_DATA["styles"])
MATERIALS = {
    word.partition(":")[0]: (rgb(word.partition(":")[2]), texture)
    for texture, words in _DATA["materials"].items()
    for word in words.split()
}
THEMES = {word: theme for theme in _DATA["themes"] for word in theme["words"].split()}
SHADES: Mapping[str, float] = {"dark": -0.45, "deep": -0.35, "light": 0.45, "pale": 0.6, "bright": 0.12, "pastel": 0.5}
PHRASES = re.compile(rf"\b({'|'.join(_DATA['phrases'])})\b")
PLAIN_WORDS = frozenset(_DATA["plain_words"].split())
SMALL_WORDS = frozenset(_DATA["small_words"].split())
QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,80})[\"“”»]|(?<!\w)'([^']{1,80})'(?!\w)")


@dataclass(frozen=True)
class PromptWords:
    """What the words of a prompt change. Empty values stand for nothing named."""

    colors: tuple[Color, ...] = ()
    hint: Color | None = None
    time: str = ""
    weather: str = ""
    mood: str = ""
    texture: str = ""
    style: str = ""
    motifs: tuple[str, ...] = ()
    look_only: bool = False


def tokens(prompt: str) -> list[str]:
    """Return the words in lower case, known phrases joined by hyphens. Quoted text is left out."""
    text = PHRASES.sub(lambda found: found[0].replace(" ", "-"), QUOTED.sub(" ", prompt.lower()))
    return re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)


def read_prompt(prompt: str) -> PromptWords:
    """Look every word of the prompt up; the first of each kind counts, of colors the first three."""
    words = tokens(prompt)
    materials = [MATERIALS[word] for word in words if word in MATERIALS]
    themes = [THEMES[word] for word in words if word in THEMES]
    hints = [color for color, _ in materials] + [rgb(theme["color"]) for theme in themes if "color" in theme]
    quoted = QUOTED.search(prompt) is not None
    return PromptWords(
        colors=_colors(words)[:3],
        hint=hints[0] if hints else None,
        time=_first(words, TIMES),
        weather=_first(words, WEATHERS),
        mood=_first(words, MOODS),
        texture=materials[0][1] if materials else "",
        style=_first(words, STYLES),
        motifs=tuple(themes[0]["motifs"].split()) if themes else (),
        look_only=bool(words) and not quoted and all(_is_look(word) for word in words),
    )


def _first(words: list[str], table: Mapping[str, str]) -> str:
    return next((table[word] for word in words if word in table), "")


def _colors(words: list[str]) -> tuple[Color, ...]:
    found: list[Color] = []
    for place, word in enumerate(words):
        if word in COLOR_NAMES:
            color = COLOR_NAMES[word]
            shade = SHADES.get(words[place - 1] if place else "", 0.0)
            found.append(shift(color, light=shade) if shade else color)
    return tuple(dict.fromkeys(found))


def _is_look(word: str) -> bool:
    tables: tuple[Mapping[str, object], ...] = (COLOR_NAMES, TIMES, WEATHERS, MOODS, STYLES, MATERIALS, SHADES)
    return word in PLAIN_WORDS or any(word in table for table in tables)
