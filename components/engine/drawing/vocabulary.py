"""Look up what a prompt's words change: colors, time of day, weather, mood, material, style, motifs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.engine.drawing.color import COLOR_NAMES, rgb, shift
from components.engine.drawing.spec import Color, PromptWords
from components.engine.lettering.typesetting import QUOTED

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text("utf-8"))


def _table(name: str) -> dict[str, str]:
    """Return {"sunrise": "dawn"} for a table with the row dawn = "sunrise"."""
    return {word: meaning for meaning, words in _DATA[name].items() for word in words.split()}


TIMES, WEATHERS, MOODS, STYLES = (_table(name) for name in ("times", "weathers", "moods", "styles"))
MATERIALS = {
    row.partition(":")[0]: (rgb(row.partition(":")[2]), texture) for row, texture in _table("materials").items()
}
THEMES = {word: theme for theme in _DATA["themes"] for word in theme["words"].split()}
SHADES: Mapping[str, float] = _DATA["shades"]
STYLE_MOTIFS: Mapping[str, str] = _DATA["style_motifs"]
PHRASES = re.compile(rf"\b({'|'.join(_DATA['phrases'])})\b")
LOOK_WORDS = frozenset(_DATA["plain_words"].split()).union(
    COLOR_NAMES, TIMES, WEATHERS, MOODS, STYLES, MATERIALS, SHADES
)


def read_prompt(prompt: str) -> PromptWords:
    """Look every word of the prompt up; the first of each kind counts, of colors the first three.

    Known phrases count as one word. Quoted text is what to write, so it is not looked up.
    """
    text = PHRASES.sub(lambda found: found[0].replace(" ", "-"), QUOTED.sub(" ", prompt.lower()))
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)
    time, weather, mood, style = (
        next((table[word] for word in words if word in table), "") for table in (TIMES, WEATHERS, MOODS, STYLES)
    )
    color, texture = next((MATERIALS[word] for word in words if word in MATERIALS), (None, ""))
    theme = next((THEMES[word] for word in words if word in THEMES), {"motifs": ""})
    hint = color or (rgb(theme["color"]) if "color" in theme else None)
    motifs = tuple(theme["motifs"].split())
    look_only = bool(words) and QUOTED.search(prompt) is None and LOOK_WORDS.issuperset(words)
    return PromptWords(_colors(words)[:3], hint, time, weather, mood, texture, style, motifs, look_only)


def _colors(words: list[str]) -> tuple[Color, ...]:
    pairs = [(before, word) for before, word in zip(["", *words], words, strict=False) if word in COLOR_NAMES]
    return tuple(dict.fromkeys(shift(COLOR_NAMES[word], light=SHADES.get(before, 0.0)) for before, word in pairs))
