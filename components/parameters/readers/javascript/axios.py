"""Read a POST of axios from JavaScript: by `post`, `postForm`, `request` or the call of axios itself."""

from __future__ import annotations

import re
from typing import Any

from components.parameters.export.request_parts import PATHS
from components.parameters.kinds import Invalid, shorten
from components.parameters.readers.body import read_body
from components.parameters.readers.curl import note_server
from components.parameters.readers.javascript.forms import fields_of_form
from components.parameters.readers.javascript.values import Source
from components.parameters.readers.keys import is_secret, is_secret_name
from components.parameters.readers.reading import Reading, check_depth, read_json

_USES = re.compile(
    r"(?:\b(?:await|return)\s|=>?|[;,(\[{]|^)\s{0,20}axios\s{0,20}(?:\.\s{0,20}(?:post|postForm|request)\s{0,20})?\("
    r"|\baxios\s{0,20}\.\s{0,20}create\s{0,20}\("
    r"|\b(?:from|require\s{0,20}\()\s{0,20}[\"']axios[\"']",
    re.MULTILINE,
)
_OTHERS = ("curl", "$ curl")
_IMPORTED = re.compile(
    r"\bimport\s+([A-Za-z_$][\w$]*)\s+from\s+[\"']axios[\"']"
    r"|\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*require\(\s*[\"']axios[\"']"
)
_CREATED = re.compile(r"\s*(?:await\s+)?axios\s*\.\s*create\s*\(")
# What says nothing about the request's body.
_IGNORED = frozenset(
    {
        "url",
        "method",
        "data",
        "baseURL",
        "headers",
        "auth",
        "timeout",
        "signal",
        "proxy",
        "httpAgent",
        "httpsAgent",
        "responseType",
        "maxBodyLength",
        "maxContentLength",
        "maxRedirects",
        "validateStatus",
        "onUploadProgress",
        "onDownloadProgress",
        "withCredentials",
    }
)


def looks_like_axios(text: str) -> bool:
    """Return whether a text other than a curl command uses axios."""
    return not text.startswith(_OTHERS) and _USES.search(text) is not None


def axios_calls(source: Source) -> list[tuple[str, int]]:
    """Return the method of each call that may post, empty for axios itself, and where its arguments start."""
    names = {"axios"} | {name for name, at in source.declared.items() if _CREATED.match(source.code, at)}
    names |= {found[1] or found[2] for found in _IMPORTED.finditer(source.text)}
    either = "|".join(map(re.escape, sorted(names)))
    calls = re.finditer(rf"(?<![\w$.])(?:{either})\s*(?:\.\s*(post|postForm|request)\s*)?\(", source.code)
    return [(found[1] or "", found.end()) for found in calls]


def read_axios(source: Source, method: str, start: int) -> Reading:
    """Return the values of a call whose arguments start at an index. Raise Invalid if it cannot be read."""
    spans = _arguments(source, start)
    config = spans[2 if method.startswith("post") else 0 if len(spans) == 1 else 1 :][:1]
    options, _ = source.value(config[0][0]) if config else ({}, 0)
    options = options if isinstance(options, dict) else {}
    if not method.startswith("post") and str(options.get("method")).upper() != "POST":
        raise Invalid("This call of axios is not a POST, so it requests nothing.")
    by_place = method.startswith("post") or len(spans) > 1
    address = source.expression_text(*spans[0]) if by_place else _property_text(source, "url", *spans[0])
    operation = next((one for one, path in PATHS.items() if re.search(rf"{path}\b", address)), None)
    if operation is None:
        raise Invalid(f"This call of axios calls none of {', '.join(PATHS.values())}, or its URL is not in the text.")
    data = spans[1][0] if method.startswith("post") and len(spans) > 1 else None
    body = _body(source, source.value(data)[0] if data is not None else options.get("data"))
    check_depth(body, "This call")
    reading = read_body(operation, body)
    if url := source.address_in(address):
        note_server(reading, url)
    reading.unread += [shorten(name) for name in options if name not in _IGNORED]
    reading.had_key |= _has_key(options)
    return reading


def _arguments(source: Source, start: int) -> list[tuple[int, int]]:
    """Return where each of the first three arguments starts and ends."""
    spans: list[tuple[int, int]] = []
    while len(spans) < 3:
        _, end = source.value(start)
        spans += [(start, end)] if source.text[start:end].strip() else []
        comma = re.compile(r"\s*,").match(source.code, end)
        if comma is None:
            break
        start = comma.end()
    if not spans:
        raise Invalid("This call of axios has no arguments. Copy the whole call.")
    return spans


def _property_text(source: Source, name: str, start: int, end: int) -> str:
    """Return the text of a property of an object, which may be declared elsewhere; "" without it."""
    if (declared := source.declared.get(source.code[start:end].strip())) is not None:
        start, end = declared, source.value(declared)[1]
    bare, quoted = re.compile(rf"\b{name}\s*:"), re.compile(rf"[\"']{name}[\"']\s*:")
    if found := bare.search(source.code, start, end) or quoted.search(source.text, start, end):
        return source.expression_text(found.end(), source.value(found.end())[1])
    shorthand = re.compile(rf"\b{name}\s*[,}}]").search(source.code, start, end)
    return source.expression_text(shorthand.start(), shorthand.start() + len(name)) if shorthand else ""


def _body(source: Source, data: Any) -> dict[str, Any]:
    if isinstance(data, str):
        data = read_json(data, "The body of this call")
    if not isinstance(data, dict):
        data = fields_of_form(source)
    if not isinstance(data, dict) or not data:
        raise Invalid("The body of this call is not in the text. Copy the code that makes it too.")
    return data


def _has_key(options: dict[str, Any]) -> bool:
    """Return whether `auth`, or a header of a key, has a text in the code instead of the environment's."""
    return bool(options.get("auth")) or headers_have_key(options.get("headers"))


def headers_have_key(headers: Any) -> bool:
    """Return whether an object of headers has a key that stands in the code."""
    named = headers.items() if isinstance(headers, dict) else ()
    return any(is_secret_name(name) and isinstance(value, str) and is_secret(value) for name, value in named)
