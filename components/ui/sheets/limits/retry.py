"""Run a cell of a sheet again. Where its image is starred or rated, ask first: a new image takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import streamlit as st

from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.sheet_store import find_sheet
from components.ui.base.deferred import defer, deferred, peek, perform_deferred
from components.ui.base.error_boundary import guarded
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state
from components.ui.sheets.limits.cap import cap_for_cell, is_at_cap, new_cap_key
from components.ui.sheets.sending import send_cells


@dataclass
class RetryQuestion:
    """The cell of a sheet, by its position, that waits for a yes; "" for none."""

    sheet_id: str = ""
    position: int = -1


def retry(sheet_id: str, position: int) -> None:
    """Run a cell again, or let `draw_question` ask first. Raise NotAllowed for somebody else's sheet."""
    workbench().library.require_own("sheet", [sheet_id])
    cells = cells_of(workbench().library, sheet_id, position)
    if cells and _marks_of(cells[0]):
        question = page_state(RetryQuestion)
        question.sheet_id, question.position = sheet_id, position
    else:
        _run_again(sheet_id, position)


def draw_question(sheet: StoredSheet) -> None:
    """Draw the question about a cell of this sheet, if one waits for its answer."""
    if page_state(RetryQuestion).sheet_id == sheet.id:
        _ask()


def _marks_of(cell: SheetCell) -> str:
    image = cell.cover
    if image is None:
        return ""
    return " and ".join([*["starred"] * image.starred, *[f"rated {image.rating} of 5"] * bool(image.rating)])


def _leave() -> None:
    page_state(RetryQuestion).sheet_id = ""


@st.dialog("Run this cell again?", icon=":material/refresh:", on_dismiss=_leave)
def _ask() -> None:
    perform_deferred()
    question = page_state(RetryQuestion)
    cells = cells_of(workbench().library, question.sheet_id, question.position) if question.sheet_id else []
    if not cells:
        st.rerun()
    st.markdown(
        f"Its image is **{_marks_of(cells[0])}**. A new image takes its place in the sheet, without these marks; this "
        "one stays in the library. If the new run makes no image, this one stays here."
    )
    with st.container(horizontal=True, gap="small"):
        st.button("Run again", type="primary", key="sheet.retry.yes", on_click=deferred(guarded(_confirmed)))
        st.button("Keep this image", key="sheet.retry.no", on_click=_leave)


def _confirmed() -> None:
    question = page_state(RetryQuestion)
    sheet_id, question.sheet_id = question.sheet_id, ""
    if sheet_id:
        _run_again(sheet_id, question.position)


def _run_again(sheet_id: str, position: int) -> None:
    """Send a cell; where its sheet's cap has stopped it, under the higher cap in the field if it needs that."""
    library = workbench().library
    sheet, cells = find_sheet(library, sheet_id), cells_of(library, sheet_id, position)
    cap: Decimal | str | None = None
    if sheet is not None and cells and is_at_cap(sheet):
        cap = cap_for_cell(sheet, cells[0], str(peek(new_cap_key(sheet)) or ""))
        if isinstance(cap, str):
            defer(st.toast, escape(cap), icon=":material/error:", duration="long")
            return
        if cap:
            defer(st.toast, escape(f"The cap of this sheet is {dollars(cap)} now."), icon=":material/savings:")
    send_cells(sheet_id, [position], cap if isinstance(cap, Decimal) else None)
