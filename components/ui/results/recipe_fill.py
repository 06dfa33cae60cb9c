"""Fills a form from an untrusted recipe, with those of its inputs that this library has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.parameters import InputImage, read_recipe
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_recipe


def fill_from_recipe(data: Any) -> tuple[str, int]:
    """Fill the form from a recipe. Return its operation and the number of inputs missing in this library.

    Raises Invalid when `data` is not a recipe.
    """
    operation, raw = read_recipe(data)
    found: dict[str, list[InputImage]] = {}
    missing = 0
    listed = data.get("inputs")
    for one in listed if isinstance(listed, list) else ():
        image = workbench().library.input(str(one.get("sha256"))) if isinstance(one, Mapping) else None
        if image is None:
            missing += 1
        else:
            found.setdefault(str(one.get("role")), []).append(image)
    load_recipe(operation, raw, data, found)
    return operation, missing
