"""A run in short: its state, and one line with the model and every value that differs from its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.parameters import Parameter, applicable
from components.runs import RunView
from components.ui.base.formatting.markdown_text import escape

# Shown in another way: as words, as images, as a name of a file or of a person.
SHOWN_SEPARATELY = frozenset(
    {"prompt", "text", "model", "image", "image_urls", "mask", "markup", "schema", "input_type"}
)
NOT_SHOWN = SHOWN_SEPARATELY | {"output_field", "user", "stream", "partial_images", "simplify"}


_BADGES = {"queued": ":gray-badge[waiting]", "running": ":green-badge[running]"}


def state_badge(view: RunView) -> str:
    """Return the Markdown of a badge that says whether a run waits or is under way."""
    return _BADGES.get(view.state, escape(view.state))


def value_text(value: Any) -> str:
    """Return a value as people read it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def request_line(view: RunView, *, with_inputs: bool = True) -> str:
    """Return a line like "gpt-image-2 · Size 1536x1024 · Quality high · 2 input images, mask"."""
    return " · ".join([view.model, *_values(view), *(_inputs(view) if with_inputs else ())])


def _values(view: RunView) -> Iterator[str]:
    given: Mapping[str, Any] = view.recipe.get("values", {})
    for one in applicable(view.operation, view.model, dict(given)):
        if _is_shown(one, given.get(one.name, one.default)):
            yield f"{one.label} {value_text(given[one.name])}"


def _is_shown(parameter: Parameter, value: Any) -> bool:
    return parameter.name not in NOT_SHOWN and value is not None and value != parameter.default


def _inputs(view: RunView) -> Iterator[str]:
    roles = [str(one.get("role")) for one in view.recipe.get("inputs") or ()]
    count = roles.count("image") + len(view.recipe.get("values", {}).get("image_urls") or ())
    if count:
        others = [name for name in ("mask", "markup") if name in roles]
        yield ", ".join(["1 input image" if count == 1 else f"{count} input images", *others])
