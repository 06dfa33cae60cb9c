"""Read values from Python code that is parsed and never executed: literals, and names that are assigned once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from typing import Any

from components.parameters.kinds import Invalid
from components.parameters.readers.reading import MAX_VALUES, OpenedFile, Unreadable

_MAX_WALKED = 100  # nodes of the expression that opens a file
_CHANGES = frozenset({"update", "setdefault", "append", "extend", "insert", "pop", "clear", "remove"})


class PythonSource:
    """The names of parsed code and the values of its expressions, at a bounded cost.

    `changed` are the names that were read and that the code changes after their assignment; `base_urls` are the
    arguments of that name in any call.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.changed: set[str] = set()
        self.base_urls: list[ast.expr] = []
        self._assigned: dict[str, list[ast.expr]] = {}
        self._changing: set[str] = set()
        self._open: set[str] = set()
        self._spent = 0
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._note_target(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._note_target(target, value)
            case ast.keyword(arg="base_url", value=value):
                self.base_urls.append(value)
            case ast.AugAssign(target=ast.Name(id=name)):
                self._changing.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in _CHANGES:
                self._changing.add(name)

    def _note_target(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._assigned.setdefault(name, []).append(value)
            case ast.Subscript(value=ast.Name(id=name)):
                self._changing.add(name)

    def _spend(self) -> None:
        self._spent += 1
        if self._spent > MAX_VALUES:
            raise Invalid(f"This call has more than {MAX_VALUES:,} values. Paste only the request.")

    def followed(self, node: ast.expr) -> ast.expr:
        """Return what a name stands for if the code assigns it once, else the expression itself."""
        self._spend()
        seen: set[str] = set()
        while isinstance(node, ast.Name) and node.id not in seen and len(self._assigned.get(node.id, ())) == 1:
            self._spend()
            seen.add(node.id)
            self.changed |= {node.id} & self._changing
            (node,) = self._assigned[node.id]
        return node

    def value(self, node: ast.expr) -> Any:
        """Return a literal's value, an OpenedFile for what a call or tuple opens, else Unreadable."""
        self._spend()
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -value
            case ast.Name(id=name):
                return self._named(node, name)
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {str(self.value(key)) if key else "**": self.value(value) for key, value in pairs}
            case ast.List(elts=elements):
                return [self.value(one) for one in elements]
            case ast.Call() | ast.Tuple():
                return OpenedFile(first_text(node))
            case _:
                return Unreadable("an expression")

    def _named(self, node: ast.Name, name: str) -> Any:
        followed = self.followed(node)
        if isinstance(followed, ast.Name) or name in self._open:
            return Unreadable(f"the variable {name}")
        self._open.add(name)
        try:
            return self.value(followed)
        finally:
            self._open.discard(name)

    def texts(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield the texts in an expression and in every assignment of the names in it, from left to right."""
        self._spend()
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.Name(id=name):
                for one in self._assigned.get(name, ()) if name not in seen else ():
                    yield from self.texts(one, seen | {name})
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr | ast.keyword):
                        yield from self.texts(child.value if isinstance(child, ast.keyword) else child, seen)


def first_text(node: ast.expr) -> str:
    """Return the last step of the first text in an expression, which names a file that it opens."""
    walked = islice(ast.walk(node), _MAX_WALKED)
    texts = (one.value for one in walked if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return next(texts, "").rpartition("/")[2]
