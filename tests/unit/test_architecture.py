"""docs/architecture.md names files and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.setup.environment import ROOT

DOCUMENT = ROOT / "docs" / "architecture.md"
LINKS = sorted(set(re.findall(r"\[`?([^`\]]+)`?\]\(\.\./([^)]+)\)", DOCUMENT.read_text(encoding="utf-8"))))
# `PAGES` of [`shell.py`](…): names that a module gives to values.
NAMED = sorted(
    {
        (name, path)
        for names, path in re.findall(
            r"((?:`\w+`(?:, | or | and )?)+) of\s+\[`[^`]+`\]\(\.\./([^)]+\.py)\)", DOCUMENT.read_text("utf-8")
        )
        for name in re.findall(r"\w+", names)
        if name not in {"or", "and"}
    }
)


def defined(path: Path) -> set[str]:
    """Return the functions, classes and values that a module names, methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {one.id for one in targets if isinstance(one, ast.Name)}
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


@pytest.mark.parametrize(("name", "path"), NAMED, ids=[f"{path}:{name}" for name, path in NAMED])
def test_each_value_that_a_how_to_names_is_there(name: str, path: str) -> None:
    """The tables into which something new goes are where the page says."""
    assert name in defined(ROOT / path)


def test_each_step_of_a_walk_links_to_a_function() -> None:
    """No step leaves a reader with a file alone, except for one in another language."""
    walks = DOCUMENT.read_text(encoding="utf-8").partition("## Three walks")[2].partition("## Words")[0]
    steps = re.split(r"^\d+\. ", walks, flags=re.M)[1:]
    assert len(steps) == 17
    for step in steps:
        linked = re.findall(r"\[`?([^`\]]+)`?\]\(\.\./[^)]+\.py\)", step)
        assert any(re.fullmatch(r"\w+(\.\w+)?", name) for name in linked), step


def test_the_glossary_has_the_codes_words() -> None:
    """Each word that the page explains names something in the code."""
    rows = DOCUMENT.read_text(encoding="utf-8").partition("## Words")[2].partition("## How to")[0]
    words = re.findall(r"^\| (\w+) \|", rows, re.M)
    assert len(words) > 25
    code = {
        part.lower()
        for path in (ROOT / "components").rglob("*.py")
        for name in (path.stem, *defined(path))
        for part in re.findall(r"[A-Z]?[a-z]+", name)
    }
    assert {word for word in words[1:] if code.isdisjoint({word, f"{word}s", f"{word}es"})} == set()
