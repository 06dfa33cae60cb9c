r"""The braces of a prompt that stand for several texts.

| in the prompt | values |
|---|---|
| `{studio\|watercolor}` | every choice |
| `{2$$a\|b\|c}` | 2 of the choices, drawn at random; the same seed draws the same |
| `{1..10}`, `{0..100..25}` | every whole number of a range |
| `{lenses}` | every line of the saved list of this name |
| `{cat=>dog\|fox}` | the prompt as it is, then with each word in place of the first everywhere |
| `\{`, `\}` | the brace itself |

`{{subject}}` is a variable (`prompt_variables`) and stays as it is. Other braces stay as they are too, so that a prompt
in JSON needs no backslashes; but beside a group, a brace without its partner is an error. The syntax follows the
Dynamic Prompts extension of AUTOMATIC1111.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from components.parameters.kinds import shorten
from components.parameters.prompts.prompt_variables import VARIABLE
from components.parameters.rules import Problem
from components.parameters.sheets.axes import MAX_VALUES, PROMPT, Axis, AxisValue

_RANGE = re.compile(r"\s*(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(\d{1,9}))?\s*")
_DRAW = re.compile(r"\s*(\d{1,4})\$\$(.*)", re.DOTALL)
_NAME = re.compile(r"\s*([A-Za-z][\w-]{0,63})\s*")
_OPERATORS = ("|", "..", "=>", "$$")
_ESCAPED = re.compile(r"\\([{}|\\])")


class _Unreadable(ValueError):
    """A group of braces that cannot be read; its text is a sentence."""


@dataclass(frozen=True)
class PromptTemplate:
    """A prompt with its groups of braces as axes.

    `pieces` are the fixed texts; after the piece of place i follows the value of axis i. A replacement has no place of
    its own: `replaced` holds its old text by the axis's name.
    """

    pieces: tuple[str, ...]
    axes: tuple[Axis, ...]
    replaced: Mapping[str, str] = field(default_factory=dict)

    def text(self, chosen: Mapping[str, AxisValue]) -> str:
        """Return the prompt for one value of each axis, by the axis's name."""
        parts = [self.pieces[0]]
        for axis, piece in zip(self.axes, self.pieces[1:], strict=True):
            parts += ["" if axis.name in self.replaced else str(chosen[axis.name].value), piece]
        text = "".join(parts)
        for name, old in self.replaced.items():
            text = text.replace(old, str(chosen[name].value))
        return text.strip() if self.replaced else text


def read_prompt(
    prompt: str, lists: Mapping[str, Sequence[str]], *, seed: int = 0
) -> PromptTemplate | tuple[Problem, ...]:
    """Return a prompt's template, or a problem for each group of braces that cannot be read."""
    pieces, axes, replaced = [""], list[Axis](), dict[str, str]()
    problems: list[Problem] = []
    try:
        for is_group, text in _split(prompt):
            if not is_group:
                pieces[-1] += text
                continue
            try:
                name = f"{PROMPT}.{len(axes) + 1}"
                old, values = _values(text, lists, random.Random(f"{seed} {name} {text}"))  # noqa: S311 (no secret)
            except _Unreadable as unreadable:
                problems.append(Problem(PROMPT, str(unreadable)))
                continue
            if old is not None:
                replaced[name] = old
            label = f"{shorten(old)} →" if old is not None else _label(text)
            axes.append(Axis(name, label, tuple(AxisValue(value, shorten(value) or "nothing") for value in values)))
            pieces.append("")
    except _Unreadable as unreadable:
        problems.append(Problem(PROMPT, str(unreadable)))
    if not problems:
        problems += [
            Problem(PROMPT, f"“{shorten(old)}” is to be replaced, but the prompt does not contain it.")
            for old in replaced.values()
            if not any(old in piece for piece in pieces)
        ]
    return tuple(problems) if problems else PromptTemplate(tuple(pieces), _numbered(axes), replaced)


def groups_of(prompt: str) -> list[str]:
    """Return what stands between the braces of a prompt that have values, in order; [] for what cannot be read."""
    try:
        return [text for is_group, text in _split(prompt) if is_group]
    except _Unreadable:
        return []


def draws_at_random(prompt: str) -> bool:
    """Return whether a prompt has a random draw, so that another seed may make another sheet."""
    try:
        return any(is_group and _DRAW.fullmatch(text) for is_group, text in _split(prompt))
    except _Unreadable:
        return False


