"""Escape text of people and servers for the places where Streamlit parses Markdown.

Streamlit parses labels, captions, toasts, tooltips and options of some widgets. Besides Markdown it turns certain
letters into links, icons, emoji, formulas and arrows. Text that this app did not write itself goes through `escape`.
"""

from __future__ import annotations

import re

# Invisible, and nothing is broken there: it takes apart what Streamlit would otherwise look for after its own parser
# has read the backslashes away (addresses, shortcodes, arrows).
JOINER = "\u2060"

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~&=^:])")
_TO_SPLIT = re.compile(
    r":(?=[A-Za-z_+\-/]|\d+[A-Za-z_]|(?:100|1234):)"  # https://, :material/home:, :smile:
    r"|@(?=[\w-])"  # name@example.com
    r"|\bwww(?=\.)"
    r"|(?<!\S)(?:<(?=->(?!\S))|[-<](?=-(?!\S))|-(?=>(?!\S))|[<>~](?=\=(?!\S)))",  # <-> <- -- -> <= >= ~=
    re.IGNORECASE,
)
# Words without anything that Markdown or Streamlit would read as more than letters.
_PLAIN_WORDS = re.compile(r"[^\W_]+(?:[ _-][^\W_]+)*")
_BLANK_LINES = re.compile(r"\s*\n\s*")


def escape(text: str) -> str:
    """Return text that Markdown shows unchanged, in one paragraph. Blank lines are left out."""
    return _escaped(_BLANK_LINES.sub("\n", text.strip()))


def escape_label(text: str) -> str:
    """Return text for the label of a field, with backslashes only where Markdown would change it.

    Streamlit gives the label to screen readers as it is written.
    """
    return text if _PLAIN_WORDS.fullmatch(text) else escape(text)


def escape_lines(text: str) -> str:
    """Return text that Markdown shows unchanged, line by line."""
    return "  \n".join(_escaped(line.lstrip()) or "\u00a0" for line in text.strip().splitlines())


def _escaped(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", _TO_SPLIT.sub(lambda match: match[0] + JOINER, text))
