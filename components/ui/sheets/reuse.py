"""A stored sheet as a template: into the form again, to be changed and run as a new sheet. And the list of sheets."""

from __future__ import annotations

import streamlit as st

from components.library.records import StoredSheet
from components.library.sheets.sheet_store import find_sheet
from components.parameters.sheets import SheetTemplate, Trim, as_written, make_plan, single_text, trim_of
from components.runs import RunView
from components.ui.base.deferred import deferred
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.actions import CONTINUE_LABEL
from components.ui.session.address import continue_from, is_linked, link_too
from components.ui.session.owner import is_mine
from components.ui.session.prefill import Prefill
from components.ui.session.sheet_prefill import load_sheet, select_sheet
from components.ui.sheets.state import sheet_state

LISTED = 15


def draw_reuse(sheet: StoredSheet) -> None:
    """Draw the button that fills the form with a sheet's template; who came by its link continues from it."""
    by_link = is_linked(sheet.id) and not is_mine(sheet.id, sheet.owner)
    st.button(
        CONTINUE_LABEL if by_link else "Load into the form",
        icon=":material/edit_note:",
        key="sheet.reuse",
        on_click=reports_unavailable(_load),
        args=(sheet.id,),
        help="Fill the form with this sheet: prompt, values, rules. Change what you like and run it as a new sheet.",
    )


def _load(sheet_id: str) -> None:
    continue_from(sheet_id)
    load_sheet(sheet_id, saves_lists=True)


def fill_sheet(prefill: Prefill) -> None:
    """Let the form make the sheet of a prefill; where that is a run, or an empty form, let nothing vary.

    A prefill that changes only the prompt leaves what varies, and says how the prompt is read.
    """
    state, template, prompt = sheet_state(prefill.operation), prefill.template, str(prefill.values.get("prompt") or "")
    if template is None and prefill.is_sent and prompt:
        # What was sent is written with backslashes; where that cannot be, its braces stay as they are.
        template = SheetTemplate(prefill.operation, "", {}, is_plain=single_text(as_written(prompt)) != prompt)
    if not prefill.clears_form:
        if template is not None:
            state.by_line, state.is_plain = template.by_line, template.is_plain
        return
    template = template or SheetTemplate(prefill.operation, "", {})
    state.seed = template.seed if prefill.template is not None else None
    state.names = list(template.varied)
    state.values = {name: list(dict.fromkeys(values)) for name, values in template.varied.items()}
    state.by_line, state.is_plain, state.rules = template.by_line, template.is_plain, template.rules
    state.added = {name: tuple(some) for name, some in template.added.items()}
    state.added_to = prompt
    state.trim = trim_of(make_plan(template), template.left_out) if template.left_out else Trim()


def draw_back(view: RunView | None) -> None:
    """Draw the way back from a run to the sheet that it is a cell of."""
    sheet = find_sheet(workbench().library, view.sheet_id) if view is not None and view.sheet_id else None
    if view is not None and sheet is not None:
        link_too(view.id, sheet.id)
        st.button(
            f"Sheet: {escape(sheet.name)}",
            icon=":material/arrow_back:",
            type="tertiary",
            key="sheet.back",
            on_click=deferred(select_sheet),
            args=(sheet.id,),
        )
