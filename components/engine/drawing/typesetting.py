"""Set type: headline and body of a prompt, line breaks, and sizes that fill a box."""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.engine.drawing.color import Color
from components.engine.drawing.fonts import font_for, printable, right_to_left, width
from components.engine.drawing.shapes import Text
from components.engine.drawing.vocabulary import QUOTED, SMALL_WORDS

HEADLINE_WORDS = 8
BODY_LETTERS = 240
LONGEST_WORD = 18  # letters; longer ones are cut into pieces
LEADING = {"poster": 0.86, "serif": 1.08, "hand": 0.9, "pixel": 0.98, "text": 1.3}
CAP_HEIGHT = {"poster": 0.7, "serif": 0.71, "hand": 0.62, "pixel": 0.68, "text": 0.7}
LEAD_IN = re.compile(
    r"^(please )?(generate|create|draw|make|paint|render|design)( me)? (an? |the )?"
    r"(image|picture|illustration|poster|drawing|painting|photo) (of|showing|with|that shows) ",
    re.IGNORECASE,
)
SAYING = re.compile(
    r"[\s,]*\b(that (says|reads)|saying|reading|says|reads|titled|with the (words?|text)|called)[\s,:]*$", re.I
)
CJK = re.compile(r"([\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef])")


def split_prompt(prompt: str) -> tuple[str, str]:
    """Return headline and body: quoted text leads, else the first clause, at most eight words of it."""
    text = LEAD_IN.sub("", printable(prompt))
    if quoted := QUOTED.search(text):
        rest = SAYING.sub("", text[: quoted.start()]) + " " + text[quoted.end() :].lstrip(" ,.;:")
        return _shown(quoted[1] or quoted[2]), _body(rest)
    clause = re.match(r".{2,}?(?=[,.;:!?—|](\s|$)|\s[-–]\s|$)", text)
    head = clause[0] if clause else text
    words = head.split(" ")
    if len(words) > HEADLINE_WORDS + 2:
        small = [word.lower() in SMALL_WORDS for word in words]
        breaks = [n for n in range(3, HEADLINE_WORDS + 1) if small[n] and not small[n - 1]]
        head = " ".join(words[: breaks[-1] if breaks else HEADLINE_WORDS])
    headline = _shown(head)
    return headline[:1].upper() + headline[1:], _body(text[len(head) :])


def _body(text: str) -> str:
    text = _shown(" ".join(text.split()).strip(" ,.;:|—–-"))
    if len(text) > BODY_LETTERS:
        text = text[:BODY_LETTERS].rsplit(" ", 1)[0].rstrip(" ,.;:") + " …"
    return text[:1].upper() + text[1:]


def _shown(text: str) -> str:
    """Return what some font can show of a text, with no word longer than can be set."""
    kept = "".join(letter for letter in text[:4000] if font_for(letter, "poster"))
    words = [word if len(word) <= LONGEST_WORD or CJK.search(word) else _cut(word) for word in kept.split()]
    return " ".join(words)


def _cut(word: str) -> str:
    pieces = [word[start : start + LONGEST_WORD] for start in range(0, min(len(word), 72), LONGEST_WORD)]
    return " ".join(pieces) + ("…" if len(word) > 72 else "")


def _tokens(text: str) -> list[str]:
    """Return the pieces that lines break between: words with the space before them, CJK signs alone."""
    words = CJK.sub("\\1\0", text.replace(" ", "\0 ")).split("\0")
    return [word for word in words if word.strip()]


