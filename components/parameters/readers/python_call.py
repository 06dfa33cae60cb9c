"""Read a call of the openai package from Python code, which is parsed and never executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from components.parameters.export.request_parts import CALLS
from components.parameters.kinds import Invalid
from components.parameters.readers.body import read_body
from components.parameters.readers.reading import OpenedFile, Reading, Unreadable, check_depth


def read_python(text: str) -> Reading:
    """Return the values of the first call of the openai package. Raise Invalid if there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning would print a pasted line to the log
            tree = ast.parse(text)
            calls = list(_calls(tree))
            names = _constants(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Invalid("This is not Python that can be read. Copy the whole call.") from None
    if not calls:
        raise Invalid(f"This Python code has no call of {', '.join(CALLS.values())}.")
    operation, call = calls[0]
    try:
        body = _arguments(call, names)
    except RecursionError:
        raise Invalid("This call is nested too deep to be read.") from None
    check_depth(body, "This call")
    reading = read_body(operation, body)
    reading.unread += ["arguments without a name"] if call.args else []
    reading.unread += ["the calls after the first"] if len(calls) > 1 else []
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


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the names that the code assigns once, at its top level, to a text or number."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _arguments(call: ast.Call, names: Mapping[str, ast.expr]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for keyword in call.keywords:
        value = _value(keyword.value, names)
        if keyword.arg == "extra_body" and isinstance(value, dict):
            body |= value
        else:
            body[keyword.arg or "**"] = value
    return body


def _value(node: ast.expr, names: Mapping[str, ast.expr]) -> Any:
    """Return a literal's value, an OpenedFile for what a call or tuple opens, else Unreadable."""
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id=name):
            return _value(names[name], names) if name in names else Unreadable(f"the variable {name}")
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_value(key, names)) if key else "**": _value(value, names) for key, value in pairs}
        case ast.List(elts=elements):
            return [_value(one, names) for one in elements]
        case ast.Call() | ast.Tuple():
            return OpenedFile(_first_text(node))
        case _:
            return Unreadable("an expression")


def _first_text(node: ast.expr) -> str:
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return next(texts, "").rpartition("/")[2]
