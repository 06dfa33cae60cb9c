r"""Variables of a prompt, written `{{subject}}`, that a person fills in before it is sent.

A single brace is the syntax of sheets (`sheets.prompt_syntax`), which leaves double braces as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\{\{[ \t]{0,8}([A-Za-z][\w -]{0,39}?)[ \t]{0,8}\}\}")
MOST_VARIABLES = 20


def variables_of(text: str) -> tuple[str, ...]:
    """Return the names of a prompt's variables in their order, each once; at most MOST_VARIABLES."""
    return tuple(dict.fromkeys(match[1] for match in VARIABLE.finditer(text)))[:MOST_VARIABLES]


def fill_variables(text: str, values: Mapping[str, str]) -> str:
    """Return a prompt with its variables replaced. A variable without a value stays as it is."""
    return VARIABLE.sub(lambda match: values.get(match[1], "").strip() or match[0], text)


def is_made_from(prompt: str, template: str) -> bool:
    """Return whether a prompt has all fixed texts of a template in their order, with anything before and after."""
    place = 0
    for piece in VARIABLE.split(template)[::2]:  # the others are the names
        found = prompt.find(piece.strip(), place)
        if found < 0:
            return False
        place = found + len(piece.strip())
    return bool(VARIABLE.sub("", template).strip())
