"""Texts that a person typed last: the browser has them before the server, and lays them over a restored draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

# Puts a text into the states of a session, or of a draft, by their keys.
PutText = Callable[[MutableMapping[Any, Any], str], None]
# The text fields whose texts belong to drafts: how a text is put there, by the key of its widget.
TextHomes = Mapping[str, PutText]

# Characters of one text; a longer one is left as the draft has it. The longest prompt has 32,000.
LONGEST = 100_000


def lay_over(states: MutableMapping[Any, Any], texts: object, homes: TextHomes) -> None:
    """Put the texts that a browser sent, by the keys of their widgets, over what is in the states."""
    if not isinstance(texts, Mapping):
        return
    for key, put in homes.items():
        text = texts.get(key)
        if isinstance(text, str) and len(text) <= LONGEST:
            put(states, text)


def put_value(key: str, states: MutableMapping[Any, Any], text: str) -> None:
    """Put a text where the widget's own value is what is kept."""
    states[key] = text
