"""A cell that is run again shows the image it has until there is a new one, with its marks."""

from __future__ import annotations

from components.library import Library
from components.library.annotations import star
from components.library.queries.sheet_cells import cells_of
from components.library.queries.sheet_summary import image_ids_of, marks_of, summary_of
from components.library.records import SheetCell
from components.library.sheets.sheet_store import claim_cell
from components.library.sheets.votes import Vote, add_votes, contenders
from components.library.trash import move_to_trash
from tests.unit.library.library_fixtures import add, begin
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import png


def first(library: Library, sheet_id: str) -> SheetCell:
    """The sheet's first cell."""
    return cells_of(library, sheet_id)[0]


def run_again(library: Library, sheet_id: str, run_id: str, state: str) -> None:
    """Give the first cell a new run in this state, without images."""
    assert claim_cell(library, sheet_id, 0, before=first(library, sheet_id).run_id, run_id=run_id)
    begin(library, run_id)
    library.update_run(run_id, state=state)


def test_a_cell_keeps_its_image_until_its_new_run_has_one(library: Library) -> None:
    """Two refused runs later it is still there, starred, in every list of the sheet's images; then a new one is."""
    sheet_id, images = filled_sheet(library)
    star(library, images[:1])
    for run_id, state in (("again-1", "running"), ("again-2", "failed")):
        run_again(library, sheet_id, run_id, state)
        cell = first(library, sheet_id)
        assert cell.cover is not None
        assert (cell.state, cell.cover.id, cell.cover.starred, cell.images) == (state, images[0], True, 1)
        assert cell.shows_former
    summary = summary_of(library, sheet_id)
    assert (summary.images, summary.starred) == (len(images), 1)
    assert image_ids_of(library, sheet_id) == tuple(images)
    assert [one.starred for one in marks_of(library, sheet_id)].count(True) == 1
    assert [one.output_id for one in contenders(library, sheet_id, 10)] == images
    assert add_votes(library, sheet_id, "ben", [Vote(images[0], images[1], "left")]) == 1

    new = add(library, "again-2", 0, png(77)).id
    cell = first(library, sheet_id)
    assert cell.cover is not None
    assert (cell.cover.id, cell.cover.starred, cell.shows_former) == (new, False, False)
    assert image_ids_of(library, sheet_id)[0] == new
    assert summary_of(library, sheet_id).starred == 0
    move_to_trash(library, [images[0]])
    move_to_trash(library, [new])
    assert first(library, sheet_id).cover is None
