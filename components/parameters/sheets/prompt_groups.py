"""Find the groups of braces in a prompt, and what is wrong with braces that look like one."""

from __future__ import annotations

import re

from components.parameters.kinds import shorten
from components.parameters.prompts.prompt_variables import VARIABLE

RANGE = re.compile(r"\s*(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(\d{1,9}))?\s*")
DRAW = re.compile(r"\s*(?P<least>\d{1,4})(?:\s*-\s*(?P<most>\d{1,4}))?\$\$(?P<choices>.*)", re.DOTALL)
NAME = re.compile(r"\s*([A-Za-z][\w-]{0,63})\s*")
ESCAPED = re.compile(r"\\([{}|\\])")
_COUNT = re.compile(r"\s*\d[\d -]{0,20}\$\$")
# No name of a list, but meant as one: a list's name has no spaces.
_WORDS = re.compile(r"\s*[^\W\d_][\w -]{0,63}\s*")
_INNER = re.compile(r"(?<!\\)\{[^{}]*\}")
_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
# JSON begins with a text and a colon, or with a name, a colon and a text; a text alone is no choice either.
_JSON = re.compile(rf"\s*(?:{_STRING}\s*(?::|\Z)|[^\W\d][\w -]{{0,63}}:\s*{_STRING}\s*(?:[,;]|\Z))", re.DOTALL)
# Two numbers or letters with dots between them, or a number with dots alone: dots after a word are an ellipsis.
_BETWEEN = r"\d\s{0,9}\.{2,}\s{0,9}-?\d"
_RANGE_LIKE = re.compile(rf"{_BETWEEN}|\A\s*(?:-?\d{{1,9}}\.{{2,3}}|\.{{2,3}}-?\d{{1,9}}|[A-Za-z]\.\.[A-Za-z])\s*\Z")
_OPERATOR = re.compile(rf"\||=>|\$\$|{_BETWEEN}")
MOST_LEVELS = 30


class UnreadableBraces(ValueError):
    """Braces that cannot be read; its text is a sentence."""


def split_groups(prompt: str) -> list[tuple[bool, str]]:
    """Return the prompt in order as fixed texts (False) and the insides of groups (True)."""
    parts, unbalanced = _split(prompt)
    if unbalanced and any(is_group for is_group, _ in parts):
        raise _unbalanced(prompt, unbalanced[0])
    return parts


def unbalanced_note(prompt: str) -> str:
    """Return what becomes of a prompt's first brace without a partner where it is no mistake; else ""."""
    if "{" not in prompt and "}" not in prompt:
        return ""
    try:
        parts, unbalanced = _split(prompt)
    except UnreadableBraces:
        return ""
    if not unbalanced or any(is_group for is_group, _ in parts):
        return ""
    return f"{_found_unbalanced(prompt, unbalanced[0])}. It is sent as it is."


def _split(prompt: str) -> tuple[list[tuple[bool, str]], list[int]]:
    """Return what `split_groups` does, and the places of the braces without a partner."""
    parts: list[tuple[bool, str]] = []
    unbalanced: list[int] = []
    partners, last_sign = _partners(prompt), max((sign.start() for sign in _OPERATOR.finditer(prompt)), default=-1)
    place = start = open_texts = 0
    while place < len(prompt):
        character = prompt[place]
        if character == "\\" and prompt[place + 1 : place + 2] in {"{", "}"}:
            parts.append((False, prompt[start:place] + prompt[place + 1]))
            place = start = place + 2
        elif match := VARIABLE.match(prompt, place):
            place = match.end()
        elif character == "{":
            end = partners.get(place, -1)
            inside = prompt[place + 1 : end] if end >= 0 else ""
            if end < 0 and place < last_sign:
                raise _unbalanced(prompt, place)
            _refuse_nested(inside)
            if end >= 0 and _is_group(inside):
                parts += [(False, prompt[start:place]), (True, inside)]
                place = start = end + 1
            elif end >= 0 and _is_json(inside):  # every brace inside stays as it is too
                place = end + 1
            else:
                if end >= 0:
                    open_texts += 1
                else:
                    unbalanced.append(place)
                place += 1
        elif character == "}" and prompt.find("|", start, place) >= 0 > prompt.find("{", start, place):
            raise UnreadableBraces(
                f"A brace closes after “{shorten(prompt[start:place])}” and was not opened. Add a {{ before the "
                "first choice, or write \\} for the brace itself."
            )
        else:
            if character == "}" and open_texts:
                open_texts -= 1
            elif character == "}":
                unbalanced.append(place)
            place += 1
    parts.append((False, prompt[start:]))
    return parts, unbalanced


def _unbalanced(prompt: str, place: int) -> UnreadableBraces:
    """Return what is wrong with a brace that has no partner."""
    advice = "Add a } there" if prompt[place] == "{" else "Add a { before it"
    return UnreadableBraces(
        f"{_found_unbalanced(prompt, place)}. {advice}, or write \\{prompt[place]} for the brace itself."
    )


def _found_unbalanced(prompt: str, place: int) -> str:
    """Return where a brace without a partner stands."""
    if prompt[place] == "{":
        return f"A brace opens at “{shorten(prompt[place:])}” and does not close"
    return f"A brace closes after “{shorten(prompt[max(place - 40, 0) : place])}” and was not opened"


def _partners(text: str) -> dict[int, int]:
    """Return the place of each closing brace by that of the one it closes. Refuse more than MOST_LEVELS of braces."""
    partners: dict[int, int] = {}
    levels: dict[int, int] = {}
    opened: list[int] = []
    place = 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == "{":
            opened.append(place)
        elif text[place] == "}" and opened:
            start = opened.pop()
            partners[start] = place
            level = levels.pop(len(opened) + 1, 0) + 1
            levels[len(opened)] = max(levels.get(len(opened), 0), level)
            if level > MOST_LEVELS:
                raise UnreadableBraces(f"Braces are nested more than {MOST_LEVELS} levels deep. Send them as they are.")
        place += 1
    return partners


def _is_json(inside: str) -> bool:
    return _JSON.match(inside) is not None


def _is_text(inside: str) -> bool:
    """Return whether braces hold JSON, a style sheet or a face, where the signs of a group are punctuation."""
    return any(sign in inside for sign in ':;"')


def _refuse_nested(inside: str) -> None:
    outside = _INNER.sub("", inside)
    if outside == inside or _is_json(inside):
        return
    if "|" in outside or "=>" in outside or (not _is_text(outside) and _OPERATOR.search(inside)):
        raise UnreadableBraces(
            f"{{{shorten(inside)}}} has braces inside braces. Write each combination as a choice, or \\{{ and \\}} for "
            "the braces themselves."
        )


def _is_group(inside: str) -> bool:
    """Return whether braces are a group, or look like one that cannot be read."""
    if _is_json(inside) or re.search(r"(?<!\\)[{}]", inside):
        return False
    if "|" in ESCAPED.sub("", inside) or "=>" in inside or _COUNT.match(inside):
        return True
    return not _is_text(inside) and (looks_like_range(inside) or "$$" in inside or is_bare(inside))


def looks_like_range(inside: str) -> bool:
    """Return whether a text is a range, or can only be meant as one."""
    return _RANGE_LIKE.search(inside) is not None


def is_bare(inside: str) -> bool:
    """Return whether there is nothing in the braces, or words that can only be meant as a list's name."""
    return not inside.strip() or bool(_WORDS.fullmatch(inside))
