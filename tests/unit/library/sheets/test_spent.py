"""What counts against a sheet's cap: the same by the sum in the database as cell by cell."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, update

from components.library import Library
from components.library.db.schema import sheet_cells
from components.library.queries.sheet_cells import cells_of, spent_of
from components.library.sheets.sheet_store import claim_cell, new_sheet, note_reason
from components.parameters.sheets import SheetTemplate, make_plan
from components.settings import BUILT_IN_ID
from tests.unit.runs.fake_client import ask

TEMPLATE = SheetTemplate("generate", "gpt-image-2", {"prompt": "{1..20} foxes", "size": "1024x1024"})

# Each cell with a run that ended so, and whether the built-in engine made it; None for a cell without one.
ENDS: tuple[tuple[dict[str, Any] | None, bool], ...] = (
    (None, False),
    ({"state": "done", "cost": Decimal("0.04")}, False),
    ({"state": "done", "cost": None}, False),
    ({"state": "running"}, False),
    ({"state": "failed", "error": {"money": "nothing_spent"}}, False),
    ({"state": "failed", "error": {"money": "may_be_billed"}}, False),
    ({"state": "failed", "error": {"what": "of an earlier version"}}, False),
    ({"state": "cancelled", "error": None}, False),
    ({"state": "done", "cost": Decimal("0.07")}, True),
)


@pytest.mark.parametrize("end", range(len(ENDS)))
@pytest.mark.parametrize("left", ["", "skipped", "without an estimate"])
def test_the_sum_is_that_of_the_cells(library: Library, end: int, left: str) -> None:
    """However a cell's run ended, also for a cell that is skipped by now or has no estimate."""
    sheet_id = new_sheet(
        library, TEMPLATE, make_plan(TEMPLATE), name="", owner="anna", connection_id="c1", connection_name="Test"
    )
    values, is_built_in = ENDS[end]
    if values is not None:
        assert claim_cell(library, sheet_id, 1, before=None, run_id="one", spent=Decimal("0.5"))
        library.begin_run("one", ask(), connection_id=BUILT_IN_ID if is_built_in else "c1", connection_name="Test")
        library.update_run("one", **values)
    if left == "skipped":
        note_reason(library, sheet_id, 1, "Its budget is used up.")
    elif left:
        with library.engine.begin() as connection:
            connection.execute(update(sheet_cells).values(estimate_high_micros=None))
    cells = cells_of(library, sheet_id)
    assert spent_of(library, sheet_id) == sum((one.spent for one in cells), Decimal(0))


def test_a_sum_is_one_row(library: Library) -> None:
    """A cap is checked before each cell: reading all of them each time would be quadratic."""
    sheet_id = new_sheet(
        library, TEMPLATE, make_plan(TEMPLATE), name="", owner="anna", connection_id="c1", connection_name="Test"
    )
    statements: list[str] = []
    event.listen(library.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    spent_of(library, sheet_id)
    assert len([one for one in statements if "sheet_cells" in one]) == 1
    assert "sum(" in statements[-1].lower()
