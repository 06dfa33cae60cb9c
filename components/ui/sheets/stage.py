"""The stage of a page that makes sheets: the sheet in the address, else the run, with the way back to its sheet."""

from __future__ import annotations

from components.runs import RunView
from components.ui.results.result_column import draw_result
from components.ui.sheets.reuse import draw_back
from components.ui.sheets.sheet_view import draw_sheet


def draw_stage(operation: str, view: RunView | None) -> None:
    """Draw what the address names."""
    if not draw_sheet(operation):
        draw_back(view)
        draw_result(operation, view)
