"""The browser side of our own components: plain JavaScript and CSS beside this file, no build step."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "frontend"


@cache
def asset(*names: str) -> str:
    """The text of one or several files of `frontend/`, one after the other."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
