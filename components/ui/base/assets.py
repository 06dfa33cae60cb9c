"""Load the JavaScript and CSS of the app's own components: plain files beside the Python, no build step."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_UI = Path(__file__).parents[1]


@cache
def asset(*names: str) -> str:
    """Return one or several files below `components/ui`, named like `results/family.js`, as one text."""
    return "\n".join((_UI / name).read_text(encoding="utf-8") for name in names)
