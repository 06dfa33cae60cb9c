"""Styles: texts that are added before or after any prompt. What comes of it is what is shown, sent and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """A named text, added after the prompt, or before it."""

    id: str
    name: str
    text: str
    is_before: bool = False


def with_styles(prompt: str, styles: Sequence[Style]) -> str:
    """Return a prompt with its styles in their order. A text that the prompt has already is not added again."""
    if not prompt.strip():
        return prompt
    for style in styles:
        if style.text in prompt:
            continue
        first, second = (style.text, prompt) if style.is_before else (prompt, style.text)
        first = first.rstrip()
        prompt = f"{first}{' ' if first[-1] in '.,;:!?' else ', '}{second.lstrip()}"
    return prompt


def lines_with_styles(prompt: str, styles: Sequence[Style]) -> str:
    """Return a prompt of several lines, each a prompt of its own, with the styles added to each."""
    return "\n".join(with_styles(line, styles) for line in prompt.splitlines())
