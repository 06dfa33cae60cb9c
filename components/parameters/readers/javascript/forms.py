"""Read the fields of a form that JavaScript fills, from source that is parsed and never executed."""

from __future__ import annotations

import re
from typing import Any

from components.parameters.readers.curl import put_field
from components.parameters.readers.javascript.values import Source
from components.parameters.readers.reading import OpenedFile

_FORM = re.compile(r"\s*new\s+FormData\s*\(")


def fields_of_form(source: Source) -> dict[str, Any] | None:
    """Return the fields of the first form that the source fills; None without one."""
    form = next((name for name, at in source.declared.items() if _FORM.match(source.code, at)), None)
    if form is None:
        return None
    body: dict[str, Any] = {}
    for found in re.finditer(rf"(?<![\w$.]){re.escape(form)}\s*\.\s*(?:append|set)\s*\(", source.code):
        name, end = source.value(found.end())
        value, _ = source.value(end + 1)
        if isinstance(value, OpenedFile):
            body.setdefault(str(name), []).append(value)
        else:
            put_field(body, str(name), value)
    return body