def _numbered(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Number the labels that several axes have."""
    labels = [axis.label for axis in axes]
    return tuple(
        replace(axis, label=f"{axis.label} {place}") if labels.count(axis.label) > 1 else axis
        for place, axis in enumerate(axes, 1)
    )


def _split(prompt: str) -> list[tuple[bool, str]]:
    """Return the prompt in order as fixed texts (False) and the insides of groups (True)."""
    parts: list[tuple[bool, str]] = []
    unbalanced: list[int] = []
    place = start = open_texts = 0
    while place < len(prompt):
        character = prompt[place]
        if character == "\\" and prompt[place + 1 : place + 2] in {"{", "}"}:
            parts.append((False, prompt[start:place] + prompt[place + 1]))
            place = start = place + 2
        elif match := VARIABLE.match(prompt, place):
            place = match.end()
        elif character == "{":
            end = _closing(prompt, place)
            inside = prompt[place + 1 : end]
            if end < 0 and any(sign in prompt[place:] for sign in _OPERATORS):
                raise _unbalanced(prompt, place)
            _refuse_nested(inside if end >= 0 else "")
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
        elif character == "}" and "|" in prompt[start:place] and "{" not in prompt[start:place]:
            raise _Unreadable(
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
    if unbalanced and any(is_group for is_group, _ in parts):
        raise _unbalanced(prompt, unbalanced[0])
    return parts


def _unbalanced(prompt: str, place: int) -> _Unreadable:
    """Return what is wrong with a brace that has no partner."""
    if prompt[place] == "{":
        found = f"A brace opens at “{shorten(prompt[place:])}” and does not close. Add a }} there"
    else:
        before = shorten(prompt[max(place - 40, 0) : place])
        found = f"A brace closes after “{before}” and was not opened. Add a {{ before it"
    return _Unreadable(f"{found}, or write \\{prompt[place]} for the brace itself.")


def _closing(text: str, start: int) -> int:
    """Return the place of the brace that closes the one at `start`; -1 without one."""
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    return -1


def _is_json(inside: str) -> bool:
    return inside.lstrip().startswith(('"', "'"))


def _refuse_nested(inside: str) -> None:
    outside = re.sub(r"\{[^{}]*\}", "", inside)
    if outside != inside and "|" in outside and not _is_json(inside):
        raise _Unreadable(f"{{{shorten(inside)}}} has braces inside braces. Write each combination as a choice.")


def _is_group(inside: str) -> bool:
    if _is_json(inside) or re.search(r"(?<!\\)[{}]", inside):
        return False
    has_sign = "|" in _ESCAPED.sub("", inside) or "=>" in inside or bool(_DRAW.fullmatch(inside))
    return has_sign or bool(_RANGE.fullmatch(inside)) or bool(_NAME.fullmatch(inside))


def _values(inside: str, lists: Mapping[str, Sequence[str]], chance: random.Random) -> tuple[str | None, Sequence[str]]:
    """Return a group's values, and before them the text that they replace or None."""
    if match := _RANGE.fullmatch(inside):
        return None, _range(inside, int(match[1]), int(match[2]), int(match[3] or 1))
    if match := _NAME.fullmatch(inside):
        return None, _saved(match[1], lists)
    if match := _DRAW.fullmatch(inside):
        choices = _choices(inside, match[2])
        count = int(match[1])
        if not 0 < count <= len(choices):
            raise _Unreadable(
                f"{{{shorten(inside)}}} draws {count} of {len(choices)} choices. Write 1 to {len(choices)}."
            )
        return None, [choices[place] for place in sorted(chance.sample(range(len(choices)), count))]
    if "=>" in inside:
        old, _, new = inside.partition("=>")
        old = old.strip()
        if not old:
            raise _Unreadable(f"{{{shorten(inside)}}} does not say what to replace. Write it before the =>.")
        return old, list(dict.fromkeys([old, *_choices(inside, new)]))
    return None, _choices(inside, inside)


def _choices(inside: str, text: str) -> list[str]:
    choices = [_ESCAPED.sub(r"\1", one).strip() for one in re.split(r"(?<!\\)\|", text)]
    if not all(choices):
        raise _Unreadable(f"{{{shorten(inside)}}} has an empty choice. Write a text on both sides of every |.")
    unique = list(dict.fromkeys(choices))
    _require_count(inside, len(unique))
    return unique


def _range(inside: str, first: int, last: int, step: int) -> list[str]:
    if step == 0:
        raise _Unreadable(f"{{{shorten(inside)}}} has a step of 0. Write 1 or more.")
    _require_count(inside, abs(last - first) // step + 1)
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return [str(number) for number in numbers]


def _saved(name: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if name not in lists:
        known = f" Saved lists: {', '.join(sorted(lists)[:8])}." if lists else " No list is saved yet."
        raise _Unreadable(f"There is no saved list “{name}”.{known} Write \\{{{name}\\}} for the words themselves.")
    values = list(dict.fromkeys(one.strip() for one in lists[name] if one.strip()))
    if not values:
        raise _Unreadable(f"The saved list “{name}” is empty.")
    _require_count(name, len(values))
    return values


def _require_count(inside: str, count: int) -> None:
    if count > MAX_VALUES:
        raise _Unreadable(f"{{{shorten(inside)}}} has {count:,} values; a sheet takes at most {MAX_VALUES} of each.")


def _label(inside: str) -> str:
    match = _NAME.fullmatch(inside)
    return match[1] if match else "Prompt"
