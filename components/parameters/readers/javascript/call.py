"""Read a call of the openai package of npm, of axios or of `fetch` from JavaScript. Nothing is executed."""

from __future__ import annotations

import re
from typing import Any

from components.parameters.export.request_parts import CALLS, PATHS
from components.parameters.kinds import Invalid
from components.parameters.readers.body import read_body
from components.parameters.readers.javascript.axios import axios_calls, headers_have_key, looks_like_axios, read_axios
from components.parameters.readers.javascript.forms import fields_of_form
from components.parameters.readers.javascript.values import Source
from components.parameters.readers.reading import Reading, check_depth

_PACKAGE_CALL = re.compile(rf"\b({'|'.join(map(re.escape, CALLS.values()))})\s*\(\s*(?=[{{\w])")
_OBJECT_CALL = re.compile(rf"(?:{'|'.join(map(re.escape, CALLS.values()))})\s*\(\s*\{{")
_FETCHES = re.compile(r"\b(?:await|return|=)\s*fetch\s*\(|^[ \t]*fetch\s*\(", re.MULTILINE)
_FETCH = re.compile(r"\bfetch\s*\(")


def looks_like_javascript(text: str) -> bool:
    """Return whether a text calls the npm package with an object, axios or `fetch`."""
    return bool(_OBJECT_CALL.search(text) or _FETCHES.search(text) or looks_like_axios(text))


def read_javascript(text: str) -> Reading:
    """Return the values of the first call. Raise Invalid if there is none, or if it cannot be read."""
    source = Source(text)
    calls = list(_PACKAGE_CALL.finditer(source.code))
    if not calls and (posts := axios_calls(source)):
        reading = read_axios(source, *posts[0])
        reading.unread += ["the calls after the first"] if len(posts) > 1 else []
        return reading
    had_key = False
    if calls:
        operation = next(one for one, path in CALLS.items() if path == calls[0][1])
        body, _ = source.value(calls[0].end())
    elif calls := list(_FETCH.finditer(source.code)):
        operation, body, had_key = _fetched(source, calls[0].end())
    else:
        raise Invalid(f"This JavaScript has no call of fetch, axios, {', '.join(CALLS.values())}.")
    if not isinstance(body, dict):
        raise Invalid("The body of this call is not in the text. Copy the code that makes it too.")
    check_depth(body, "This call")
    reading = read_body(operation, body)
    reading.had_key |= had_key
    reading.unread += ["the calls after the first"] if len(calls) > 1 else []
    return reading


def _fetched(source: Source, start: int) -> tuple[str, Any, bool]:
    """Return the operation, the body and whether a header has a key, of a `fetch` whose arguments start at an index."""
    _, end = source.value(start)
    address = source.expression_text(start, end)
    found = [operation for operation, path in PATHS.items() if re.search(rf"{path}\b", address)]
    if not found:
        raise Invalid(f"This fetch calls none of {', '.join(PATHS.values())}.")
    options = source.code.find(",", end)
    if options < 0:
        raise Invalid("This fetch sends no body.")
    given, _ = source.value(options + 1)
    given = given if isinstance(given, dict) else {}
    body, had_key = given.get("body"), headers_have_key(given.get("headers"))
    return found[0], body if isinstance(body, dict) else fields_of_form(source), had_key
