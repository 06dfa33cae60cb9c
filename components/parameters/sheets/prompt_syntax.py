r"""The braces of a prompt that stand for several texts.

| in the prompt | values |
|---|---|
| `{studio\|watercolor}` | every choice |
| `{2$$a\|b\|c}`, `{2$$lenses}` | 2 of the choices, drawn at random; the same seed draws the same |
| `{1-2$$a\|b\|c}` | 1 or 2 of the choices: how many is drawn too |
| `{1..10}`, `{0..100..25}` | every whole number of a range |
| `{lenses}` | every line of the saved list of this name |
| `{cat=>dog\|fox}` | the prompt as it is, then with each word in place of the first everywhere |
| `\{`, `\}` | the brace itself, also in a single run |

`{{subject}}` is a variable (`prompt_variables`) and stays as it is. Other braces stay as they are too, so that a prompt
in JSON needs no backslashes; but what looks like a group and is none is an error, and so is a brace without its partner
beside a group. The syntax follows the Dynamic Prompts extension of AUTOMATIC1111.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

from components.parameters.kinds import shorten
from components.parameters.rules import Problem
from components.parameters.sheets.axes import MAX_VALUES, PROMPT, Axis, AxisValue
from components.parameters.sheets.prompt_groups import (
    DRAW,
    ESCAPED,
    NAME,
    RANGE,
    UnreadableBraces,
    is_bare,
    looks_like_range,
    split_groups,
)

MOST_TRIED = 1000
MOST_GROUPS = 20
_OR_BRACE = ", or \\{ and \\} for the braces themselves."


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
        text = self.before(chosen)
        for name, old in self.replaced.items():
            text = text.replace(old, str(chosen[name].value))
        return text.strip() if self.replaced else text

    def before(self, chosen: Mapping[str, AxisValue]) -> str:
        """Return the prompt before anything in it is replaced."""
        parts = [self.pieces[0]]
        for axis, piece in zip(self.axes, self.pieces[1:], strict=True):
            parts += ["" if axis.name in self.replaced else str(chosen[axis.name].value), piece]
        return "".join(parts)


def read_prompt(
    prompt: str, lists: Mapping[str, Sequence[str]], *, seed: int = 0
) -> PromptTemplate | tuple[Problem, ...]:
    """Return a prompt's template, or a problem for each group of braces that cannot be read."""
    pieces, axes, replaced = [""], list[Axis](), dict[str, str]()
    problems: list[Problem] = []
    try:
        parts = split_groups(prompt)
        if (count := sum(is_group for is_group, _ in parts)) > MOST_GROUPS:
            return (Problem(PROMPT, _too_many(count)),)
        for is_group, text in parts:
            if not is_group:
                pieces[-1] += text
                continue
            try:
                name = f"{PROMPT}.{len(axes) + 1}"
                old, values = _values(text, lists, random.Random(f"{seed} {name} {text}"))  # noqa: S311 (no secret)
            except UnreadableBraces as unreadable:
                problems.append(Problem(PROMPT, str(unreadable)))
                continue
            if old is not None:
                replaced[name] = old
            label = f"{shorten(old)} →" if old is not None else _label(text)
            axes.append(Axis(name, label, tuple(AxisValue(value, shorten(value) or "nothing") for value in values)))
            pieces.append("")
    except UnreadableBraces as unreadable:
        problems.append(Problem(PROMPT, str(unreadable)))
    if problems:
        return tuple(problems)
    template = PromptTemplate(_joined(pieces, axes, replaced), _numbered(axes), replaced)
    return _without_effect(template) or template


def _joined(pieces: Sequence[str], axes: Sequence[Axis], replaced: Mapping[str, str]) -> tuple[str, ...]:
    """Drop one of the two spaces around each replacement, which leaves nothing at its own place."""
    joined, before = [pieces[0]], pieces[0]
    for axis, piece in zip(axes, pieces[1:], strict=True):
        if axis.name in replaced:
            piece = piece[1:] if before.endswith((" ", "\n")) and piece.startswith(" ") else piece
            before += piece
        else:
            before = piece
        joined.append(piece)
    return tuple(joined)


