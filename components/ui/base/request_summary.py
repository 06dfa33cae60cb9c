"""What a run was asked, beside its prompt, in one line: the model and every value that is not the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.parameters import Parameter, applicable
from components.runs import RunView

# Shown in another way: as words, as images, as a name of a file or of a person.
ELSEWHERE = frozenset({"prompt", "text", "model", "image", "image_urls", "mask", "markup", "schema", "input_type"})
SILENT = ELSEWHERE | {"output_field", "user", "stream", "simplify"}


def value_text(value: Any) -> str:
    """A value as people read it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def asked_line(view: RunView) -> str:
    """Such as "gpt-image-2 · Size 1536x1024 · Quality high · 2 images in, mask"."""
    return " · ".join([view.model, *_values(view), *_inputs(view)])


def _values(view: RunView) -> Iterator[str]:
    given: Mapping[str, Any] = view.recipe.get("values", {})
    for one in applicable(view.operation, view.model, dict(given)):
        if _is_told(one, given.get(one.name, one.default)):
            yield f"{one.label} {value_text(given[one.name])}"


def _is_told(parameter: Parameter, value: Any) -> bool:
    return parameter.name not in SILENT and value is not None and value != parameter.default


def _inputs(view: RunView) -> Iterator[str]:
    roles = [str(one.get("role")) for one in view.recipe.get("inputs") or ()]
    count = roles.count("image") + len(view.recipe.get("values", {}).get("image_urls") or ())
    if count:
        others = [name for name in ("mask", "markup") if name in roles]
        yield ", ".join([f"{count} image in" if count == 1 else f"{count} images in", *others])
