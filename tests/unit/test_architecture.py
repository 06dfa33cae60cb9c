"""docs/architecture.md names files and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.setup.environment import ROOT

DOCUMENT = ROOT / "docs" / "architecture.md"
LINKS = sorted(set(re.findall(r"\[`?([^`\]]+)`?\]\(\.\./([^)]+)\)", DOCUMENT.read_text(encoding="utf-8"))))


def defined(path: Path) -> set[str]:
    """Return the functions and classes of a module, methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{one.name}" for one in node.body if hasattr(one, "name")}
    return names


@pytest.mark.parametrize(("name", "path"), LINKS, ids=[f"{path}:{name}" for name, path in LINKS])
def test_each_link_leads_to_what_it_names(name: str, path: str) -> None:
    """The file is there, and where the link's text is a name, the file defines it."""
    file = ROOT / path
    assert file.is_file()
    if file.suffix == ".py" and re.fullmatch(r"\w+(\.\w+)?", name) and not name.endswith(".py"):
        assert name in defined(file)