def _without_effect(template: PromptTemplate) -> tuple[Problem, ...]:
    """Return a problem for each replacement of a text that is in none of the prompts, nor in what replaces another.

    Of many combinations the first MOST_TRIED are composed.
    """
    missing, new = dict[str, str](), list[str]()
    for axis in template.axes:
        if (old := template.replaced.get(axis.name)) is not None:
            if not any(old in text for text in (*template.pieces, *new)):
                missing[axis.name] = old
            new += [str(one.value) for one in axis.values]
    if missing:
        places = [axis for axis in template.axes if axis.name not in template.replaced]
        for values in islice(product(*(axis.values for axis in places)), MOST_TRIED):
            text = template.before({axis.name: one for axis, one in zip(places, values, strict=True)})
            missing = {name: old for name, old in missing.items() if old not in text}
    return tuple(
        Problem(PROMPT, f"“{shorten(old)}” is to be replaced, but the prompt does not contain it.")
        for old in missing.values()
    )


def _too_many(count: int) -> str:
    return f"The prompt has {count:,} braces with choices; at most {MOST_GROUPS} are read. Send them as they are."


def single_text(prompt: str) -> str:
    """Return the one text of a prompt without choices: a brace after a backslash is the brace itself.

    A prompt with choices stays as it is written, and so does one that cannot be read.
    """
    try:
        parts = split_groups(prompt)
    except UnreadableBraces:
        return prompt
    return prompt if any(is_group for is_group, _ in parts) else "".join(text for _, text in parts)


def groups_of(prompt: str) -> list[str]:
    """Return what stands between the braces of a prompt that have values, in order; [] for what cannot be read."""
    try:
        return [text for is_group, text in split_groups(prompt) if is_group]
    except UnreadableBraces:
        return []


def draws_at_random(prompt: str) -> bool:
    """Return whether a prompt has a random draw, so that another seed may make another sheet."""
    try:
        return any(is_group and DRAW.fullmatch(text) for is_group, text in split_groups(prompt))
    except UnreadableBraces:
        return False


def has_groups(prompt: str) -> bool:
    """Return whether a prompt has braces that are read as several texts."""
    try:
        return any(is_group for is_group, _ in split_groups(prompt))
    except UnreadableBraces:
        return False


def lists_named(prompt: str) -> list[str]:
    """Return the names in a prompt's braces that are read as those of saved lists, in order."""
    groups = ((DRAW.fullmatch(text), text) for text in groups_of(prompt))
    found = (NAME.fullmatch(draw["choices"] if draw else text) for draw, text in groups)
    return [match[1] for match in found if match]


def names_list(prompt: str, name: str) -> bool:
    """Return whether a prompt names a saved list in its braces."""
    return re.search(rf"(?:\{{|\$\$)\s*{re.escape(name)}\s*\}}", prompt) is not None


