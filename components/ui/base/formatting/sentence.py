"""Texts that begin a sentence."""

from __future__ import annotations


def capitalized(text: str) -> str:
    """Return a text with a capital first letter; unlike `str.capitalize` it leaves all others as they are."""
    return text[:1].upper() + text[1:]
