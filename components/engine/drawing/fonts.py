"""The typefaces: five families and emoji that come along, then whatever fonts the machine has for other scripts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

_reading = Lock()  # fontTools reads tables when they are first needed; drawing runs in several threads
FOLDER = Path(__file__).parent / "fonts"
FACES: Mapping[str, str] = {
    "poster": "SofiaSansExtraCondensed-Black.ttf",
    "serif": "PlayfairDisplay-Bold.ttf",
    "hand": "Caveat-Bold.ttf",
    "pixel": "PixelifySans-Bold.ttf",
    "text": "SofiaSans-Medium.ttf",
}
EMOJI = "NotoEmoji-Bold.ttf"
# For scripts that no bundled font has: usual names on Linux, macOS and Windows, tried in this order.
SYSTEM = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf", "fonts-japanese-gothic.ttf", "NanumGothicBold.ttf",
    "NotoSansArabic-Bold.ttf", "NotoSansDevanagari-Bold.ttf",
    "NotoSansThai-Bold.ttf", "NotoSansHebrew-Bold.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans.ttf", "unifont.ttf",
    "Hiragino Sans GB.ttc", "PingFang.ttc", "Arial Unicode.ttf", "msyhbd.ttc", "msgothic.ttc", "malgunbd.ttf",
    "arialbd.ttf", "seguisym.ttf",
)  # fmt: skip


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
def covered(name: str) -> frozenset[int]:
    """Return the code points that a font has letters for."""
    path = _path(name)
    try:
        with TTFont(path, fontNumber=0, lazy=True) as tables:
            return frozenset(tables.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


@cache
def _bundled(name: str) -> TTFont:
    return TTFont(BytesIO((FOLDER / name).read_bytes()))


@lru_cache(maxsize=4096)
def font_for(letter: str, face: str) -> str | None:
    """Return the font that has a letter: the face's own, emoji, the text face, the machine's; None where none has."""
    names = (FACES[face], EMOJI, FACES["text"], FACES["poster"], FACES["serif"], *SYSTEM)
    return next((name for name in names if ord(letter) in covered(name)), None)


@lru_cache(maxsize=256)
def load(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a font at a size in pixels."""
    return ImageFont.truetype(_path(name) or FOLDER / EMOJI, max(1.0, size))


def printable(text: str) -> str:
    """Return the text on one line, without what can stand neither in an image nor in XML."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


@lru_cache(maxsize=2048)
def runs(text: str, face: str) -> tuple[tuple[str, str], ...]:
    """Return (piece, font) pairs. Letters that no font has are left out; marks and spaces stay with their letter."""
    pieces: list[tuple[str, str]] = []
    for letter in unicodedata.normalize("NFC", text):
        name = font_for(letter, face)
        if pieces and (letter == " " or unicodedata.combining(letter)):
            name = pieces[-1][1]
        if name is None:
            continue
        if pieces and pieces[-1][1] == name:
            pieces[-1] = (pieces[-1][0] + letter, name)
        else:
            pieces.append((letter, name))
    return tuple(pieces)


def width(text: str, face: str, size: float) -> float:
    """Return how wide a line is at a size, in that size's unit."""
    return sum(load(name, 100).getlength(piece) for piece, name in runs(text, face)) * size / 100


def right_to_left(text: str) -> bool:
    """Return whether a line is of a script that runs from right to left."""
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def outline(piece: str, name: str, x: float, y: float, size: float) -> str | None:
    """Return a piece of text as SVG path data at a baseline point; None for fonts of the machine."""
    if not (FOLDER / name).is_file() or any(unicodedata.combining(letter) for letter in piece):
        return None
    font = load(name, 100)
    with _reading:
        tables = _bundled(name)
        glyphs, cmap, scale = tables.getGlyphSet(), tables.getBestCmap(), size / tables["head"].unitsPerEm
        pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.1f}".removesuffix(".0"))
        for place, letter in enumerate(piece):
            offset = font.getlength(piece[: place + 1]) - font.getlength(letter)
            if ord(letter) in cmap:
                moved = TransformPen(pen, (scale, 0, 0, -scale, x + offset * size / 100, y))
                glyphs[cmap[ord(letter)]].draw(moved)
    return str(pen.getCommands())
