"""Read a call of the openai package, httpx or requests from Python code, which is parsed and never executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import Any

from components.parameters.export.request_parts import CALLS
from components.parameters.kinds import Invalid, shorten
from components.parameters.readers.body import read_body
from components.parameters.readers.python_post import posts_of, read_post
from components.parameters.readers.python_values import PythonSource
from components.parameters.readers.reading import Reading, check_depth


def read_python(text: str) -> Reading:
    """Return the values of the first call of the openai package, else of the first POST. Raise Invalid without one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning would print a pasted line to the log
            tree = ast.parse(text)
            calls, posts = list(_calls(tree)), posts_of(tree)
            source = PythonSource(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Invalid("This is not Python that can be read. Copy the whole call.") from None
    if not calls and not posts:
        raise Invalid(f"This Python code has no call of {', '.join(CALLS.values())} or of post.")
    try:
        reading = _read_call(*calls[0], source) if calls else read_post(posts[0], source)
    except RecursionError:
        raise Invalid("This call is nested too deep to be read.") from None
    reading.unread += ["the calls after the first"] if len(calls or posts) > 1 else []
    return reading


def _read_call(operation: str, call: ast.Call, source: PythonSource) -> Reading:
    body = _arguments(call, source)
    check_depth(body, "This call")
    reading = read_body(operation, body)
    reading.unread += ["arguments without a name"] if call.args else []
    reading.unread += [f"what the code changes in {shorten(name)}" for name in sorted(source.changed)]
    return reading


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls with their operation, in the order of the code."""
    found = [
        (operation, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for operation, path in CALLS.items()
        if _ends_with(node.func, path.split("."))
    ]
    yield from sorted(found, key=lambda one: one[1].lineno)


def _ends_with(node: ast.expr, path: list[str]) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == path[-1] and (_last_name(node.value) == path[-2])


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _arguments(call: ast.Call, source: PythonSource) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for keyword in call.keywords:
        value = source.value(keyword.value)
        if keyword.arg == "extra_body" and isinstance(value, dict):
            body |= value
        else:
            body[keyword.arg or "**"] = value
    return body