def _numbered(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Number the labels that several axes have."""
    labels = [axis.label for axis in axes]
    return tuple(
        replace(axis, label=f"{axis.label} {place}") if labels.count(axis.label) > 1 else axis
        for place, axis in enumerate(axes, 1)
    )


def _values(inside: str, lists: Mapping[str, Sequence[str]], chance: random.Random) -> tuple[str | None, Sequence[str]]:
    """Return a group's values, and before them the text that they replace or None."""
    if match := DRAW.fullmatch(inside):
        least = int(match["least"])
        return None, _drawn(inside, least, int(match["most"] or least), match["choices"], lists, chance)
    if "$$" in inside and "|" not in inside.partition("$$")[0]:
        raise UnreadableBraces(
            f"{_shown(inside)} is not a draw. Write how many before $$, as in {{2$$a|b|c}} or {{1-2$$a|b|c}}{_OR_BRACE}"
        )
    if "=>" in inside:
        old, _, new = inside.partition("=>")
        old = old.strip()
        if not old:
            raise UnreadableBraces(f"{_shown(inside)} does not say what to replace. Write it before the =>.")
        values = _listed(inside, new, lists) if looks_like_range(new) else _choices(inside, new)
        return old, list(dict.fromkeys([old, *values]))
    return None, _listed(inside, inside, lists)


def _drawn(
    inside: str, least: int, most: int, text: str, lists: Mapping[str, Sequence[str]], chance: random.Random
) -> Sequence[str]:
    """Return some of the choices, of the numbers of a range, or of the values of a saved list: `least` to `most`."""
    if "$$" in text:
        raise UnreadableBraces(
            f"{_shown(inside)} has $$ twice. Each choice that is drawn is a run of its own, so nothing joins them. "
            "Write {2$$a|b|c}."
        )
    choices = _listed(inside, text, lists)
    if not 0 < least <= most <= len(choices):
        wanted = str(least) if least == most else f"{least} to {most}"
        raise UnreadableBraces(f"{_shown(inside)} draws {wanted} of {len(choices)} choices. Write 1 to {len(choices)}.")
    count = least if least == most else chance.randint(least, most)
    return [choices[place] for place in sorted(chance.sample(range(len(choices)), count))]


def _listed(inside: str, text: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the values that a text names: a range, a saved list, or choices."""
    if match := RANGE.fullmatch(text):
        return _range(inside, int(match[1]), int(match[2]), int(match[3] or 1))
    if "|" not in text and text.strip() and is_bare(text):
        return _saved(text.strip(), lists)
    if "|" not in text and looks_like_range(text):
        raise UnreadableBraces(
            f"{_shown(inside)} is not a range of whole numbers. Write one such as {{1..10}}{_OR_BRACE}"
        )
    return _choices(inside, text)


def _shown(inside: str) -> str:
    return f"{{{shorten(inside)}}}"


def _choices(inside: str, text: str) -> list[str]:
    choices = [ESCAPED.sub(r"\1", one).strip() for one in re.split(r"(?<!\\)\|", text)]
    if choices == [""]:
        raise UnreadableBraces(f"{_shown(inside)} has an empty choice. Write the choices, as in {{a|b}}{_OR_BRACE}")
    if not all(choices):
        raise UnreadableBraces(f"{_shown(inside)} has an empty choice. Write a text on both sides of every |.")
    if ranges := [one for one in choices if RANGE.fullmatch(one)] if len(choices) > 1 else []:
        raise UnreadableBraces(f"{_shown(inside)} has the range {shorten(ranges[0])} as a choice. Write each number.")
    unique = list(dict.fromkeys(choices))
    _require_count(inside, len(unique))
    return unique


def _range(inside: str, first: int, last: int, step: int) -> list[str]:
    if step == 0:
        raise UnreadableBraces(f"{_shown(inside)} has a step of 0. Write 1 or more.")
    _require_count(inside, abs(last - first) // step + 1)
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return [str(number) for number in numbers]


def _saved(name: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if name not in lists:
        known = f" Saved lists: {', '.join(sorted(lists)[:8])}." if lists else " No list is saved yet."
        known = known if NAME.fullmatch(name) else f" A list’s name has no spaces and begins with A to Z.{known}"
        raise UnreadableBraces(
            f"There is no saved list “{name}”.{known} Write \\{{{name}\\}} for the words themselves."
        )
    values = list(dict.fromkeys(one.strip() for one in lists[name] if one.strip()))
    if not values:
        raise UnreadableBraces(f"The saved list “{name}” is empty.")
    _require_count(name, len(values))
    return values


def _require_count(inside: str, count: int) -> None:
    if count > MAX_VALUES:
        raise UnreadableBraces(f"{_shown(inside)} has {count:,} values; a sheet takes at most {MAX_VALUES} of each.")


def _label(inside: str) -> str:
    draw = DRAW.fullmatch(inside)
    match = NAME.fullmatch(draw["choices"] if draw else inside)
    return match[1] if match else "Prompt"