def break_lines(text: str, face: str, count: int) -> list[str]:
    """Return the text in `count` lines of widths as even as can be, none ending with a small word if avoidable."""
    parts = _tokens(text)
    count = min(count, len(parts))
    widths = [width(part, face, 1) for part in parts]
    target = max(1e-6, sum(widths) / max(1, count))
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for lines in range(1, count + 1):
        for end in range(lines, len(parts) + 1):
            options = []
            for start in range(lines - 1, end):
                if (start, lines - 1) in best:
                    small = parts[end - 1].strip().lower() in SMALL_WORDS and end < len(parts)
                    cost = (sum(widths[start:end]) / target - 1) ** 2 + (0.25 + (end - start == 1)) * small
                    options.append((best[start, lines - 1][0] + cost, start))
            if options:
                best[end, lines] = min(options)
    lines_, end = [], len(parts)
    for lines in range(count, 0, -1):
        start = best[end, lines][1]
        lines_.append("".join(parts[start:end]).strip())
        end = start
    return lines_[::-1]


def fit(text: str, face: str, box: tuple[float, float], largest: float, most_lines: int = 6) -> tuple[list[str], float]:
    """Return the lines and the size in units that fill a box of width and height best."""
    best: tuple[list[str], float] = ([], 0.0)
    for count in range(1, most_lines + 1):
        lines = break_lines(text, face, count)
        wide = max((width(line, face, 1) for line in lines), default=1.0) or 1.0
        size = min(box[0] / wide, box[1] / block_height(len(lines), face, 1), largest)
        if size > best[1] * (1.18 if best[0] and any(line.lower() in SMALL_WORDS for line in lines) else 1.06):
            best = (lines, size)
    return best


def block_height(lines: int, face: str, size: float) -> float:
    """Return the height of some lines from the first one's capitals to the last baseline and its descenders."""
    return size * (CAP_HEIGHT[face] + LEADING[face] * (lines - 1) + (0.06 if face == "poster" else 0.24))


def wrap(text: str, face: str, size: float, wide: float, most_lines: int) -> list[str]:
    """Return a paragraph in lines that are at most so wide; an ellipsis stands for what finds no place."""
    lines: list[str] = []
    for part in _tokens(text):
        if lines and width((lines[-1] + part).strip(), face, size) <= wide:
            lines[-1] += part
        else:
            lines.append(part.strip())
    if len(lines) > most_lines:
        lines = lines[: max(0, most_lines)]
        if lines:
            lines[-1] = lines[-1].rstrip(" ,.;:") + " …"
    return lines


def stack(text: str, face: str, box: tuple[float, float, float, float], color: Color) -> list[Text]:
    """Return lines that each fill the width of a box (x, y, w, h), in sizes of their own, as tall as fits."""
    x, y, w, h = box
    best: list[float] = []
    chosen: list[str] = []
    for count in range(1, 7) if text else ():
        lines = break_lines(text, face, count)
        sizes = [w / max(0.01, width(line, face, 1)) for line in lines]
        sizes = [min(size, 2.4 * min(sizes), h * 0.62) for size in sizes]
        total = _stack_height(sizes, face)
        scale = min(1.0, h / total)
        if scale * total * min(1.0, scale + 0.15) > _stack_height(best, face) * 1.02:
            best, chosen = [size * scale for size in sizes], lines
    baseline, placed = y, list[Text]()
    for text_line, size in zip(chosen, best, strict=True):
        baseline += size * CAP_HEIGHT[face] + (size * 0.1 if placed else 0.0)
        placed.append(Text(text_line, x, baseline, size, face, color))
    return placed


def _stack_height(sizes: Sequence[float], face: str) -> float:
    return sum(size * (CAP_HEIGHT[face] + 0.1) for size in sizes)


def block(
    lines: Sequence[str], face: str, size: float, place: tuple[float, float, float], align: str, color: Color
) -> list[Text]:
    """Return lines from the top of a place (x, y, width), aligned "l" or "m"; right-to-left scripts start right."""
    x, y, w = place
    placed = []
    for number, text in enumerate(lines):
        anchor = "r" if align == "l" and right_to_left(text) else align
        at = x + {"l": 0.0, "m": w / 2, "r": w}[anchor]
        baseline = y + size * (CAP_HEIGHT[face] + LEADING[face] * number)
        placed.append(Text(text, at, baseline, size, face, color, anchor))
    return placed
