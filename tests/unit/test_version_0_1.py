"""What version 0.1 wrote is read for good: its libraries, its archives, and the recipes in its downloads.

tests/samples/version-0.1 was made by commit 317a773 and never changes: `library.zip` holds a library's folder.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from components.images.metadata import recipe_in
from components.library import Library, check_library, open_library
from components.library.archive.importer import import_zip
from components.library.db.schema import outputs, runs
from tests.setup.environment import ROOT
from tests.unit.images.recipe_images import RECIPE

SAMPLES = ROOT / "tests" / "samples" / "version-0.1"
IMAGES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".zip")
RUNS = {"edit1": "done", "failed1": "failed", "words1": "done"}


def states(library: Library) -> dict[str, str]:
    """Return the state of each run, by its id."""
    with library.engine.connect() as connection:
        return {row.id: row.state for row in connection.execute(select(runs.c.id, runs.c.state))}


def test_an_old_library_opens_with_everything_in_it(tmp_path: Path) -> None:
    """Its schema is brought up to date, and every run, output, file, title and tag is there."""
    with zipfile.ZipFile(SAMPLES / "library.zip") as archive:
        archive.extractall(tmp_path)
    library = open_library(tmp_path)
    try:
        assert {name: state for name, state in states(library).items() if name in RUNS} == RUNS
        assert check_library(library, thorough=True).findings == ()
        with library.engine.connect() as connection:
            titles = [row.title for row in connection.execute(select(outputs.c.title)) if row.title]
        assert titles == ["Rotfuchs"]
    finally:
        library.close()


def test_an_old_archive_comes_in(tmp_path: Path) -> None:
    """Every run and image of it is imported, and none is refused."""
    library = open_library(tmp_path)
    try:
        done = import_zip(library, SAMPLES / "archive.zip")
        assert done.refused == ()
        assert {name: state for name, state in states(library).items() if name in RUNS} == RUNS
        assert check_library(library, thorough=True).findings == ()
    finally:
        library.close()


@pytest.mark.parametrize("name", IMAGES)
def test_an_old_download_tells_its_recipe(name: str) -> None:
    """Wherever version 0.1 put a recipe: a packet, an extended one, segments or chunks of its own."""
    found = recipe_in(SAMPLES / name)
    assert found is not None
    assert found["values"]["prompt"].startswith("fox fox") if name == "long.jpeg" else found == RECIPE
