"""Find and measure the typefaces of `fonts.toml`: bundled ones, then whatever the machine has for other scripts."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

_reading = Lock()  # fontTools reads tables when they are first needed; drawing runs in several threads
FOLDER = Path(__file__).parent / "fonts"
_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("fonts.toml").read_text("utf-8"))
FACES: Mapping[str, str] = {name: face["file"] for name, face in _DATA["faces"].items()}
CAPITALS: Mapping[str, float] = {name: face["capitals"] for name, face in _DATA["faces"].items()}
LEADING: Mapping[str, float] = {name: face["leading"] for name, face in _DATA["faces"].items()}
CHOSEN: Mapping[str, str] = _DATA["chosen"]


@cache
def _path(name: str) -> str | None:
    """Return the file of a bundled or system font, None where the machine has none of that name."""
    if (FOLDER / name).is_file():
        return str(FOLDER / name)
    try:
        return str(ImageFont.truetype(name, 10).path)
    except OSError:
        return None


@cache
def _tables(name: str) -> TTFont:
    return TTFont(_path(name), fontNumber=0, lazy=True)


@cache
def covered(name: str) -> frozenset[int]:
    """Return the code points that a font has letters for."""
    try:
        with _reading:
            return frozenset(_tables(name).getBestCmap() or ()) if _path(name) else frozenset()
    except (OSError, TTLibError):
        return frozenset()


@lru_cache(maxsize=4096)
def font_for(letter: str, face: str) -> str | None:
    """Return the font that has a letter: the face's own, emoji, another face's, the machine's; None where none has."""
    names = (FACES[face], _DATA["emoji"], *FACES.values(), *_DATA["system"]["files"])
    return next((name for name in names if ord(letter) in covered(name)), None)


@lru_cache(maxsize=256)
def load(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a font at a size in pixels."""
    return ImageFont.truetype(_path(name) or FOLDER / _DATA["emoji"], max(1.0, size))


@lru_cache(maxsize=2048)
def runs(text: str, face: str) -> tuple[tuple[str, str], ...]:
    """Return (piece, font) pairs. Letters that no font has are left out; marks and spaces stay with their letter."""
    pieces: list[tuple[str, str]] = []
    for letter in unicodedata.normalize("NFC", text):
        joins = pieces and (letter == " " or unicodedata.combining(letter))
        name = pieces[-1][1] if joins else font_for(letter, face)
        if pieces and pieces[-1][1] == name:
            pieces[-1] = (pieces[-1][0] + letter, name)
        elif name is not None:
            pieces.append((letter, name))
    return tuple(pieces)


def width(text: str, face: str, size: float) -> float:
    """Return how wide a line is at a size, in that size's unit; letters that no font has count as squares."""
    pieces = runs(text, face)
    return sum(load(name, 100).getlength(piece) for piece, name in pieces) * size / 100 if pieces else len(text) * size


def outline(piece: str, name: str, x: float, y: float, size: float) -> str | None:
    """Return a piece of text as SVG path data at a baseline point; None for fonts of the machine."""
    if not (FOLDER / name).is_file() or any(unicodedata.combining(letter) for letter in piece):
        return None
    font = load(name, 100)
    with _reading:
        tables = _tables(name)
        glyphs, cmap, scale = tables.getGlyphSet(), tables.getBestCmap(), size / tables["head"].unitsPerEm
        pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.1f}".removesuffix(".0"))
        for place, letter in enumerate(piece):
            offset = font.getlength(piece[: place + 1]) - font.getlength(letter)
            if ord(letter) in cmap:
                moved = TransformPen(pen, (scale, 0, 0, -scale, x + offset * size / 100, y))
                glyphs[cmap[ord(letter)]].draw(moved)
    return str(pen.getCommands())
