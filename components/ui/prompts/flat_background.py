"""The switch for a transparent background where the model makes none."""

from __future__ import annotations

import streamlit as st

from components.ui.base.deferred import defer, peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.flat_background import may_lack_transparency, switch_flat_background
from components.ui.forms.form import form_values
from components.ui.forms.form_state import FormState
from components.ui.session.state import page_state


def draw_flat_background(form: Form) -> None:
    """Draw the switch that asks for a flat background and cuts it out, if the model may need it."""
    state = page_state(FormState, form.operation)
    if not state.cuts_background and not may_lack_transparency(form.operation, form.model):
        return
    if not state.cuts_background and form_values(form.operation).get("background") == "transparent":
        st.caption("The transparent background that you chose is not sent to this model. Turn this on instead:")
    key = f"{form.operation}.cut-background"
    st.session_state[key] = state.cuts_background
    st.toggle(
        "Transparent background, cut out here",
        key=key,
        on_change=lambda: defer(switch_flat_background, form.operation, bool(peek(key))),
        help=f"For models without transparent backgrounds, as {escape(form.model)} may be. A flat background is asked "
        "for, in a color that the subject does not have and in words that are shown below the prompt. It is cut out "
        "here, free of charge, with a soft edge. The image as it came is kept too.",
    )
