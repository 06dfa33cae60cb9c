"""How a text is written into a prompt's field, where braces can stand for several texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from components.parameters.prompts.prompt_variables import VARIABLE
from components.parameters.sheets.prompt_groups import UnreadableBraces, split_groups

_BRACE = re.compile(r"[{}]")
_BRACE_OR_VARIABLE = re.compile(rf"{VARIABLE.pattern}|[{{}}]")


@lru_cache(maxsize=64)  # the prompts that a form recalls, at each of its reruns
def as_written(text: str, *, keeps_variables: bool = False) -> str:
    """Return the prompt that is read as this one text: one that was sent, or that a model answered.

    Braces get backslashes where they would be read as something else; those of JSON stay as they are. Variables were
    filled in before a text was sent, so what looks like one is text too, unless it `keeps_variables`. A text with too
    many levels of braces cannot be written, and is returned as it is.
    """
    if not _BRACE.search(text):
        return text
    for prompt in _candidates(text, keeps_variables=keeps_variables):
        if _read(prompt) == [(False, text)]:
            return prompt
    return text


def _candidates(text: str, *, keeps_variables: bool) -> Iterator[str]:
    """Yield the text without backslashes, with those of its choices, and with one before every brace."""
    if keeps_variables or not VARIABLE.search(text):
        yield text
        yield "".join(_escaped(f"{{{part}}}") if is_group else part for is_group, part in _read(text))
    yield _escaped(text, keeps_variables=keeps_variables)


def _escaped(text: str, *, keeps_variables: bool = False) -> str:
    if keeps_variables:
        return _BRACE_OR_VARIABLE.sub(lambda match: match[0] if match[1] else f"\\{match[0]}", text)
    return _BRACE.sub(r"\\\g<0>", text)


def _read(prompt: str) -> list[tuple[bool, str]]:
    """Return the choices of a prompt (True) and the texts between them, one each; [] where it cannot be read."""
    joined = [(False, "")]
    try:
        parts = split_groups(prompt)
    except UnreadableBraces:
        return []
    for is_group, part in parts:
        if is_group or joined[-1][0]:
            joined.append((is_group, part))
        else:
            joined[-1] = False, joined[-1][1] + part
    return joined
