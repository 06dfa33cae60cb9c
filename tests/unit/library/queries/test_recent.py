"""The newest runs, with the runs of a sheet folded into one item."""

from __future__ import annotations

from sqlalchemy import insert, update

from components.library import Library
from components.library.db.schema import runs, sheet_cells, sheets
from components.library.queries.recent import MAX_PAGES, Owned, recent_prompts
from components.library.sheets.sheet_store import sheet_of_run
from tests.unit.library.library_fixtures import begin


def put_into_sheet(library: Library, sheet_id: str, run_ids: list[str]) -> None:
    """Make a sheet whose cells have these runs."""
    row = {"id": sheet_id, "name": "S", "owner": "", "created": 1.0, "connection_id": "c", "connection_name": "c"}
    cells = [
        {"sheet_id": sheet_id, "position": place, "places": [place], "run_id": run_id}
        for place, run_id in enumerate(run_ids)
    ]
    with library.engine.begin() as connection:
        connection.execute(insert(sheets).values(**row, template={}, axes=[]))
        connection.execute(insert(sheet_cells), cells)


def begin_at(library: Library, run_id: str, created: float) -> str:
    """Start a run, created at a time in Unix seconds."""
    begin(library, run_id)
    with library.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(created=created))
    return run_id


def test_the_newest_run_of_a_sheet_stands_for_all_of_them(library: Library) -> None:
    """A sheet takes one place of the list however many cells it has; runs older than it are found behind it."""
    old = [begin_at(library, f"old{number}", number) for number in range(3)]
    cells = [begin_at(library, f"cell{number:02}", 100 + number) for number in range(20)]
    new = begin_at(library, "new", 200)
    put_into_sheet(library, "sheet", cells)

    found = library.recent(limit=6, fold_sheets=True)
    assert [(run.id, run.sheet_id) for run in found] == [
        (new, ""),
        (cells[-1], "sheet"),
        *[(run_id, "") for run_id in reversed(old)],
    ]
    assert [run.id for run in library.recent(limit=3)] == [new, *cells[:-3:-1]]
    assert sheet_of_run(library, cells[4]) == "sheet"
    assert sheet_of_run(library, new) is None


def test_many_sheets_end_the_search_after_some_pages(library: Library) -> None:
    """With a sheet behind every page the search stops after MAX_PAGES, each sheet listed once."""
    for number in range(MAX_PAGES + 2):
        ids = [begin_at(library, f"s{number}c{cell}", 1000 - 10 * number - cell) for cell in range(4)]
        put_into_sheet(library, f"sheet{number}", ids)
    found = library.recent(limit=4, fold_sheets=True)
    assert [run.sheet_id for run in found] == ["sheet0", "sheet1", "sheet2", "sheet3"]


def test_prompts_of_one_person_or_of_everyone(library: Library) -> None:
    """The newest first, of one operation, also of runs without an image, and never of more runs than asked for."""
    for number, whose in enumerate(("Ann", "Bob", "Ann", "")):
        run_id = begin_at(library, f"run{number}", number)
        with library.engine.begin() as connection:
            values = {"owner": whose, "prompt": f"Fox {number}"}
            connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
    everyone = ["Fox 3", "Fox 2", "Fox 1", "Fox 0"]
    assert recent_prompts(library, "generate", 10) == everyone
    assert recent_prompts(library, "generate", 2) == everyone[:2]
    assert recent_prompts(library, "analyze", 10) == []
    assert recent_prompts(library, "generate", 10, Owned("Ann", frozenset())) == ["Fox 2", "Fox 0"]
    assert recent_prompts(library, "generate", 10, Owned("", frozenset({"run3"}))) == ["Fox 3"]
    assert recent_prompts(library, "generate", 10, Owned("", frozenset())) == []
