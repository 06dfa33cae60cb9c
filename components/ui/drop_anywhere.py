"""Files dropped on a page: fill in the form from a recipe, or report a ZIP import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.parameters import Invalid
from components.ui.base.formatting.markdown_text import escape
from components.ui.library.selection import count_text
from components.ui.results.actions import page_of
from components.ui.results.recipe_fill import fill_from_recipe, filled_note, offer_sheet
from components.ui.session.address import show_run
from components.ui.session.state import page_state
from components.ui.sheets.recipe_offer import draw_offer


@dataclass
class DropState:
    """The outcome of the last dropped file: a sentence and its icon, until it is shown."""

    message: tuple[str, str] | None = None


def use_event(dropped: Mapping[str, Any] | None) -> None:
    """Use a file that was dropped anywhere on this page, if there is one, and show the result of the last one."""
    state = page_state(DropState)
    if state.message is not None:
        (text, icon), state.message = state.message, None
        st.toast(escape(text), icon=icon, duration="long")  # file names and their contents are untrusted
    if dropped:
        use_dropped(dropped)
    draw_offer()


def use_dropped(dropped: Mapping[str, Any]) -> None:
    """Use what the server found in a file, and open the page that shows it."""
    name = str(dropped.get("name") or "the file")
    if isinstance(done := dropped.get("imported"), Mapping):
        page_state(DropState).message = (import_summary(name, done), ":material/inventory_2:")
        st.switch_page("../../pages/library.py")
    try:
        if offer_sheet(dropped.get("recipe"), name):
            st.rerun()
        operation, missing = fill_from_recipe(dropped.get("recipe"))
    except Invalid as refusal:
        page_state(DropState).message = (f"{name}: {refusal.message}", ":material/error:")
        st.rerun()
    page_state(DropState).message = (filled_note(operation, missing, name), ":material/receipt_long:")
    show_run(None)
    st.switch_page(page_of(operation))


def import_summary(name: str, done: Mapping[str, Any]) -> str:
    """Return a short summary of an import."""
    count, answers = int(done.get("outputs") or 0), int(done.get("answers") or 0)
    text = f"{name}: {count_text(count - answers, answers) or '0 images'} imported."
    if known := int(done.get("known") or 0):
        text += f" {known} already in the library."
    if refusals := int(done.get("refusals") or 0):
        text += f" {refusals} refused: {' '.join(map(str, done.get('refused') or ()))}"
    return text
