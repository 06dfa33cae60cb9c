"""A sheet's template within a recipe, so that an image that was downloaded brings its sheet along."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from components.parameters.kinds import Invalid
from components.parameters.sheets.axes import MAX_VALUES, PROMPT
from components.parameters.sheets.template import SheetTemplate, read_template

KEY = "sheet"  # in a recipe
MAX_BYTES = 64_000  # of JSON
_MAX_SEED = 1 << 63


def with_sheet(recipe: Mapping[str, Any], template: SheetTemplate) -> dict[str, Any]:
    """Return a recipe with a sheet's template; without it where that is longer than MAX_BYTES.

    Of the saved lists, only those go along that the prompt names.
    """
    prompt = str(template.values.get(PROMPT) or "")
    lists = {name: values for name, values in template.lists.items() if name in prompt}
    data = replace(template, lists=lists).as_json()
    return {**recipe, KEY: data} if len(json.dumps(data)) <= MAX_BYTES else dict(recipe)


def sheet_in(recipe: Any) -> SheetTemplate | None:
    """Return the sheet in an untrusted recipe; None where there is none, or one that no form can take."""
    data = recipe.get(KEY) if isinstance(recipe, Mapping) else None
    try:
        if not isinstance(data, Mapping) or len(json.dumps(data)) > MAX_BYTES:
            return None
        template = read_template(data)
    except (Invalid, ValueError, TypeError, RecursionError):
        return None
    several = (*template.varied.values(), *template.lists.values(), *template.added.values())
    is_usable = (
        template.operation == recipe.get("operation")
        and all(len(values) <= MAX_VALUES and _are_plain(values) for values in several)
        and abs(template.seed) < _MAX_SEED
    )
    return template if is_usable else None


def _are_plain(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str | int | float) for value in values)
