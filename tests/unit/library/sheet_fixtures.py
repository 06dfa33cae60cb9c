"""A stored sheet whose cells have their images, without anything sent."""

from __future__ import annotations

from decimal import Decimal

from components.library import Library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import claim_cell, new_sheet
from components.parameters.sheets import SheetTemplate, make_plan
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

TEMPLATE = SheetTemplate(
    "generate", "gpt-image-2", {"prompt": "A {red|blue|green} fox", "size": "1024x1024"}, {"quality": ("low", "high")}
)


def filled_sheet(
    library: Library, template: SheetTemplate = TEMPLATE, *, name: str = "Foxes", first_seed: int = 1
) -> tuple[str, list[str]]:
    """Store a sheet whose cells are done, $0.01 the first and a cent more each next; return it and its images."""
    plan = make_plan(template)
    sheet_id = new_sheet(library, template, plan, name=name, owner="anna", connection_id="c1", connection_name="Test")
    images = []
    for cell in cells_of(library, sheet_id):
        run_id = f"{sheet_id[-8:]}{cell.position:04}"
        assert claim_cell(library, sheet_id, cell.position, before=None, run_id=run_id)
        begin(library, run_id)
        images.append(add(library, run_id, 0, png(first_seed + cell.position)).id)
        library.update_run(run_id, state="done", cost=Decimal(cell.position + 1) / 100)
    return sheet_id, images
