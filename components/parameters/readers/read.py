"""Recognize what was pasted and read it with the reader of its format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.parameters.export.request_parts import CALLS
from components.parameters.kinds import Invalid, text_of
from components.parameters.operations import OPERATIONS
from components.parameters.readers.body import operation_of_body, read_body
from components.parameters.readers.curl import looks_like_command, read_curl
from components.parameters.readers.infotext import looks_like_infotext, read_infotext
from components.parameters.readers.javascript.call import looks_like_javascript, read_javascript
from components.parameters.readers.keys import without_keys
from components.parameters.readers.n8n import looks_like_n8n, read_n8n
from components.parameters.readers.python_call import read_python
from components.parameters.readers.python_post import looks_like_post
from components.parameters.readers.reading import MAX_CHARACTERS, MAX_UNREAD, Reading, read_json
from components.parameters.recipes.recipe import read_recipe

# Other calls of the openai packages.
_OTHER_CALL = re.compile(
    r"\b((?:chat\.completions|completions|embeddings|images|responses|audio\.\w{1,40}|files|models|moderations)"
    r"\.(?:create\w{0,20}|parse|stream|generate|edit|retrieve|list|delete))[ \t]{0,20}\("
)


def read_request(text: str) -> Reading:
    """Return what a pasted request asks for, without any key in it.

    Takes a curl command, a JSON body, a call in Python or JavaScript, an n8n node or workflow, a recipe or an
    AUTOMATIC1111 infotext. Raise Invalid, with one sentence, for anything else and for text beyond the limits.
    """
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"This has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.")
    text, had_key = without_keys(text_of(text).strip())
    reading = _read(text)
    unread = list(dict.fromkeys(reading.unread))
    if len(unread) > MAX_UNREAD:
        unread = [*unread[:MAX_UNREAD], f"{len(unread) - MAX_UNREAD} more"]
    return replace(reading, unread=unread, had_key=had_key or reading.had_key)


def _read(text: str) -> Reading:
    if not text:
        raise Invalid("Paste a request first.")
    if looks_like_infotext(text):
        return read_infotext(text)
    if text[0] in "{[" and "printf %s" not in text[:40]:
        return _read_data(read_json(text, "This text"))
    if looks_like_javascript(text):
        return read_javascript(text)
    if any(f"{call}(" in text for call in CALLS.values()) or looks_like_post(text):
        return read_python(text)
    if looks_like_command(text):
        return read_curl(text)
    if (other := _OTHER_CALL.search(text)) and other[1] not in CALLS.values():
        raise Invalid(f"This calls {other[1]}. Only {', '.join(CALLS.values())} can be read.")
    raise Invalid(
        "This is not a request that can be read. Paste a curl command, JSON, a call in Python or JavaScript, an n8n "
        "node, a recipe or an infotext. Words for a prompt go into the prompt’s field."
    )


def _read_data(data: Any) -> Reading:
    if looks_like_n8n(data):
        return read_n8n(data)
    if not isinstance(data, Mapping):
        raise Invalid("This JSON is not an object, so it is not a request.")
    if "image_workbench" in data:
        return _read_recipe(data)
    return read_body(operation_of_body(data), data)


def _read_recipe(data: Mapping[str, Any]) -> Reading:
    operation, values = read_recipe(data)
    known = {one.name for one in OPERATIONS[operation].parameters}
    unread = [str(name)[:60] for name in data.get("values", {}) if name not in known]
    listed = data.get("inputs")
    files = [
        (str(one.get("role")), str(one.get("name"))[:200])
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping)
    ]
    return Reading(operation, values, unread, files, recipe=data)
