"""The tables of the documentation are the registry's."""

from __future__ import annotations

from pathlib import Path

from components.parameters import CATALOGUE
from components.parameters.tables import write_tables

DOCS = Path(__file__).parents[2] / "docs" / "parameters.md"


def test_the_tables_are_fresh() -> None:
    """docs/parameters.md is what `python -m components.parameters --write` writes now."""
    assert DOCS.read_text(encoding="utf-8") == write_tables()


def test_every_model_is_in_the_tables() -> None:
    """No model is left out, and no cell breaks its row."""
    tables = write_tables()
    for model in CATALOGUE:
        assert f"| {model} |" in tables
    widths = {line.count("|") for line in tables.splitlines() if line.startswith("|")}
    assert widths == {6, 7}
