"""The tables of the documentation are the registry's."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from components.parameters import CATALOGUE
from components.parameters.tables import write_tables
from tests.setup.environment import ROOT

DOCS = ROOT / "docs" / "parameters.md"


def test_the_tables_are_fresh() -> None:
    """docs/parameters.md is what `python -m components.parameters --write` writes now."""
    assert DOCS.read_text(encoding="utf-8") == write_tables()


def test_every_model_is_in_the_tables() -> None:
    """No model is left out, and no cell breaks its row."""
    tables = write_tables()
    for model in CATALOGUE:
        assert f"| {model} |" in tables
    widths = {line.count("|") for line in tables.splitlines() if line.startswith("|")}
    assert widths == {6, 7, 9}


def test_the_command_prints_the_tables_or_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m components.parameters` prints what `--write` would put into the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["parameters"])
        runpy.run_module("components.parameters", run_name="__main__")
    assert capsys.readouterr().out == write_tables()
    before = DOCS.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["parameters", "--write"])
        written: list[tuple[Path, str]] = []
        patch.setattr(Path, "write_text", lambda path, text, encoding: written.append((path, text)))
        runpy.run_module("components.parameters", run_name="__main__")
    assert written == [(DOCS, write_tables())]
    assert DOCS.read_bytes() == before


def test_the_tables_name_what_differs_between_models() -> None:
    """Where models differ in the name on the wire or in the default, the tables say so."""
    lines = write_tables().splitlines()
    user = next(line for line in lines if line.startswith("| User |"))
    assert "`safety_identifier`" in user
    assert "DALL·E 3, DALL·E 2: `user`" in user
    size = next(line for line in lines if line.startswith("| Size |"))
    assert "DALL·E 2: 1024x1024" in size
    compression = next(line for line in lines if line.startswith("| Output compression |"))
    assert "Only with Output format jpeg or webp." in compression
