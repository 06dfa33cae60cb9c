"""Fill a form from a request that was pasted: curl, JSON, Python, n8n, a recipe or an infotext."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.parameters import OPERATIONS, Invalid, Reading, read_request, without_secrets
from components.ui.base.deferred import deferred, peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.results.actions import OVERLAYS, page_of
from components.ui.results.recipe_fill import fill_from_recipe, offer_sheet, with_remark
from components.ui.session.address import show_run
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state

_EXAMPLES = (
    "A curl command, OpenAI JSON, a Python or JavaScript call, an n8n node, a recipe or an AUTOMATIC1111 infotext."
)


@dataclass
class PasteState:
    """The outcome of the last pasted request: why it was refused, or the message for the page that it opens."""

    problem: str = ""
    note: str = ""
    page: str = ""


def draw_paste(operation: str) -> None:
    """Draw the button that opens a field for a request, and open the page that the last one filled in."""
    state = page_state(PasteState)
    if page := state.page:
        state.page = ""
        show_run(None)
        if page != operation:
            st.switch_page(page_of(page))
    if state.note:
        st.toast(escape(state.note), icon=":material/receipt_long:", duration="long")
        state.note = ""
    panel_key, key = f"{operation}.paste", f"{operation}.paste.text"
    with st.popover(
        "Paste a request", icon=":material/content_paste:", key=panel_key, type="tertiary", on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        st.text_area("Request", key=key, height=180, placeholder=_EXAMPLES, help="It is read, never run.")
        if state.problem:
            st.markdown(f":red[:material/error: {escape(state.problem)}]")
        st.button("Fill in the form", key=f"{operation}.paste.use", on_click=deferred(_use), args=(panel_key, key))


def _use(panel_key: str, key: str) -> None:
    """Read the pasted text and leave its values for their page. A refused text stays in the field, without keys."""
    state, text = page_state(PasteState), str(peek(key) or "")
    try:
        reading = read_request(text)
        remark = reading_remark(reading)
        is_offered = offer_sheet(reading.recipe, "The recipe", remark)
        if reading.recipe is None:
            missing = frozenset(role for role, _ in reading.files) & OVERLAYS
            # A missing mask is noted for the first image that is added; without it another edit would be sent.
            images = () if missing else None
            leave_prefill(
                Prefill(
                    reading.operation,
                    reading.values,
                    clears_form=True,
                    images=images,
                    missing=missing,
                    is_sent=True,
                    remark=remark,
                )
            )
        elif not is_offered:
            fill_from_recipe(reading.recipe, remark)
    except Invalid as refusal:
        kept = without_secrets(text)
        state.problem = refusal.message if kept == text else f"{refusal.message} Its key was dropped."
        st.session_state[key] = kept
        return
    state.problem = ""
    if not is_offered:
        state.note = with_remark(f"{OPERATIONS[reading.operation].label} is filled in.", remark)
        state.page = reading.operation
    st.session_state[key] = ""
    st.session_state[panel_key] = False


def reading_remark(reading: Reading) -> str:
    """Return what could not be read, whether a key was dropped, and which files to add."""
    parts: list[str] = []
    if reading.unread:
        parts.append(f"Not read: {'; '.join(reading.unread).removesuffix('.')}.")
    if reading.had_key:
        parts.append("Its key was dropped and is not kept.")
    if reading.files and reading.recipe is None:
        names = [f"{role} {name}".strip() for role, name in reading.files[:16]]
        parts.append(f"Add its files yourself: {', '.join(names)}.")
    return " ".join(parts)
