"""Set type: headline and body of a prompt, line breaks, and sizes that fill a box."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from components.engine.lettering.fonts import CAPITALS, LEADING, font_for, width
from components.engine.lettering.text_line import Ink, TextLine

HEADLINE_WORDS, HEADLINE_LETTERS, BODY_LETTERS = 8, 120, 240
LONGEST_WORD = 18  # letters; longer ones are cut into pieces
# Words that no line ends with, and at which a headline may be cut.
_SMALL = "a an the of in on at with under over and by from to through for into near above below as or is are who"
SMALL_WORDS = frozenset(_SMALL.split())
QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,80})[\"“”»]|(?<!\w)'([^']{1,80})'(?!\w)")
LEAD_IN = re.compile(
    r"^(please )?(generate|create|draw|make|paint|render|design)( me)? (an? |the )?"
    r"(image|picture|illustration|poster|drawing|painting|photo) (of|showing|with|that shows) ",
    re.IGNORECASE,
)
SAYING = re.compile(
    r"[\s,]*\b(that (says|reads)|saying|reading|says|reads|titled|with the (words?|text)|called)[\s,:]*$", re.I
)
CJK = re.compile(r"([\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef])")


def printable(text: str) -> str:
    """Return the text on one line, without what can stand neither in an image nor in XML."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def split_prompt(prompt: str) -> tuple[str, str]:
    """Return headline and body: quoted text leads, else the first clause, at most eight words of it."""
    text = LEAD_IN.sub("", printable(prompt))
    if quoted := QUOTED.search(text):
        rest = SAYING.sub("", text[: quoted.start()]) + " " + text[quoted.end() :].lstrip(" ,.;:")
        return _shown(quoted[1] or quoted[2]), _body(rest)
    clause = re.match(r".{2,}?(?=[,.;:!?—|](\s|$)|\s[-–]\s|$)", text)
    head = (clause[0] if clause else text)[: 4 * HEADLINE_LETTERS]
    words = head.split(" ")
    if len(words) > HEADLINE_WORDS + 2:
        small = [word.lower() in SMALL_WORDS for word in words]
        breaks = [n for n in range(3, HEADLINE_WORDS + 1) if small[n] and not small[n - 1]]
        head = " ".join(words[: breaks[-1] if breaks else HEADLINE_WORDS])
    headline = _shown(head)[:HEADLINE_LETTERS]
    return headline[:1].upper() + headline[1:], _body(text[len(head) :])


def _body(text: str) -> str:
    text = _shown(" ".join(text.split()).strip(" ,.;:|—–-"))
    if len(text) > BODY_LETTERS:
        text = text[:BODY_LETTERS].rsplit(" ", 1)[0].rstrip(" ,.;:") + " …"
    return text[:1].upper() + text[1:]


def _shown(text: str) -> str:
    """Return what some font can show of a text, with no word longer than can be set."""
    kept = "".join(letter for letter in text[:4000] if font_for(letter, "poster"))
    return re.sub(rf"([^\s\u2e80-\uffef]{{{LONGEST_WORD}}})(?=\S)", r"\1 ", kept)


def _tokens(text: str) -> list[str]:
    """Return the pieces that lines break between: words after their small words, CJK signs alone."""
    pieces: list[str] = []
    for word in CJK.sub("\\1\0", text.replace(" ", "\0 ")).split("\0"):
        if pieces and pieces[-1].split(" ")[-1].lower() in SMALL_WORDS:
            pieces[-1] += word
        elif word.strip():
            pieces.append(word)
    return pieces


def wrap(text: str, face: str, size: float, wide: float, most_lines: int = 99) -> list[str]:
    """Return a paragraph in lines that are at most so wide; an ellipsis stands for what finds no place."""
    lines: list[str] = []
    room = 0.0
    for piece in _tokens(text):
        length = width(piece, face, size)
        if lines and length <= room:
            lines[-1] += piece
        else:
            lines.append(piece.strip())
            room, length = wide, width(lines[-1], face, size)
        room -= length
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], lines[most_lines - 1].rstrip(" ,.;:") + " …"]
    return lines


def break_lines(text: str, face: str, count: int) -> list[str]:
    """Return the text in at most `count` lines, as even as can be: the narrowest column that holds them."""
    widths = [width(piece, face, 1) for piece in _tokens(text)]
    low, high = max(widths, default=0.0), sum(widths) + 0.01
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (low, middle) if len(wrap(text, face, 1, middle)) <= count else (middle, high)
    return wrap(text, face, 1, high)


def fit(text: str, face: str, box: tuple[float, float], largest: float, most_lines: int = 6) -> tuple[list[str], float]:
    """Return the lines and the size in units that fill a box of width and height best."""
    best: tuple[list[str], float] = ([], 0.0)
    for count in range(1, most_lines + 1):
        lines = break_lines(text, face, count)
        wide = max((width(line, face, 1) for line in lines), default=0.0)
        if wide:
            size = min(box[0] / wide, box[1] / block_height(len(lines), face, 1), largest)
            best = (lines, size) if size > best[1] * 1.06 else best
    return best


def block_height(lines: int, face: str, size: float) -> float:
    """Return the height of some lines from the first one's capitals to the last baseline and its descenders."""
    return size * (CAPITALS[face] + LEADING[face] * (lines - 1) + (0.06 if face == "poster" else 0.24))


def block(
    lines: Sequence[str],
    face: str,
    size: float,
    place: tuple[float, float, float],
    align: str,
    color: Ink,
) -> list[TextLine]:
    """Return lines from the top of a place (x, y, width), aligned "l" or "m"; right-to-left scripts start right."""
    x, y, w = place
    placed = []
    for number, text in enumerate(lines):
        leftward = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
        anchor = "r" if align == "l" and leftward else align
        baseline = y + size * (CAPITALS[face] + LEADING[face] * number)
        placed.append(TextLine(text, x + {"l": 0.0, "m": w / 2, "r": w}[anchor], baseline, size, face, color, anchor))
    return placed
