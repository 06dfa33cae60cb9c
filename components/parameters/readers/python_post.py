"""Read a POST of httpx or requests from parsed Python code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from components.parameters.export.request_parts import PATHS
from components.parameters.kinds import Invalid, shorten
from components.parameters.readers.body import read_body
from components.parameters.readers.curl import note_server, put_field
from components.parameters.readers.keys import is_secret, is_secret_name, url_has_key
from components.parameters.readers.python_values import PythonSource, first_text
from components.parameters.readers.reading import OpenedFile, Reading, Unreadable, check_depth, read_json

_POST = re.compile(r"^[^'\"#\n]*\w\)?\.(?:post|request|stream)[ \t]{0,20}\(", re.MULTILINE)
_OTHERS = ("curl", "$ curl", "{", "[")
_FILES = frozenset({"image", "image[]", "mask", "markup"})
# What says nothing about the request's body.
_IGNORED = frozenset(
    {
        "url",
        "method",
        "headers",
        "timeout",
        "auth",
        "cookies",
        "verify",
        "cert",
        "proxy",
        "proxies",
        "stream",
        "allow_redirects",
        "follow_redirects",
        "trust_env",
        "extensions",
    }
)
_BODY = frozenset({"json", "data", "content", "files"})


def looks_like_post(text: str) -> bool:
    """Return whether a text other than a curl command calls a method such as `httpx.post` or `requests.post`."""
    return not text.startswith(_OTHERS) and _POST.search(text) is not None


def posts_of(tree: ast.AST) -> list[ast.Call]:
    """Return the calls that post, in the order of the code."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _posts(node.func.attr, node)
    ]
    return sorted(found, key=lambda one: one.lineno)


def _posts(method: str, call: ast.Call) -> bool:
    if method == "post":
        return True
    named = [one.value for one in call.keywords if one.arg == "method"]
    first = next(iter([*named, *call.args]), None)
    return method in {"request", "stream"} and isinstance(first, ast.Constant) and str(first.value).upper() == "POST"


def read_post(call: ast.Call, source: PythonSource) -> Reading:
    """Return the values of a POST. Raise Invalid if its URL or its body cannot be read."""
    arguments = _arguments(call)
    texts = list(source.texts(arguments["url"])) if "url" in arguments else []
    paths = [(operation, text) for text in texts for operation, path in PATHS.items() if re.search(rf"{path}\b", text)]
    if not paths:
        raise Invalid(f"This POST calls none of {', '.join(PATHS.values())}, or its URL is not in the text.")
    operation = paths[0][0]
    unread: list[str] = []
    body = _body(arguments, source, unread)
    check_depth(body, "This call")
    reading = read_body(operation, body)
    reading.unread += unread
    texts += [text for node in source.base_urls for text in source.texts(node)]
    for url in [text for text in texts if re.match(r"https?://", text)][:1]:
        note_server(reading, url)
    reading.unread += [shorten(name) for name in arguments if name not in _IGNORED | _BODY]
    reading.unread += [f"what the code changes in {shorten(name)}" for name in sorted(source.changed)]
    reading.had_key |= _has_key(arguments, source) or any(map(url_has_key, texts))
    return reading


def _arguments(call: ast.Call) -> dict[str, ast.expr]:
    """Return the arguments by name; requests also takes data and json by their place."""
    names = ["url", "data", "json"] if getattr(call.func, "attr", "") == "post" else ["method", "url"]
    placed = dict(zip(names, call.args, strict=False))
    return {**placed, **{one.arg or "**": one.value for one in call.keywords}}


def _body(arguments: dict[str, ast.expr], source: PythonSource, unread: list[str]) -> dict[str, Any]:
    """Return the body of JSON or of a form as one nested body. Raise Invalid if it is not in the text."""
    given = {name: source.followed(node) for name, node in arguments.items() if name in _BODY}
    if "json" in given:
        unread += [name for name in given if name != "json"]
        body = source.value(given["json"])
    elif (text := given.get("content", given.get("data"))) and not isinstance(text, ast.Dict | ast.List):
        unread += [name for name in given if name == "files"]
        body = _json_text(text, source)
    else:
        body = {}
        for name, value in [*_pairs(given.get("data"), source), *_pairs(given.get("files"), source)]:
            _put(body, name, value)
    if not isinstance(body, dict) or not body:
        raise Invalid("The body of this call is not in the text. Copy the code that makes it too.")
    return body


def _json_text(node: ast.expr, source: PythonSource) -> Any:
    """Return the JSON of a text or of json.dumps(...), which may be encoded."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "dumps" and node.args:
            return source.value(node.args[0])
        node = source.followed(node.func.value) if node.func.attr == "encode" else ast.Constant(value=None)
    text = source.value(node)
    return read_json(text, "The body of this call") if isinstance(text, str) else None


def _pairs(node: ast.expr | None, source: PythonSource) -> Iterator[tuple[str, Any]]:
    """Yield the fields and files of a form, which is a dictionary or a list of pairs."""
    match node:
        case None:
            return
        case ast.Dict(keys=keys, values=values):
            found = [(key, value) for key, value in zip(keys, values, strict=True)]
        case ast.List(elts=elements):
            pairs = [one.elts for one in elements if isinstance(one, ast.Tuple) and len(one.elts) == 2]
            found = [(name, value) for name, value in pairs]
            if len(pairs) < len(elements):
                found.append((None, node))
        case _:
            found = [(None, node)]
    for name, value in found:
        path = source.value(name) if name else "**"
        yield str(path) if isinstance(path, str) else "an unknown field", _field(source.followed(value), source)


def _field(node: ast.expr, source: PythonSource) -> Any:
    """Return a field's value, or an OpenedFile; a file's tuple without a name is a text of the form."""
    match node:
        case ast.Tuple(elts=[ast.Constant(value=None), text, *_]):
            return source.value(text)
        case ast.Tuple(elts=[_, *_]) | ast.Call():
            return OpenedFile(first_text(node))
        case ast.List(elts=elements):
            return [_field(source.followed(one), source) for one in elements]
        case _:
            return source.value(node)


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, OpenedFile) or (isinstance(one, Unreadable) and name in _FILES):
            kept = body.setdefault(name, [])
            if isinstance(kept, list):
                kept.append(OpenedFile() if isinstance(one, Unreadable) else one)
        else:
            put_field(body, name, one)


def _has_key(arguments: dict[str, ast.expr], source: PythonSource) -> bool:
    """Return whether a header of a key, or `auth`, has a text in the code instead of the environment's."""
    headers = source.followed(arguments["headers"]) if "headers" in arguments else None
    nodes = [arguments[name] for name in ("auth", "cookies") if name in arguments]
    if isinstance(headers, ast.Dict):
        pairs = zip(headers.keys, headers.values, strict=True)
        nodes += [value for name, value in pairs if name and is_secret_name(str(source.value(name)))]
    return any(_has_text(source.followed(node), source) for node in nodes)


def _has_text(node: ast.expr, source: PythonSource) -> bool:
    match node:
        case ast.Constant(value=str() as text):
            return is_secret(text)
        case ast.JoinedStr(values=parts) | ast.Tuple(elts=parts):
            return any(_has_text(source.followed(one), source) for one in parts)
        case ast.FormattedValue(value=value):
            return _has_text(source.followed(value), source)
        case ast.Dict(values=values):
            return any(_has_text(source.followed(one), source) for one in values)
        case ast.BinOp(left=left, right=right):
            return any(_has_text(source.followed(one), source) for one in (left, right))
    return False
