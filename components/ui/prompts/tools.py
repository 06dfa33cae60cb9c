"""The small tools beside the label of the prompt's field, which take no space of the form."""

from __future__ import annotations

import streamlit as st

from components.runs import RunView
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.form import read_form
from components.ui.forms.form_state import FormState
from components.ui.prompts.presets import draw_presets
from components.ui.prompts.styles import draw_styles
from components.ui.prompts.wording import draw_wording
from components.ui.results.save_prompt import ICON, form_recipe, save_prompt, written_recipe
from components.ui.session.state import page_state


def draw_prompt_tools(form: Form, view: RunView | None) -> None:
    """Draw the tools of a form's prompt, beside the run on show; call it before the prompt is drawn."""
    with st.container(horizontal=True, gap="small", key=f"prompt-tools-{form.operation}"):
        draw_wording(form, view)
        draw_styles(form.operation)
        draw_presets(form.operation)
        _draw_save(form)


def _save(operation: str, reads_braces: bool, prompt_id: str = "") -> None:
    # The form is read again: what was typed last may not have been drawn yet.
    recipe = form_recipe(read_form(operation))
    save_prompt(recipe if reads_braces else written_recipe(recipe, keeps_variables=True), prompt_id=prompt_id)


def _draw_save(form: Form) -> None:
    source = page_state(FormState, form.operation).prompt
    key, save = f"{form.operation}.prompt.save", reports_unavailable(_save)
    args = form.operation, form.reads_braces
    if source is None:
        st.button(
            "Save",
            icon=ICON,
            type="tertiary",
            key=key,
            on_click=save,
            args=args,
            help="Save the prompt and its parameters to the Prompts page.",
        )
        return
    with st.popover("Save", icon=ICON, type="tertiary", key=f"{key}.panel"):
        st.caption(f"From “{escape(source.name)}”, version {source.number}.")
        st.button("Save as its next version", key=f"{key}.next", on_click=save, args=(*args, source.prompt_id))
        st.button("Save as a new prompt", key=key, on_click=save, args=args)
