"""The list of sheets: the newest, and by the words of their names any other."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.library.records import StoredSheet
from components.library.sheets.sheet_starts import planned_starts
from components.library.sheets.sheet_store import recent_sheets
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import moment_text, when_text
from components.ui.process.workbench import workbench
from components.ui.session.address import sheet_in_address
from components.ui.session.sheet_prefill import select_sheet
from components.ui.session.state import page_state
from components.ui.sheets.later.moment import local_time

LISTED = 15  # at first, and more with each click
WORDS = "sheets.words"


@dataclass
class SheetList:
    """How many sheets are listed."""

    count: int = LISTED


def draw_sheet_list() -> None:
    """Draw the list in a popover; nothing where there is no other sheet than the one on show."""
    if all(sheet.id == sheet_in_address() for sheet in recent_sheets(workbench().library, 2)):
        return
    with st.popover(
        "Sheets", icon=":material/grid_on:", type="tertiary", key="sheets.list", on_change="rerun"
    ) as panel:
        if panel.open:
            _draw_sheets()


def _draw_sheets() -> None:
    words = st.text_input("Find by name", key=WORDS, max_chars=200, autocomplete="off", on_change=_begin_again)
    state, library = page_state(SheetList), workbench().library
    found = recent_sheets(library, state.count + 1, words)
    starts = {one.sheet_id: one.not_before for one in reversed(planned_starts(library))}
    if not found:
        st.caption("No sheet has these words in its name.")
    for sheet in found[: state.count]:
        _draw_sheet(sheet, starts.get(sheet.id))
    if len(found) > state.count:
        st.button("Show more", key="sheets.more", on_click=_show_more)


def _draw_sheet(sheet: StoredSheet, start: float | None) -> None:
    whose = f" · {escape(sheet.owner)}" if sheet.owner else ""
    starts = "" if start is None else f" · starts {escape(moment_text(local_time(start)))}"
    st.button(
        f"{escape(sheet.name)} :gray[{when_text(sheet.created)}{whose}{starts}]",
        key=f"sheet.open.{sheet.id}",
        type="tertiary",
        disabled=sheet.id == sheet_in_address(),
        on_click=deferred(select_sheet),
        args=(sheet.id,),
    )


def _begin_again() -> None:
    page_state(SheetList).count = LISTED


def _show_more() -> None:
    page_state(SheetList).count += LISTED
