"""Ratings from 1 to 5, and rejections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.library import Library, annotations, open_library
from components.library.queries.pages import Filter, page
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """Three runs with one output each: r0-0, r1-0, r2-0."""
    opened = open_library(data_folder)
    for place in range(3):
        add(opened, begin(opened, f"r{place}"), 0, png(place))
    yield opened
    opened.close()


def found(library: Library, rating: int | None = None, rejected: bool | None = None) -> set[str]:
    """The ids of the outputs that a filter finds."""
    runs = page(library, Filter(rating=rating, rejected=rejected)).runs
    return {output.id for one in runs for output in one.outputs}


def test_ratings_and_rejections(library: Library) -> None:
    """Outputs are found from a rating on, and rejected or not; 0 removes a rating, and no other number is one."""
    annotations.rate(library, ["r0-0", "nothing"], 5)
    annotations.rate(library, ["r2-0"], 3)
    annotations.reject(library, ["r2-0"])
    everything = found(library)
    assert [found(library, rating=least) for least in (1, 3, 4)] == [{"r0-0", "r2-0"}, {"r0-0", "r2-0"}, {"r0-0"}]
    assert found(library, rating=0) == everything - {"r0-0", "r2-0"}
    assert found(library, rejected=True) == {"r2-0"}
    assert found(library, rejected=False) == everything - {"r2-0"}
    annotations.rate(library, ["r0-0"], 0)
    annotations.reject(library, ["r2-0"], on=False)
    assert (found(library, rating=1), found(library, rejected=True)) == ({"r2-0"}, set())
    for wrong in (-1, 6):
        with pytest.raises(ValueError, match="from 0 to 5"):
            annotations.rate(library, ["r0-0"], wrong)
